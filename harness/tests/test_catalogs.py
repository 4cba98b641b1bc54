"""What MikroORM's and our own introspection read of the simulated catalogs of CockroachDB 24.3.

The queries are those that MikroORM 7.2.1 sends for getUpdateSchemaSQL. The sources of the answers stand beside them; LT
is cockroach pkg/sql/logictest/testdata/logic_test.
"""
import json
import subprocess

import program
from test_targets import TargetTest

SCHEMA = r"""
create type color as enum ('red', 'green');
create table author (
    id serial primary key, name varchar(50) not null default 'it''s', born text default 'x', n int default -1,
    c color default 'red', seen timestamptz default now(), note text default e'a\\b',
    constraint positive check (n > 0), constraint named check (note <> '::text'));
create table book (
    id uuid primary key default gen_random_uuid(), title text not null, isbn text constraint book_isbn unique,
    author_id int8 not null constraint book_author references author (id) on delete cascade, data jsonb);
create unique index book_low on book (lower(title)) where title <> 'a';
create unique index book_two on book (title, author_id desc);
create index book_down on book (title desc);
create index book_data on book using gin (data);
create view named as select id, name from author where note <> 'public.author';
create materialized view filled as select a.name, b.title from author a join book b on b.author_id = a.id;
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger author_t before insert on author for each row execute function f();
create table kinds (
    id int8 primary key, kind varchar(20) check (kind in ('a]', 'b')), n int check (n not in (1, 2)),
    "Big" varchar(5) default 'a' check ("Big" in ('= ANY (ARRAY[1])', 'c')), tags text[] default '{}', hues color[],
    price numeric(10,2) default -1.50, day date, at timestamptz(3) default current_timestamp,
    later timestamptz(3) default current_timestamp(3),
    both_of text generated always as (kind || '!') stored, twice int generated always as (abs(n)) stored);
create index kinds_sums on kinds ((n + 1), (n + 2)) include (day);
create unique index kinds_abs on kinds (abs(n)) where kind = 'a';
comment on index kinds_sums is 'sums';
comment on table author is 'who writes';
comment on column author.name is 'what it is called';
"""

TABLES = r"""
select table_name, table_schema as schema_name, (select pg_catalog.obj_description(c.oid) from pg_catalog.pg_class c
where c.oid = (select ('"' || table_schema || '"."' || table_name || '"')::regclass::oid) and c.relname = table_name)
as table_comment from information_schema.tables t where "table_schema" not like 'pg_%' and "table_schema" not like
'crdb_%' and "table_schema" not like '_timescaledb_%' and "table_schema" not in ('information_schema', 'tiger',
'topology') and table_name != 'geometry_columns' and table_name != 'spatial_ref_sys' and table_type != 'VIEW' and not
exists (select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid =
c.relnamespace where c.relname = t.table_name and n.nspname = t.table_schema) order by table_name
"""

ENUMS = r"""
select t.typname as enum_name, n.nspname as schema_name, array_remove(array_agg(e.enumlabel order by e.enumsortorder),
null) as enum_value from pg_type t left join pg_enum e on t.oid = e.enumtypid join pg_catalog.pg_namespace n on n.oid
= t.typnamespace where t.typtype = 'e' and n.nspname in ('public') group by t.typname, n.nspname order by n.nspname,
t.typname
"""

COLUMNS = r"""
select table_schema as schema_name, table_name, column_name, column_default, is_nullable, udt_name, udt_schema,
pg_catalog.format_type(pga.atttypid, pga.atttypmod) format_type, coalesce(datetime_precision,
character_maximum_length) length, atttypmod custom_length, numeric_precision, numeric_scale, data_type, is_identity,
identity_generation, generation_expression, pg_catalog.col_description(pgc.oid, cols.ordinal_position::int)
column_comment, coll.collname as collation_name from information_schema.columns cols join pg_class pgc on
cols.table_name = pgc.relname join pg_attribute pga on pgc.oid = pga.attrelid and cols.column_name = pga.attname left
join pg_collation coll on pga.attcollation = coll.oid and coll.collname <> 'default' where ((table_schema = 'public'
and table_name in ('author','book'))) order by ordinal_position
"""

INDEXES = r"""
select indrelid::regclass as table_name, ns.nspname as schema_name, relname as constraint_name, idx.indisunique as
unique, idx.indisprimary as primary, contype, condeferrable, condeferred, array( select
pg_get_indexdef(idx.indexrelid, k + 1, true) from generate_subscripts(idx.indkey, 1) as k order by k ) as index_def,
pg_get_indexdef(idx.indexrelid) as expression, c.condeferrable as deferrable, c.condeferred as initially_deferred,
i.reloptions, am.amname as index_type from pg_index idx join pg_class as i on i.oid = idx.indexrelid join pg_namespace
as ns on i.relnamespace = ns.oid join pg_am as am on am.oid = i.relam left join pg_constraint as c on c.conname =
i.relname where indrelid in ('"public"."author"'::regclass, '"public"."book"'::regclass) and (c.contype is null or
c.contype <> 'x') order by relname
"""

CHECKS = r"""
select ccu.table_name as table_name, ccu.table_schema as schema_name, pgc.conname as name, conrelid::regclass as
table_from, ccu.column_name as column_name, pg_get_constraintdef(pgc.oid) as expression from pg_constraint pgc join
pg_namespace nsp on nsp.oid = pgc.connamespace join pg_class cls on pgc.conrelid = cls.oid join
information_schema.constraint_column_usage ccu on pgc.conname = ccu.constraint_name and nsp.nspname =
ccu.constraint_schema and cls.relname = ccu.table_name where pgc.contype = 'c' and (ccu.table_name in
('author','book') and ccu.table_schema = 'public') union all select cls.relname as table_name, nsp.nspname as
schema_name, pgc.conname as name, conrelid::regclass as table_from, null as column_name, pg_get_constraintdef(pgc.oid)
as expression from pg_constraint pgc join pg_namespace nsp on nsp.oid = pgc.connamespace join pg_class cls on
pgc.conrelid = cls.oid where pgc.contype = 'x' and (cls.relname in ('author','book') and nsp.nspname = 'public') order
by schema_name, table_name, name, column_name
"""

FOREIGN_KEYS = r"""
select nsp1.nspname schema_name, cls1.relname table_name, nsp2.nspname referenced_schema_name, cls2.relname
referenced_table_name, a.attname column_name, af.attname referenced_column_name, conname constraint_name, confupdtype
update_rule, confdeltype delete_rule, array_position(con.conkey,a.attnum) as ord, condeferrable, condeferred,
pg_get_constraintdef(con.oid) as constraint_def from pg_attribute a join pg_constraint con on con.conrelid =
a.attrelid AND a.attnum = ANY (con.conkey) join pg_attribute af on af.attnum =
con.confkey[array_position(con.conkey,a.attnum)] AND af.attrelid = con.confrelid join pg_namespace nsp1 on nsp1.oid =
con.connamespace join pg_class cls1 on cls1.oid = con.conrelid join pg_class cls2 on cls2.oid = confrelid join
pg_namespace nsp2 on nsp2.oid = cls2.relnamespace where ((cls1.relname in ('author','book') and nsp1.nspname =
'public')) and confrelid > 0 and con.conparentid = 0 order by nsp1.nspname, cls1.relname, constraint_name, ord
"""

PARTITIONS = r"""
with targets(schema_name, table_name) as (values ('public'::text, 'author'), ('public'::text, 'book')) select
parent_ns.nspname as schema_name, parent.relname as table_name, pg_get_partkeydef(parent.oid) as partition_definition,
child_ns.nspname as partition_schema_name, child.relname as partition_name, pg_get_expr(child.relpartbound, child.oid)
as partition_bound from targets join pg_class parent on parent.relname = targets.table_name join pg_namespace
parent_ns on parent_ns.oid = parent.relnamespace and parent_ns.nspname = coalesce(targets.schema_name,
current_schema()) join pg_partitioned_table partitioned on partitioned.partrelid = parent.oid left join pg_inherits
inherits on inherits.inhparent = parent.oid left join pg_class child on child.oid = inherits.inhrelid left join
pg_namespace child_ns on child_ns.oid = child.relnamespace order by parent_ns.nspname, parent.relname,
child_ns.nspname, child.relname
"""

TRIGGERS = r"""
select t.trigger_name, t.event_object_schema as schema_name, t.event_object_table as table_name, t.event_manipulation
as event, t.action_timing as timing, t.action_orientation as for_each, t.action_condition as when_clause,
pg_get_functiondef(p.oid) as function_def, p.prosrc as function_body from information_schema.triggers t left join
pg_namespace n on n.nspname = t.event_object_schema left join pg_proc p on p.proname = t.event_object_table || '_' ||
t.trigger_name || '_fn' and p.pronamespace = n.oid where ((t.event_object_schema = 'public' and t.event_object_table
in ('author', 'book'))) order by t.trigger_name, t.event_manipulation
"""

ROW_SECURITY = r"""
select cls.relname as table_name, ns.nspname as schema_name, cls.relrowsecurity as enabled, cls.relforcerowsecurity as
forced from pg_class cls join pg_namespace ns on ns.oid = cls.relnamespace where ((ns.nspname = 'public' and
cls.relname in ('author', 'book')))
"""

POLICIES = r"""
select tablename as table_name, schemaname as schema_name, policyname as name, permissive, roles, cmd, qual,
with_check from pg_policies where ((schemaname = 'public' and tablename in ('author', 'book'))) order by policyname
"""

COLLATION = r"""
select datcollate as collation from pg_database where datname = current_database()
"""

VIEWS = r"""
select table_name as view_name, table_schema as schema_name, view_definition from information_schema.views where
"table_schema" not like 'pg_%' and "table_schema" not like 'crdb_%' and "table_schema" not like '_timescaledb_%' and
"table_schema" not in ('information_schema', 'tiger', 'topology') and table_name != 'geography_columns' and table_name
!= 'geometry_columns' order by table_name
"""

MATERIALIZED_VIEWS = r"""
select matviewname as view_name, schemaname as schema_name, definition as view_definition, ispopulated as is_populated
from pg_matviews where "schemaname" not like 'pg_%' and "schemaname" not like 'crdb_%' and "schemaname" not like
'_timescaledb_%' and "schemaname" not in ('information_schema', 'tiger', 'topology') order by matviewname
"""

ROUTINES = r"""
select n.nspname as schema_name, p.proname as name, case when p.prokind = 'p' then 'procedure' else 'function' end as
kind, l.lanname as language, case when p.proisstrict then false else null end as is_strict, case when p.provolatile =
'i' then true when p.provolatile = 'v' then false else null end as deterministic, case when p.prosecdef then 'definer'
else 'invoker' end as security, pg_get_functiondef(p.oid) as full_def, pg_get_function_arguments(p.oid) as
arg_signature, pg_get_function_result(p.oid) as result_type, d.description as comment from pg_proc p join pg_namespace
n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang left join pg_description d on d.objoid = p.oid and
d.classoid = 'pg_proc'::regclass where n.nspname in ('public') and l.lanname not in ('c', 'internal')
-- exclude functions owned by extensions (PostGIS et al.)
and not exists ( select 1 from pg_depend dep where dep.objid = p.oid and dep.classid = 'pg_proc'::regclass and
dep.deptype = 'e' )
-- exclude trigger-helper functions; they're managed alongside their owning trigger.
and p.prorettype <> 'trigger'::regtype order by n.nspname, p.proname
"""


class Catalogs(TargetTest):
    """One server for all tests of the class: it takes seconds to start."""
    url = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = subprocess.Popen([program.PROGRAM, "serve", "--target", "cockroach-sim"], stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(cls.server.stdout.close)
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.terminate)
        cls.url = cls.server.stdout.readline().strip()
        subprocess.run(["psql", cls.url, "-XAtqv", "ON_ERROR_STOP=1"], input=SCHEMA, text=True, check=True)

    def rows(self, query, *columns):
        """The rows as dictionaries, or as tuples of these columns."""
        rows = json.loads(self.psql(self.url, f"select coalesce(json_agg(q), '[]') from ({query.strip()}\n) q"))
        return [tuple(row[column] for column in columns) for row in rows] if columns else rows

    def value(self, query):
        return self.psql(self.url, query)

    def test_tables(self):
        # pkg/sql/information_schema.go: a materialized view is a VIEW, so it drops out.
        self.assertEqual([("author", "public", "who writes"), ("book", "public", None), ("kinds", "public", None)],
                         self.rows(TABLES, "table_name", "schema_name", "table_comment"))

    def test_enums(self):
        # MikroORM PR 6501: the labels are text[]; LT/pg_catalog: the order of the labels starts at 0.
        self.assertEqual([("color", "public", ["red", "green"])],
                         self.rows(ENUMS, "enum_name", "schema_name", "enum_value"))
        self.assertEqual("text[]", self.value("select pg_typeof(array_agg(enumlabel)) from pg_enum"))
        self.assertEqual("0,1", self.value("select string_agg(enumsortorder::text, ',' order by enumsortorder) "
                                           "from pg_enum where enumtypid = 'color'::regtype"))

    def test_columns(self):
        rows = {(row["table_name"], row["column_name"]): row for row in self.rows(COLUMNS)}
        # LT/serial: every serial is INT8 DEFAULT unique_rowid().
        # PR 94153, PR 96660: since v23.1 no types in column_default, and literals stay quoted.
        for column, default, kind, udt in (
                (("author", "id"), "unique_rowid()", "bigint", "int8"),
                # Issue 47497: e'' where something is escaped.
                (("author", "name"), r"e'it\'s'", "character varying", "varchar"),
                (("author", "born"), "'x'", "text", "text"),
                # pkg/sql/sem/tree/format_test.go: FmtParsableNumerics puts a negative number in parentheses.
                (("author", "n"), "(-1)", "bigint", "int8"),
                (("author", "c"), "'red'", "USER-DEFINED", "color"),
                (("author", "seen"), "now()", "timestamp with time zone", "timestamptz"),
                (("author", "note"), r"e'a\\b'", "text", "text"),
                (("book", "id"), "gen_random_uuid()", "uuid", "uuid"), (("book", "title"), None, "text", "text")):
            row = rows[column]
            self.assertEqual((default, kind, udt), (row["column_default"], row["data_type"], row["udt_name"]), column)
        self.assertEqual(("NO", 50, "what it is called"), tuple(
            rows["author", "name"][key] for key in ("is_identity", "length", "column_comment")))

    def test_columns_of_cockroachdb(self):
        # sqlalchemy-cockroachdb and activerecord-cockroachdb-adapter read is_hidden and crdb_sql_type.
        self.assertEqual(
            [("id", "NO", "INT8", None), ("name", "NO", "VARCHAR(50)", "what it is called"),
             ("born", "NO", "STRING", None), ("n", "NO", "INT8", None), ("c", "NO", "public.color", None)],
            self.rows("select * from information_schema.columns where table_name = 'author' order by ordinal_position "
                      "limit 5", "column_name", "is_hidden", "crdb_sql_type", "column_comment"))

    def test_columns_of_many_types(self):
        # Docs v24.3, SHOW CREATE: a type that a user made has its schema. pkg/sql/information_schema.go: no precision of a
        # date, '' where nothing is computed, no parentheses around a computation. activerecord-cockroachdb-adapter: ARRAY[].
        # Docs, row-level TTL: current_timestamp() is a function.
        self.assertEqual(
            [("id", "INT8", None, None, ""), ("kind", "VARCHAR(20)", None, None, ""), ("n", "INT8", None, None, ""),
             ("Big", "VARCHAR(5)", "'a'", None, ""), ("tags", "STRING[]", "ARRAY[]", None, ""),
             ("hues", "public.color[]", None, None, ""), ("price", "DECIMAL(10,2)", "(-1.50)", None, ""),
             ("day", "DATE", None, None, ""), ("at", "TIMESTAMPTZ(3)", "current_timestamp()", 3, ""),
             ("later", "TIMESTAMPTZ(3)", "current_timestamp(3)", 3, ""),
             ("both_of", "STRING", None, None, "kind || '!'"), ("twice", "INT8", None, None, "abs(n)")],
            self.rows("select * from information_schema.columns where table_name = 'kinds' order by ordinal_position",
                      "column_name", "crdb_sql_type", "column_default", "datetime_precision", "generation_expression"))
        # LT/pg_catalog: with types, and a number as it is.
        self.assertEqual(
            "'a'::VARCHAR|ARRAY[]|-1.50|current_timestamp()|current_timestamp(3)|kind || '!'::STRING|abs(n)",
            self.value("select string_agg(adbin, '|' order by adnum) from pg_attrdef where adrelid = 'kinds'::regclass"))

    def test_defaults(self):
        # LT/pg_catalog: adbin is text and keeps the types; pg_get_expr gives it back.
        query = ("select a.attname, pg_get_expr(d.adbin, d.adrelid) as plain, d.adbin, pg_catalog.pg_get_expr(d.adbin, "
                 "d.adrelid, true) as qualified from pg_catalog.pg_attrdef d "
                 "join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum "
                 "where a.attrelid = 'author'::regclass order by a.attnum")
        texts = ["unique_rowid()", r"e'it\'s'::VARCHAR", "'x'::STRING", "-1", "'red'::public.color", "now()",
                 r"e'a\\b'::STRING"]
        for column in ("plain", "adbin", "qualified"):
            self.assertEqual([(text,) for text in texts], self.rows(query, column))

    def test_indexes(self):
        rows = {row["constraint_name"]: row for row in self.rows(INDEXES)}
        self.assertEqual(["author_pkey", "book_data", "book_down", "book_isbn", "book_low", "book_pkey", "book_two"],
                         sorted(rows))
        # LT/pg_catalog: the whole name and the direction; bare columns one by one; prefix and inverted of pg_am.
        for name, kind, method, columns, text in (
                ("author_pkey", "p", "prefix", ["id"],
                 "CREATE UNIQUE INDEX author_pkey ON defaultdb.public.author USING btree (id ASC)"),
                ("book_down", None, "prefix", ["title"],
                 "CREATE INDEX book_down ON defaultdb.public.book USING btree (title DESC)"),
                ("book_isbn", "u", "prefix", ["isbn"],
                 "CREATE UNIQUE INDEX book_isbn ON defaultdb.public.book USING btree (isbn ASC)"),
                # Issue 61098: a unique index arrives as a constraint.
                ("book_two", "u", "prefix", ["title", "author_id"],
                 "CREATE UNIQUE INDEX book_two ON defaultdb.public.book USING btree (title ASC, author_id DESC)"),
                ("book_low", "u", "prefix", ["lower(title)"],
                 "CREATE UNIQUE INDEX book_low ON defaultdb.public.book USING btree (lower(title) ASC) "
                 "WHERE (title != 'a'::STRING)")):
            row = rows[name]
            self.assertEqual((kind, method, columns, text),
                             (row["contype"], row["index_type"], row["index_def"], row["expression"]))
        self.assertEqual((None, "inverted", ["data"]),
                         tuple(rows["book_data"][key] for key in ("contype", "index_type", "index_def")))

    def test_index_options(self):
        # LT/pg_catalog: 2 is ASC with NULLs first, 1 is DESC with NULLs last; classes are 0; expressions are an array.
        self.assertEqual(
            [("book_down", "1", "0", None, None),
             ("book_low", "2", "0", "{(lower(title))}", "title != 'a'::STRING"),
             ("book_two", "2 1", "0 0", None, None), ("kinds_sums", "2 2", "0 0", '{"(n + 1)","(n + 2)"}', None)],
            self.rows("select i.relname, x.indoption::text, x.indclass::text, x.indexprs, x.indpred "
                      "from pg_catalog.pg_index x join pg_class i on i.oid = x.indexrelid "
                      "where i.relname in ('book_down', 'book_low', 'book_two', 'kinds_sums') order by 1",
                      "relname", "indoption", "indclass", "indexprs", "indpred"))

    def test_checks(self):
        # LT/pg_catalog: two parentheses, != and STRING; a text in quotes is left alone.
        self.assertEqual([("named", "note", "CHECK ((note != '::text'::STRING))"),
                          ("positive", "n", "CHECK ((n > 0))")],
                         self.rows(CHECKS, "name", "column_name", "expression"))

    def test_parts_of_indexes(self):
        # pkg/sql/sem/builtins/pg_builtins.go: expressions as they are, and nothing behind the key. LT/pg_catalog: STORING.
        self.assertEqual("(n + 1)|(n + 2)|", self.value(
            "select string_agg(pg_get_indexdef('kinds_sums'::regclass, k, true), '|' order by k) "
            "from generate_series(1, 3) k"))
        self.assertEqual("CREATE INDEX kinds_sums ON defaultdb.public.kinds USING btree ((n + 1) ASC, (n + 2) ASC) "
                         "STORING (day)", self.value("select pg_get_indexdef('kinds_sums'::regclass, 0, true)"))

    def test_in_lists(self):
        # LT/show_create; whodb's tests of its CockroachDB plugin: IN stays IN, and the column is not cast.
        self.assertEqual(
            ["CHECK ((kind IN ('a]'::STRING, 'b'::STRING)))",
             "CHECK ((n NOT IN (1, 2)))",
             "CHECK ((\"Big\" IN ('= ANY (ARRAY[1])'::STRING, 'c'::STRING)))"],
            [row[0] for row in self.rows("select pg_get_constraintdef(oid) as def from pg_constraint "
                                         "where conrelid = 'kinds'::regclass and contype = 'c' order by conkey", "def")])

    def test_constraints(self):
        # LT/pg_catalog: definitions with directions; issue 61098; codes of other than foreign keys are NULL.
        query = ("select conname, contype, pg_get_constraintdef(oid) as def, "
                 "pg_catalog.pg_get_constraintdef(oid, true) as again, confdeltype, conparentid from pg_constraint "
                 "where conrelid = 'book'::regclass order by 1")
        rows = self.rows(query)
        self.assertEqual([row["def"] for row in rows], [row["again"] for row in rows])
        self.assertEqual({0}, {int(row["conparentid"]) for row in rows})  # PR 103143
        self.assertEqual(
            [("book_author", "f", "FOREIGN KEY (author_id) REFERENCES author(id) ON DELETE CASCADE", "c"),
             ("book_isbn", "u", "UNIQUE (isbn ASC)", None),
             ("book_low", "u", "UNIQUE (lower(title) ASC) WHERE (title != 'a'::STRING)", None),
             ("book_pkey", "p", "PRIMARY KEY (id ASC)", None),
             ("book_two", "u", "UNIQUE (title ASC, author_id DESC)", None)],
            [(row["conname"], row["contype"], row["def"], row["confdeltype"]) for row in rows])

    def test_foreign_keys(self):
        # PR 103143: conparentid is 0 since v23.1, so the query finds them.
        self.assertEqual([("book", "book_author", "author_id", "author", "id", "a", "c")], self.rows(
            FOREIGN_KEYS, "table_name", "constraint_name", "column_name", "referenced_table_name",
            "referenced_column_name", "update_rule", "delete_rule"))

    def test_what_is_empty(self):
        # pkg/sql/pg_catalog.go: stubs. PR 147248, PR 147237: triggers are shown since v25.3. Issue 136702: no policies.
        for query in (PARTITIONS, TRIGGERS, POLICIES, "select * from pg_trigger",
                      "select * from pg_catalog.pg_inherits"):
            self.assertEqual([], self.rows(query))
        self.assertEqual({(False, False)}, set(self.rows(ROW_SECURITY, "enabled", "forced")))
        # The trigger is there all the same.
        self.assertEqual("1", self.value("select count(*) from pg_proc where proname = 'f'"))

    def test_collation(self):
        # pkg/sql/pg_catalog.go: a constant.
        self.assertEqual([("en_US.utf8",)], self.rows(COLLATION, "collation"))

    def test_views(self):
        # pkg/sql/information_schema.go: materialized views, too; definitions are fully qualified and have no end.
        filled = ("SELECT a.name, b.title FROM (defaultdb.public.author a JOIN defaultdb.public.book b "
                  "ON ((b.author_id = a.id)))")
        named = ("SELECT author.id, author.name FROM defaultdb.public.author "
                 "WHERE (author.note <> 'public.author'::text)")
        self.assertEqual([("filled", filled), ("named", named)], self.rows(VIEWS, "view_name", "view_definition"))
        self.assertEqual([("filled", filled, True)],
                         self.rows(MATERIALIZED_VIEWS, "view_name", "view_definition", "is_populated"))
        self.assertEqual(named, self.value("select pg_catalog.pg_get_viewdef('named'::regclass, true)"))

    def test_routines(self):
        # PR 126479: the type trigger is there since v24.3, and functions that return it are left out.
        self.assertEqual([], self.rows(ROUTINES))

    def test_names_with_their_schema(self):
        # pkg/sql/pg_catalog.go: one catalog, whether its name or that of its schema is in quotes.
        for name in ('"pg_catalog"."pg_constraint"', 'pg_catalog."pg_constraint"', '"pg_catalog".pg_constraint'):
            self.assertEqual("UNIQUE (isbn ASC)", self.value(
                f'select "pg_catalog"."pg_get_constraintdef"(oid) from {name} where conname = \'book_isbn\''))
        # Its own catalogs have no constraints and no indexes (hideVirtual), and none of its databases is a template.
        self.assertEqual("0", self.value("select count(*) from pg_constraint where connamespace = "
                                         "'pg_catalog'::regnamespace"))
        self.assertEqual("0", self.value("select count(*) from pg_indexes where schemaname = 'pg_catalog'"))
        self.assertEqual("defaultdb,postgres,system", self.value(
            "select string_agg(datname, ',' order by datname) from pg_database"))

    def test_oids_of_catalogs(self):
        # LT/pg_catalog: classoid of pg_description leads to pg_class, by whichever name.
        for name in ("'pg_class'::regclass", "'\"pg_class\"'::regclass", "'pg_catalog.pg_class'::pg_catalog.regclass",
                     "'pg_class'::regclass::oid"):
            self.assertEqual("who writes", self.value(
                "select description from pg_description where objoid = 'author'::regclass and objsubid = 0 "
                f"and classoid = {name}"))
        # The default of a column is not touched.
        self.assertEqual("nextval('public.s'::REGCLASS)", self.value(
            "begin; create sequence s; create table of_s (id int8 default nextval('s'::regclass)); "
            "select adbin from pg_attrdef where adrelid = 'of_s'::regclass; rollback"))

    def test_attributes(self):
        # pkg/sql/pg_catalog.go: none of the system's columns; attishidden; a computed expression of an index has a name.
        self.assertEqual("0", self.value("select count(*) from pg_attribute where attnum < 1"))
        self.assertEqual(
            [("crdb_internal_idx_expr", 1, False), ("crdb_internal_idx_expr_1", 2, False), ("day", 3, False)],
            self.rows("select attname, attnum, attishidden from pg_catalog.pg_attribute "
                      "where attrelid = 'kinds_sums'::regclass order by attnum", "attname", "attnum", "attishidden"))

    def test_classes(self):
        # pkg/sql/pg_catalog.go; LT/pg_catalog: the access method of a table is its primary index's; unknown numbers.
        self.assertEqual(
            [("book", "prefix", None, None, False, True), ("book_data", "inverted", None, None, False, False),
             ("filled", None, None, None, False, True), ("named", None, None, None, False, False)],
            self.rows("select c.relname, a.amname, c.reltuples, c.relpages, c.relhastriggers, c.relhaspkey "
                      "from pg_class c left join pg_am a on a.oid = c.relam "
                      "where c.relname in ('book', 'book_data', 'named', 'filled') order by 1",
                      "relname", "amname", "reltuples", "relpages", "relhastriggers", "relhaspkey"))
        self.assertEqual("t||", self.value("select hasindexes, tablespace, null from pg_tables where tablename = 'book'"))

    def test_search_path(self):
        # LT/pg_catalog: catalogs can be read whatever the search path is; the default is "$user", public.
        self.assertEqual('"$user", public|"$user", public|{public}|{pg_catalog,public}', self.value(
            "select current_setting('search_path'), current_setting('search_path', true), current_schemas(false), "
            "current_schemas(true)"))
        for change, shown in (("set search_path to other, public", "other, public"),
                              ("set search_path = public", "public"), ("set local search_path to 'public'", "public"),
                              ("select set_config('search_path', '', false)", '""')):
            lines = self.value(f"begin; {change}; show search_path; select version() like 'CockroachDB%', "
                               "count(*) > 0 from pg_attrdef where adbin = 'unique_rowid()'; rollback").splitlines()
            self.assertEqual([shown, "t|t"], lines[-2:])
        self.assertEqual('"$user", public', self.value("set search_path to x; set search_path to default; "
                                                       "show search_path"))

    def test_statistics(self):
        # LT/show_indexes: what is stored, what is implied by the primary key, and a unique index stores that;
        # pkg/sql/vtable/information_schema.go: the columns.
        query = ("select index_name, seq_in_index, column_name, non_unique, direction, storing, implicit, is_visible, "
                 "visibility, cardinality from information_schema.statistics where table_name = 'kinds' "
                 "and index_name <> 'kinds_pkey' order by 1, 2")
        self.assertEqual(
            [("kinds_abs", 1, "crdb_internal_idx_expr_2", "NO", "ASC", "NO", "NO"),
             ("kinds_abs", 2, "id", "NO", "ASC", "YES", "YES"),
             ("kinds_sums", 1, "crdb_internal_idx_expr", "YES", "ASC", "NO", "NO"),
             ("kinds_sums", 2, "crdb_internal_idx_expr_1", "YES", "ASC", "NO", "NO"),
             ("kinds_sums", 3, "day", "YES", "N/A", "YES", "NO"), ("kinds_sums", 4, "id", "YES", "ASC", "NO", "YES")],
            self.rows(query, "index_name", "seq_in_index", "column_name", "non_unique", "direction", "storing", "implicit"))

    def shown(self, statement):
        """Header and rows of a SHOW statement."""
        text = subprocess.run(["psql", self.url, "-XAc", statement], capture_output=True, text=True, check=True).stdout
        return text.splitlines()[:-1]

    def test_show_indexes(self):
        # pkg/sql/delegate/show_table.go; docs v24.3, ALTER INDEX, for the last column.
        lines = self.shown("show indexes from book")
        self.assertEqual("table_name|index_name|non_unique|seq_in_index|column_name|definition|direction|storing|implicit|"
                         "visible|visibility", lines[0])
        self.assertEqual(["book|book_low|f|1|crdb_internal_idx_expr|(lower(title))|ASC|f|f|t|1",
                          "book|book_low|f|2|id|id|ASC|t|t|t|1",
                          "book|book_pkey|f|1|id|id|ASC|f|f|t|1", "book|book_pkey|f|2|title|title|N/A|t|f|t|1"], lines[7:11])
        self.assertEqual(lines, self.shown("SHOW KEYS FROM public.book"))
        self.assertEqual(lines, self.shown('show index from "book"'))

    def test_show_columns(self):
        # pkg/sql/delegate/show_table.go
        lines = self.shown("show columns from book")
        self.assertEqual("column_name|data_type|is_nullable|column_default|generation_expression|indices|is_hidden",
                         lines[0])
        self.assertEqual("id|UUID|f|gen_random_uuid()||{book_data,book_down,book_isbn,book_low,book_pkey,book_two}|f",
                         lines[1])
        self.assertEqual("isbn|STRING|t|||{book_isbn,book_pkey}|f", lines[3])
        self.assertIn('ERROR:  relation "nobody" does not exist', subprocess.run(
            ["psql", self.url, "-XAc", "show columns from nobody"], capture_output=True, text=True, check=False).stderr)

    def test_show_constraints(self):
        # pkg/sql/delegate/show_table.go
        self.assertEqual(["table_name|constraint_name|constraint_type|details|validated",
                          "author|author_pkey|PRIMARY KEY|PRIMARY KEY (id ASC)|t",
                          "author|named|CHECK|CHECK ((note != '::text'::STRING))|t",
                          "author|positive|CHECK|CHECK ((n > 0))|t"], self.shown("show constraints from author"))

    def test_show_tables(self):
        # pkg/sql/delegate/show_tables.go; pkg/sql/opt_catalog.go for what is not there; docs v24.3: SHOW ENUMS
        lines = ["schema_name|table_name|type|owner|estimated_row_count|locality", "public|author|table|root|0|",
                 "public|book|table|root|0|", "public|filled|materialized view|root|0|", "public|kinds|table|root|0|",
                 "public|named|view|root|0|"]
        for statement in ("show tables", "show tables from public", "show tables from defaultdb"):
            self.assertEqual(lines, self.shown(statement))
        self.assertIn("3F000: target database or schema does not exist", subprocess.run(
            ["psql", self.url, "-XAc", "\\set VERBOSITY verbose", "-c", "show tables from nobody"], capture_output=True,
            text=True, check=False).stderr)
        self.assertEqual(["schema|name|values|owner", "public|color|{red,green}|root"], self.shown("show enums"))

    def test_show_create(self):
        # LT/show_create; docs v24.3, SHOW CREATE
        self.assertEqual("""table_name|create_statement
kinds|CREATE TABLE public.kinds (
	id INT8 NOT NULL,
	kind VARCHAR(20) NULL,
	n INT8 NULL,
	"Big" VARCHAR(5) NULL DEFAULT 'a':::VARCHAR,
	tags STRING[] NULL DEFAULT ARRAY[],
	hues public.color[] NULL,
	price DECIMAL(10,2) NULL DEFAULT (-1.50):::DECIMAL,
	day DATE NULL,
	at TIMESTAMPTZ(3) NULL DEFAULT current_timestamp():::TIMESTAMPTZ,
	later TIMESTAMPTZ(3) NULL DEFAULT current_timestamp(3:::INT8):::TIMESTAMPTZ,
	both_of STRING NULL AS (kind || '!':::STRING) STORED,
	twice INT8 NULL AS (abs(n)) STORED,
	CONSTRAINT kinds_pkey PRIMARY KEY (id ASC),
	INDEX kinds_sums ((n + 1) ASC, (n + 2) ASC) STORING (day),
	UNIQUE INDEX kinds_abs (abs(n) ASC) WHERE kind = 'a':::STRING,
	CONSTRAINT "kinds_Big_check" CHECK ("Big" IN ('= ANY (ARRAY[1])':::STRING, 'c':::STRING)),
	CONSTRAINT kinds_kind_check CHECK (kind IN ('a]':::STRING, 'b':::STRING)),
	CONSTRAINT kinds_n_check CHECK (n NOT IN (1:::INT8, 2:::INT8))
);
COMMENT ON INDEX public.kinds@kinds_sums IS 'sums'""".splitlines(), self.shown("show create table kinds"))
        lines = self.shown("show create author")
        self.assertIn("\tn INT8 NULL DEFAULT (-1):::INT8,", lines)
        self.assertIn("\tc public.color NULL DEFAULT 'red'::public.color,", lines)
        self.assertEqual(["COMMENT ON TABLE public.author IS 'who writes';",
                          "COMMENT ON COLUMN public.author.name IS 'what it is called'"], lines[-2:])
        self.assertIn("\tCONSTRAINT book_author FOREIGN KEY (author_id) REFERENCES public.author(id) ON DELETE CASCADE,",
                      self.shown("show create book"))
        self.assertEqual("public.named|CREATE VIEW public.named (id, name) AS SELECT author.id, author.name FROM "
                         "defaultdb.public.author WHERE (author.note <> 'public.author'::text)",
                         self.shown("show create view public.named")[1])

    def describe(self, table):
        return subprocess.run(["psql", self.url, "-XAc", rf"\d {table}"], capture_output=True, text=True,
                              check=True).stdout

    def test_psql_describes(self):
        # psql's names have pg_catalog before them.
        text = self.describe("book")
        for part in ("PRIMARY KEY, btree (id ASC)", "btree (title DESC)"):
            self.assertIn(part, text)
        # psql looks for foreign keys where there are triggers, and relhastriggers is false (pkg/sql/pg_catalog.go).
        self.assertNotIn("REFERENCES", text)
        self.assertIn(r"e'it\'s'::VARCHAR", self.describe("author"))
        self.assertIn("predicate (title != 'a'::STRING)", self.describe("book_low"))

    def test_psql_lists(self):
        # LT/pg_catalog: what the database holds, and nothing of crdb_internal.
        self.assertEqual(["author", "book", "filled", "kinds", "named"], [line.split("|")[1] for line in
                                                                         self.shown(r"\d")[2:]])
        self.assertEqual(["named"], [line.split("|")[1] for line in self.shown(r"\dv")[2:]])
        self.assertEqual(["f"], [line.split("|")[1] for line in self.shown(r"\df")[2:]])
        self.assertEqual(["defaultdb", "postgres", "system"], [line.split("|")[0] for line in self.shown(r"\l")[2:]])


if __name__ == "__main__":
    program.main()
