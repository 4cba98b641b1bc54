/*
 * The first profile, rule by rule: a statement that it decides about and one near it that it leaves alone; and profiles
 * that are refused. Each file of profiles/bad announces in its first line, of what it is refused:
 *     # expect: LINE:COLUMN part of the message
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "harness/tests/profile_fixture.h"

#define BAD_FOLDER CC_SOURCE_DIR "/harness/tests/profiles/bad"

/* ---- Rules about statements ---- */

typedef struct pair {
    const char *rule;
    const char *matched;
    const char *missed;
    bool        in_transaction;
} pair;

static const pair pairs[] = {
    { "show crdb_version", "show crdb_version;", "show \"crdb_version\"", false },
    { "show server_version", "SHOW server_version", "show server_version_num", false },
    { "show server_version_num", "show server_version_num", "show server_version", false },
    { "show search_path", "show search_path", "show search_path_x", false },
    { "set cluster setting", "set cluster setting a.b = true", "set cluster = 'cluster setting'", false },
    { "serial columns", "create table t (id serial primary key)", "create table serial (a text, \"serial\" text)",
      false },
    { "serial columns", "alter table t add column a bigserial", "alter table t add column a text default 'a serial'",
      false },
    { "integer columns", "create table t (a int, b integer[])", "create table int (a int4, b int8, c smallint)",
      false },
    { "integer columns", "alter table t alter column a type integer", "alter table t alter column a type int4", false },
    { "integer casts", "select '1'::int", "select '1'::int4, '::int', \"::int\" /* ::int */", false },
    { "integer casts", "select cast(a + (1) as integer)", "select a as integer", false },
    { "truncate with identity", "truncate table a, b restart identity cascade", "truncate \"restart\" cascade", false },
    { "truncate with identity", "TRUNCATE t CONTINUE IDENTITY", "truncate t -- restart identity", false },
    { "geometric columns", "create table t (a int, b point not null)", "create table path (point text, line int)",
      false },
    { "geometric columns", "create table if not exists t (b box)", "create table t (b text default 'b box')", false },
    { "geometric columns", "create table t (b \"x\".text, p polygon[])", "create table t (b \"point\")", false },
    { "geometric columns added", "alter table t add column if not exists a path", "alter table t drop path", false },
    { "geometric columns added", "alter table t alter a type circle", "alter table t rename line to path", false },
    { "geometric casts", "select '(1,2)'::point", "select '::point', $$::point$$", false },
    { "geometric casts", "select cast('(1,2)' as lseg)", "select a as lseg from b", false },
    { "money columns", "create table t (a money)", "create table t (money text)", false },
    { "xml columns", "create table t (a xml)", "create table t (xml text)", false },
    { "arrays of several dimensions", "create table t (a int[3][])", "create table t (a int[])", false },
    { "arrays of json as columns", "create table t (a jsonb[])", "create table t (a jsonb, b text[])", false },
    { "arrays of text search types as columns", "create table t (a tsvector[])",
      "create table t (a tsvector, b text[])", false },
    { "casts to arrays of text search types", "select '{a}'::tsquery[]", "select 'a'::tsvector, '::tsvector[]'",
      false },
    { "text search configurations", "create text search configuration c (copy = simple)",
      "create table text (search text)", false },
    { "money elsewhere", "select '1'::money", "select '::money', money from t", false },
    { "money elsewhere", "alter table t add column a money", "alter table t add column money text", false },
    { "xml elsewhere", "select '1'::xml", "select '::xml', xml from t", false },
    { "xml elsewhere", "alter table t add column a xml", "alter table t add column xml text", false },
    { "cidr columns", "create table t (a cidr not null)", "create table t (cidr text)", false },
    { "cidr elsewhere", "select '1'::cidr", "select '::cidr', cidr from t", false },
    { "cidr elsewhere", "alter table t add column a cidr", "alter table t add column cidr text", false },
    { "macaddr columns", "create table t (a macaddr8 not null)", "create table t (macaddr text)", false },
    { "macaddr elsewhere", "select '1'::macaddr", "select '::macaddr', macaddr from t", false },
    { "macaddr elsewhere", "alter table t add column a macaddr", "alter table t add column macaddr text", false },
    { "alter constraint", "alter table t alter constraint c not deferrable",
      "alter table t alter \"constraint\" type text", false },
    { "match partial", "create table t (a int8 references b match partial)",
      "create table t (a int8 references b match full)", false },
    { "unique keys that are not valid yet", "alter table t add unique (a) not valid",
      "alter table t add check (a > 0) not valid", false },
    { "primary keys that are not valid yet", "alter table t add primary key (a) not valid",
      "alter table t add primary key (a)", false },
    { "copy with forced quotes", "copy t to stdout csv force quote *", "copy t to stdout csv quote 'force quote'",
      false },
    { "copies of what a table has", "create table t (like b including comments)",
      "create table t (like b including defaults)", false },
    { "temporary tables until commit", "create temp table t (a text) on commit drop",
      "create temp table t (a text) on commit preserve rows", false },
    { "types without a body", "create type t", "create type t as (a text)", false },
    { "attributes of types", "alter type t add attribute a text", "alter type t add value 'attribute'", false },
    { "rules", "create rule r as on insert to t do nothing", "create table rule (a text)", false },
    { "recursive views", "create recursive view v (a) as select 1", "create view recursive as select 1", false },
    { "casts of one's own", "create cast (a as b) without function", "create table \"cast\" (a text)", false },
    { "publications", "create publication p", "create table publication (a text)", false },
    { "subscriptions", "create subscription s connection '' publication p", "create table subscription (a text)",
      false },
    { "foreign servers", "create server s foreign data wrapper w", "create table server (a text)", false },
    { "constraint triggers", "create constraint trigger g after insert on t for each row execute function f()",
      "create trigger g after insert on t for each row execute function f()", false },
    { "extensions with options", "create extension a with schema public", "create extension if not exists a", false },
    { "extensions are not dropped", "drop extension if exists a", "drop table extension", false },
    { "reindex", "reindex table t", "select reindex from t", false },
    { "copy freeze", "copy t from stdin (format csv, freeze)", "copy t (\"freeze\") from stdin", false },
    { "copy of some rows", "copy t from stdin where a = 1", "copy (select a from t where a = 1) to stdout", false },
    { "discard plans", "discard plans", "discard all", false },
    { "set from current", "set search_path from current", "set search_path to \"from\", current", false },
    { "grouping sets", "select a from t group by rollup (a)", "select a as rollup from t group by a, \"cube\"", false },
    { "drop index cascade", "drop index t_a_key cascade", "drop index t_a_key", false },
    { "drop index if exists cascade", "drop index if exists s.t_a_key cascade", "drop index if exists \"cascade\"",
      false },
    { "initially deferred", "create table t (a int references b deferrable initially deferred)",
      "create table t (a int references b not deferrable)", false },
    { "deferrable", "alter table t add constraint u unique (a) deferrable", "alter table t add \"deferrable\" text",
      false },
    { "set constraints", "set constraints all deferred", "set \"constraints\" = 1", false },
    { "exclusion constraints", "create table t (a int, exclude using gist (a with =))", "create table exclude (a text)",
      false },
    { "nulls not distinct", "create unique index i on t (a) nulls not distinct", "create unique index i on t (a)",
      false },
    { "inheritance", "create table t () inherits (b)", "create table inherits (a text)", false },
    { "temporary tables", "create temp table t (a text)", "create table temp (a text)", false },
    { "null order of indexes", "create index i on t (a nulls last)", "create index i on t (a desc nulls last)", false },
    { "null order of indexes", "create index i on t (lower(a) nulls last)", "create index i on t (a nulls first)",
      false },
    { "index methods", "create index i on t using hash (a)", "create index i on t using gin (a)", false },
    { "drop value of an enum", "alter type s.mood drop value 'sad'", "alter type mood add value 'drop value'", false },
    { "drop type cascade", "drop type if exists mood cascade", "drop type \"cascade\"", false },
    { "range types", "create type r as range (subtype = int)", "create type r as enum ('range')", false },
    { "refresh in a transaction", "refresh materialized view v", "select 'refresh materialized view v'", true },
    { "refresh among other statements", "select 1; refresh materialized view v", "refresh materialized view v", false },
    { "refresh concurrently", "refresh materialized view concurrently v", "refresh materialized view \"concurrently\"",
      false },
    { "using of a column type", "alter table t alter column a type int4 using a::int4",
      "alter table t alter column a type int4, add column \"using\" text", false },
    { "using of a column type", "alter table t alter a set data type varchar(9) using (\"a\"::varchar(9))",
      "alter table t alter column a set default 'type text using a'", false },
    { "column type in a transaction", "alter table t alter column a type text", "alter table t add column type text",
      true },
    { "column type among other statements", "select 1; alter table t alter column a type text",
      "alter table t alter column a type text", false },
    { "set general alter column type", "set enable_experimental_alter_column_type_general = true",
      "set enable_experimental_other = true", false },
    { "set general alter column type", "set session enable_experimental_alter_column_type_general to on",
      "set a.b = 'enable_experimental_alter_column_type_general = true'", false },
    { "show general alter column type", "show enable_experimental_alter_column_type_general",
      "show enable_experimental_other", false },
    { "do blocks", "do $$ begin end $$", "select 'do'", false },
    { "listen and notify", "listen a", "unlisten a", false },
    { "domains", "create domain public.year as integer", "create table domain (a text)", false },
    { "aggregates of one's own", "create aggregate public.f(text) (a = b)", "create table aggregate (a text)", false },
    { "operators of one's own", "create operator + (a = b)", "create table operators (a text)", false },
    { "tablespaces", "create tablespace a location 'b'", "create table tablespaces (a text)", false },
    { "begin in a transaction", "begin", "savepoint begin", true },
    { "commit or rollback without a transaction", "commit", "select 'commit'", false },
    { "commit or rollback without a transaction", "rollback", "begin; rollback", false },
    { "cockroach_restart is released", "release savepoint cockroach_restart", "release savepoint other", true },
    { "schema change in a transaction", "truncate t", "update t set a = 'truncate t'", true },
    { "schema change in a transaction", "create index on t (a)", "explain select 1", true },
    { "show transaction status in a transaction", "show transaction status", "show transaction_status", true },
    { "show transaction status", "show transaction status", "show transaction isolation level", false },
    { "repeatable read is serializable", "begin isolation level repeatable read", "begin isolation level serializable",
      false },
    { "nulls come first", "select a from t order by a", "select \"order\", 'order by a' from t -- order by a", false },
    { "returned rows in any order", "insert into t values (1), (2) returning id",
      "insert into t values ('returning', (select \"returning\" from t))", false },
    { "drop database cascade", "drop database if exists a cascade", "drop database \"cascade\"", false },
    { "qualified catalogs", "select conname from pg_catalog.pg_constraint",
      "select 'pg_catalog.pg_index', \"pg_catalog.pg_index\" from pg_index, pg_catalog.pg_type, c.pg_index", false },
    { "qualified catalogs", "select 1 from \"pg_catalog\".\"pg_constraint\"",
      "select 1 from \"Pg_catalog\".pg_index, \"pg_catalog\".\"Pg_index\"", false },
    { "names of catalogs", "select 'pg_constraint'::regclass", "select a::regclass, 'pg_constraint'::regtype", false },
    { "names of catalogs", "select '\"pg_am\"'::pg_catalog.regclass::oid", "select 'a'::pg_type.regclass", false },
    { "set search_path", "set local search_path to a, \"b\"", "set search_path to default", false },
    { "set search_path", "set search_path = ''", "set other.search_path_of = 'a'", false },
    { "show indexes", "show indexes from t", "show indexes from database d", false },
    { "show indexes", "show keys from a.\"T\"", "show keys from t with comment", false },
    { "show columns", "show columns from t", "show columns from t with comment", false },
    { "show constraints", "show constraint from t", "show constraints", false },
    { "show tables", "show tables", "show tables with comment", false },
    { "show tables of a schema", "show tables from public", "show tables from a.b", false },
    { "show enums", "show enums", "show enums from public", false },
    { "show create", "show create t", "show create all tables", false },
    { "show create", "show create table a.t", "show create t with redact", false },
};

static void test_statement_rules(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t before = used(f, pairs[i].rule);

        (void)decide(f, "");
        (void)decide_in(f, pairs[i].matched, pairs[i].in_transaction);
        if (used(f, pairs[i].rule) != before + 1)
            fail_msg("rule '%s' does not match: %s", pairs[i].rule, pairs[i].matched);
        (void)decide(f, "");
        (void)decide_in(f, pairs[i].missed, pairs[i].in_transaction);
        if (used(f, pairs[i].rule) != before + 1)
            fail_msg("rule '%s' matches: %s", pairs[i].rule, pairs[i].missed);
    }
}

static void check_rewrite(fixture *f, const char *sql, const char *expected)
{
    cc_wire_decision decision = decide(f, sql);

    if (decision.action != CC_WIRE_REWRITE)
        fail_msg("not rewritten: %s", sql);
    assert_string_equal(decision.sql, expected);
}

static void test_rewriting(void **state)
{
    fixture *f = *state;

    check_rewrite(
        f, "create table \"t\" (\"id\" bigserial primary key, n int[] null, s smallint)",
        "create table \"t\" (\"id\" int8 not null default unique_rowid() primary key, n int8[] null, s smallint)");
    check_rewrite(f, "select 1::int; select cast(a as integer), 'int'",
                  "select 1::int8; select cast(a as int8), 'int'");
    check_rewrite(f, "drop database a cascade;", "drop database a with (force);");
    check_rewrite(f, "begin isolation level repeatable read", "begin isolation level serializable");
    check_rewrite(
        f, "alter table t alter a type text using a::text; select 1",
        "alter table t alter a type /*crdbcheck:transaction*/ text using /*crdbcheck:using*/ a::text; select 1");
    check_rewrite(f, "set local enable_experimental_alter_column_type_general = on",
                  "set local crdbcheck.alter_column_type_general = on");
    check_rewrite(f, "refresh materialized view concurrently v", "refresh materialized view  v");
    check_rewrite(f, "alter type \"a'b\".c drop value 'x''y'",
                  "select crdb_internal.drop_enum_value($crdbcheck$\"a'b\".c$crdbcheck$::regtype, 'x''y')");
    check_rewrite(f, "SHOW crdb_version", "select crdb_internal.version() as crdb_version");
}

static void test_order_by(void **state)
{
    fixture *f = *state;

    check_rewrite(f, "select * from t order by a, f(b, c) desc, d asc limit 1",
                  "select * from t order by a nulls first, f(b, c) desc nulls last, d asc nulls first limit 1");
    check_rewrite(f, "select rank() over (partition by a order by b desc rows unbounded preceding) from t",
                  "select rank() over (partition by a order by b desc nulls last rows unbounded preceding) from t");
    check_rewrite(f, "select (select a from u order by (select b order by c) limit 1) from t order by 1::int desc;",
                  "select (select a from u order by (select b order by c nulls first) nulls first limit 1) from t "
                  "order by 1::int8 desc nulls last;");
    check_rewrite(f, "select array_agg(a order by b) filter (where c) from t",
                  "select array_agg(a order by b nulls first) filter (where c) from t");
    check_rewrite(f, "select a from t order by a nulls last, b for update",
                  "select a from t order by a nulls last, b nulls first for update");
    assert_int_equal(decide(f, "select a from t order by a using >").action, CC_WIRE_PASS);
}

static void check_refusal(fixture *f, const char *sql, const char *sqlstate, const char *message, const char *detail)
{
    cc_wire_decision decision = decide(f, sql);

    if (decision.action != CC_WIRE_REFUSE)
        fail_msg("not refused: %s", sql);
    assert_string_equal(decision.error.severity, "ERROR");
    assert_string_equal(decision.error.sqlstate, sqlstate);
    assert_string_equal(decision.error.message, message);
    if (detail == NULL)
        assert_null(decision.error.detail);
    else
        assert_string_equal(decision.error.detail, detail);
}

static void test_refusals(void **state)
{
    fixture         *f = *state;
    cc_wire_decision decision;

    check_refusal(f, "TRUNCATE t RESTART IDENTITY", "42601", "at or near \"restart\": syntax error",
                  "source SQL:\nTRUNCATE t RESTART IDENTITY\n           ^");
    check_refusal(f, "select 1;\ntruncate t\n  restart identity\n  cascade", "42601",
                  "at or near \"restart\": syntax error", "source SQL:\ntruncate t\n  restart identity\n  ^");
    check_refusal(f, "create table t (a text, b point)", "0A000",
                  "at or near \")\": syntax error: unimplemented: this syntax",
                  "source SQL:\ncreate table t (a text, b point)\n                               ^");
    check_refusal(f, "create table t (b LINE NOT NULL)", "0A000",
                  "at or near \"not\": syntax error: unimplemented: this syntax",
                  "source SQL:\ncreate table t (b LINE NOT NULL)\n                       ^");
    check_refusal(f, "select '1'::point", "0A000", "at or near \"EOF\": syntax error: unimplemented: this syntax",
                  "source SQL:\nselect '1'::point\n                 ^");
    check_refusal(f, "alter table a add foreign key (b) references c deferrable initially deferred", "0A000",
                  "at or near \"deferred\": syntax error: unimplemented: this syntax",
                  "source SQL:\nalter table a add foreign key (b) references c deferrable initially deferred\n"
                  "                                                                    ^");
    decision = decide(f, "alter table a add unique (b) deferrable");
    assert_string_equal(decision.error.hint, UNIMPLEMENTED "31632/v24.3");
    assert_string_equal(decision.error.message, "at or near \"deferrable\": syntax error: unimplemented: this syntax");
    decision = decide(f, "drop type t cascade");
    assert_string_equal(decision.error.hint, UNIMPLEMENTED "51480/v24.3");
    check_refusal(f, "create domain public.year as integer", "0A000",
                  "at or near \"as\": syntax error: unimplemented: this syntax",
                  "source SQL:\ncreate domain public.year as integer\n                          ^");
}

static void test_other_decisions(void **state)
{
    fixture         *f = *state;
    cc_wire_decision decision = decide(f, "insert into t values (1) returning a");

    assert_int_equal(decision.action, CC_WIRE_PASS);
    assert_true(decision.shuffle_rows);
    assert_false(decide(f, "with a as (insert into t values (1) returning a) select 1").shuffle_rows);
    assert_true(decide(f, "with a as (select 1) insert into t select 1 returning a").shuffle_rows);
    decision = decide(f, "refresh materialized view concurrently v");
    assert_int_equal(decision.notice_count, 1);
    assert_string_equal(decision.notices[0].severity, "NOTICE");
    assert_int_equal(decide(f, "select 'unterminated").action, CC_WIRE_PASS);
    assert_int_equal(decide(f, "").action, CC_WIRE_PASS);
}

static void test_transactions(void **state)
{
    fixture         *f = *state;
    cc_wire_decision decision;

    assert_int_equal(decide(f, "begin; select 1; commit").action, CC_WIRE_PASS);
    assert_int_equal(decide(f, "begin; begin").action, CC_WIRE_REFUSE);
    assert_int_equal(decide(f, "begin; commit; commit").action, CC_WIRE_REFUSE);
    assert_int_equal(decide(f, "rollback to savepoint a").action, CC_WIRE_PASS);
    /* In a pipeline the server's word on the transaction comes late. */
    assert_int_equal(decide(f, "begin").action, CC_WIRE_PASS);
    assert_int_equal(decide_in(f, "commit", false).action, CC_WIRE_PASS);
    assert_int_equal(decide_in(f, "commit", false).action, CC_WIRE_REFUSE);

    assert_int_equal(decide_in(f, "begin", false).action, CC_WIRE_PASS);
    assert_int_equal(decide_in(f, "release cockroach_restart", true).action, CC_WIRE_PASS);
    decision = decide_in(f, "select 1", true);
    assert_string_equal(decision.error.sqlstate, "25000");
    assert_int_equal(used(f, "statement after release of cockroach_restart"), 1);
    assert_int_equal(decide_in(f, "commit", true).action, CC_WIRE_PASS);
    assert_int_equal(decide_in(f, "begin; select 1", false).action, CC_WIRE_PASS);
}

/* ---- Rules about errors ---- */

typedef struct translation {
    const char *rule;
    const char *sql; /* the statement before it; NULL: any */
    const char *sqlstate;
    const char *message;
    const char *detail;
    const char *new_sqlstate;
    const char *new_message;
    const char *new_detail;
} translation;

static const translation translations[] = {
    { "truncate of a referenced table", NULL, "0A000", "cannot truncate a table referenced in a foreign key constraint",
      "Table \"c\" references \"b\".", "XXUUU", "\"b\" is referenced by foreign key from table \"c\"", NULL },
    { "new enum value in its transaction", NULL, "55P04", "unsafe use of new value \"g\" of enum type mood", NULL,
      "XXUUU", "enum value \"g\" is not yet public", NULL },
    { "enum value exists", NULL, "42710", "enum label \"c\" already exists", NULL, "42710",
      "enum value \"c\" already exists", NULL },
    { "serialization failure", NULL, "40001", "could not serialize access", "Reason", "40001",
      "restart transaction: TransactionRetryWithProtoRefreshError: TransactionRetryError: retry txn "
      "(RETRY_SERIALIZABLE - could not serialize access)",
      NULL },
    { "statement timeout", NULL, "57014", "canceling statement due to statement timeout", NULL, "57014",
      "query execution canceled due to statement timeout", NULL },
    { "canceled", NULL, "57014", "canceling statement due to user request", NULL, "57014", "query execution canceled",
      NULL },
    { "unique violation", NULL, "23505", "duplicate key value violates unique constraint \"kv_pkey\"",
      "Key (k, n, f)=(it's, 1, t) already exists.", "23505",
      "duplicate key value violates unique constraint \"kv_pkey\"", "Key (k, n, f)=('it''s', 1, 't') already exists." },
    { "foreign key of a child", "insert into child values (1)", "23503",
      "insert or update on table \"child\" violates foreign key constraint \"child_p_fkey\"",
      "Key (p)=(fake) is not present in table \"parent\".", "23503",
      "insert on table \"child\" violates foreign key constraint \"child_p_fkey\"",
      "Key (p)=('fake') is not present in table \"parent\"." },
    { "foreign key of a child", "update child set p = 1", "23503",
      "insert or update on table \"child\" violates foreign key constraint \"child_p_fkey\"",
      "Key (p)=(1) is not present in table \"parent\".", "23503",
      "update on table \"child\" violates foreign key constraint \"child_p_fkey\"",
      "Key (p)=(1) is not present in table \"parent\"." },
    { "foreign key of a parent", "delete from parent", "23503",
      "update or delete on table \"parent\" violates foreign key constraint \"child_p_fkey\" on table \"child\"",
      "Key (p)=(-1.5) is still referenced from table \"child\".", "23503",
      "delete on table \"parent\" violates foreign key constraint \"child_p_fkey\" on table \"child\"",
      "Key (p)=(-1.5) is still referenced from table \"child\"." },
    { "not null violation", NULL, "23502", "null value in column \"x\" of relation \"t\" violates not-null constraint",
      "Failing row contains (null).", "23502", "null value in column \"x\" violates not-null constraint", NULL },
    { "check violation", NULL, "23514", "new row for relation \"t\" violates check constraint \"check_b\"",
      "Failing row contains (1).", "23514", "failed to satisfy CHECK constraint (check_b)", NULL },
    { "number out of range", NULL, "22003", "smallint out of range", NULL, "22003",
      "integer out of range for type int2", NULL },
    { "number out of range for int4", NULL, "22003", "integer out of range", NULL, "22003",
      "integer out of range for type int4", NULL },
    { "number out of range for int8", NULL, "22003", "bigint out of range", NULL, "22003", "integer out of range",
      NULL },
    { "constraint exists", NULL, "42710", "constraint \"c\" for relation \"t\" already exists", NULL, "42710",
      "duplicate constraint name: \"c\"", NULL },
    { "index exists", "create index i on t (a)", "42P07", "relation \"i\" already exists", NULL, "42P07",
      "index with name \"i\" already exists", NULL },
    { "drop a unique constraint", NULL, "0A000", "crdbcheck: UNIQUE constraint \"u\" is dropped", NULL, "0A000",
      "unimplemented: cannot drop UNIQUE constraint \"u\" using ALTER TABLE DROP CONSTRAINT, use DROP INDEX CASCADE "
      "instead",
      NULL },
    { "column type is rewritten", NULL, "XCEXF", "crdbcheck: a column is rewritten from varchar to int", NULL, "XCEXF",
      "ALTER COLUMN TYPE from varchar to int is only supported experimentally", NULL },
    { "column type of a column with a constraint", NULL, "0A000", "crdbcheck: a column with a constraint is rewritten",
      NULL, "0A000", "unimplemented: ALTER COLUMN TYPE for a column that has a constraint is currently not supported",
      NULL },
    { "column type of a column in an index", NULL, "0A000", "crdbcheck: a column of an index is rewritten", NULL,
      "0A000",
      "unimplemented: ALTER COLUMN TYPE requiring rewrite of on-disk data is currently not supported for columns that "
      "are part of an index",
      NULL },
    { "column type is rewritten in a transaction", NULL, "0A000", "crdbcheck: a column is rewritten in a transaction",
      NULL, "0A000", "unimplemented: ALTER COLUMN TYPE is not supported inside a transaction", NULL },
    { "drop the index of a primary key", NULL, "2BP01",
      "cannot drop index t_pkey because constraint t_pkey on table t requires it", NULL, "0A000",
      "cannot drop the primary index of a table using DROP INDEX", NULL },
    { "drop the index of a constraint", NULL, "2BP01",
      "cannot drop index u because constraint u on table t requires it", NULL, "2BP01",
      "index \"u\" is in use as unique constraint", NULL },
    { "text too long", NULL, "22001", "value too long for type character varying(120)", NULL, "22001",
      "value too long for type VARCHAR(120)", NULL },
    { "text too long for char", NULL, "22001", "value too long for type character(3)", NULL, "22001",
      "value too long for type CHAR(3)", NULL },
    { "column of a relation does not exist", NULL, "42703", "column \"x\" of relation \"t\" does not exist", NULL,
      "42703", "column \"x\" does not exist", NULL },
    { "insert into a computed column", NULL, "428C9", "cannot insert a non-DEFAULT value into column \"c\"",
      "Column \"c\" is a generated column.", "55000", "cannot write directly to computed column \"c\"", NULL },
    { "update of a computed column", NULL, "428C9", "column \"c\" can only be updated to DEFAULT",
      "Column \"c\" is a generated column.", "55000", "cannot write directly to computed column \"c\"", NULL },
    { "schema does not exist", NULL, "3F000", "schema \"s\" does not exist", NULL, "3F000", "unknown schema \"s\"",
      NULL },
    { "role does not exist", NULL, "42704", "role \"r\" does not exist", NULL, "42704",
      "role/user \"r\" does not exist", NULL },
    { "text search operators", NULL, "42883", "operator does not exist: tsvector || tsvector", NULL, "22023",
      "unsupported binary operator: <tsvector> || <tsvector>", NULL },
    { "comparisons of text search", NULL, "42883", "operator does not exist: tsquery && tsquery", NULL, "22023",
      "unsupported comparison operator: <tsquery> && <tsquery>", NULL },
    { "order by a tsvector", NULL, "42883", "could not identify an ordering operator for type tsvector", NULL, "0A000",
      "unimplemented: can't order by column type TSVECTOR", NULL },
    { "order by a tsquery", NULL, "42883", "could not identify an ordering operator for type tsquery", NULL, "0A000",
      "unimplemented: can't order by column type TSQUERY", NULL },
    { "length of a tsvector", NULL, "42883", "function length(tsvector) does not exist", NULL, "42883",
      "unknown signature: length(tsvector)", NULL },
    { "function does not exist", NULL, "42883", "function f(integer, text) does not exist", NULL, "42883",
      "unknown function: f()", NULL },
};

static void test_error_rules(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < sizeof translations / sizeof *translations; i++) {
        const translation *t = &translations[i];
        size_t             before = used(f, t->rule);
        cc_wire_error      error;

        (void)decide(f, t->sql != NULL ? t->sql : "select 1");
        error = translate(f, t->sqlstate, t->message, t->detail, NULL);
        assert_string_equal(error.message, t->new_message);
        assert_string_equal(error.sqlstate, t->new_sqlstate);
        if (t->new_detail == NULL)
            assert_null(error.detail);
        else
            assert_string_equal(error.detail, t->new_detail);
        assert_string_equal(error.constraint, "c");
        assert_null(error.table);
        assert_null(error.routine);
        /* Neither the same code with other words nor the same words with another code. */
        (void)translate(f, t->sqlstate, strcmp(t->sqlstate, "40001") == 0 ? "" : "other words", t->detail, NULL);
        (void)translate(f, "99999", t->message, t->detail, NULL);
        assert_int_equal(used(f, t->rule), before + (strcmp(t->sqlstate, "40001") == 0 ? 2 : 1));
    }
}

static void check_syntax_error(fixture *f, const char *sql, const char *message, const char *position,
                               const char *new_message, const char *detail)
{
    cc_wire_error error;

    (void)decide(f, sql);
    error = translate(f, "42601", message, NULL, position);
    assert_string_equal(error.message, new_message);
    assert_string_equal(error.detail, detail);
    assert_null(error.position);
}

static void test_syntax_errors(void **state)
{
    fixture      *f = *state;
    cc_wire_error error;

    check_syntax_error(f, "SELECT FROM t WHERE", "syntax error at end of input", "20",
                       "at or near \"EOF\": syntax error", "source SQL:\nSELECT FROM t WHERE\n                   ^");
    check_syntax_error(f, "select 'caf\xC3\xA9' FROM\nfrom t", "syntax error at or near \"from\"", "20",
                       "at or near \"from\": syntax error", "source SQL:\nselect 'caf\xC3\xA9' FROM\nfrom t\n^");
    check_syntax_error(f, "select 1; selec Foo", "syntax error at or near \"selec\"", "11",
                       "at or near \"selec\": syntax error", "source SQL:\nselec Foo\n^");
    /* The place is the server's, in the text that was sent: ::int8 is longer. */
    check_syntax_error(f, "select 1::int FROM FROM t", "syntax error at or near \"FROM\"", "21",
                       "at or near \"from\": syntax error",
                       "source SQL:\nselect 1::int FROM FROM t\n                   ^");
    check_syntax_error(f, "select 'abc", "unterminated quoted string at or near \"'abc\"", "8",
                       "lexical error: unterminated string", "source SQL:\nselect 'abc\n       ^");
    check_syntax_error(f, "select /* abc", "unterminated /* comment at or near \"/* abc\"", "8",
                       "lexical error: unterminated comment", "source SQL:\nselect /* abc\n       ^");
    /* An error of an earlier statement of a pipeline: the token is another one, so nothing is made up. */
    (void)decide(f, "select 1");
    error = translate(f, "42601", "syntax error at or near \"x\"", NULL, "3");
    assert_string_equal(error.message, "syntax error at or near \"x\"");
    assert_null(error.detail);
    (void)translate(f, "42601", "syntax error at or near \"x\"", NULL, "99999999999999999999");
    (void)translate(f, "42601", "syntax error at or near \"x\"", NULL, "999");
    (void)translate(f, "42601", "syntax error at or near \"", NULL, "1");
}

/* ---- The profile as a whole ---- */

static void test_every_rule_is_tested(void **state)
{
    static const char *const elsewhere[] = { "statement after release of cockroach_restart", "unterminated string",
                                             "unterminated comment", "syntax error",
                                             "rollback to a savepoint after a schema change" };
    fixture                 *f = *state;

    for (size_t rule = 0; rule < cc_profile_rule_count(f->profile); rule++) {
        const char *name = cc_profile_rule_name(f->profile, rule);
        bool        found = false;

        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            found = found || strcmp(pairs[i].rule, name) == 0;
        for (size_t i = 0; i < sizeof translations / sizeof *translations; i++)
            found = found || strcmp(translations[i].rule, name) == 0;
        for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
            found = found || strcmp(elsewhere[i], name) == 0;
        if (!found)
            fail_msg("rule '%s' has no test", name);
    }
}

static void test_identity(void **state)
{
    fixture *f = *state;
    size_t   count = 0;

    assert_string_equal(cc_profile_name(f->profile), "24.3");
    assert_non_null(strstr(cc_profile_version(f->profile), "crdbcheck"));
    /* version() is in the setup SQL: both must say the same. */
    assert_non_null(strstr(cc_profile_setup_sql(f->profile), cc_profile_version(f->profile)));
    for (const cc_wire_parameter *p = f->filter->parameters; p->name != NULL; p++)
        count += strcmp(p->name, "crdbcheck_simulated") == 0 || strcmp(p->name, "crdb_version") == 0;
    assert_int_equal(count, 2);
    assert_string_equal(f->filter->parameter(f->filter->context, f->session, f->arena, "server_version", "15.4"),
                        "13.0.0");
    assert_string_equal(f->filter->parameter(f->filter->context, f->session, f->arena, "TimeZone", "UTC"), "UTC");
}

static void test_disabled_rules(void **state)
{
    fixture *f = *state;

    assert_false(cc_profile_disable(f->profile, "nobody"));
    assert_true(cc_profile_disable(f->profile, "truncate with identity"));
    assert_int_equal(decide(f, "truncate t restart identity").action, CC_WIRE_PASS);
    assert_true(cc_profile_disable(f->profile, "text too long"));
    assert_string_equal(translate(f, "22001", "value too long for type character varying(1)", NULL, NULL).message,
                        "value too long for type character varying(1)");
}

static void test_rules_are_counted(void **state)
{
    fixture         *f = *state;
    cc_wire_decision decision;

    (void)decide(f, "drop type a cascade");
    (void)decide(f, "drop type a cascade");
    decision = decide_in(f, "show crdbcheck_rules;", false);
    assert_int_equal(decision.action, CC_WIRE_REWRITE);
    assert_non_null(strstr(decision.sql, "('drop type cascade', 2, 1)"));
    assert_non_null(strstr(decision.sql, "('aggregates of one''s own', 0, 0)"));
}

/* A long statement costs no more than a long time in proportion, whatever stands in it. */
typedef struct told {
    size_t count;
    char   application[64];
    char   rule[64];
} told;

static void tell_use(void *context, const char *application, const char *rule)
{
    told *t = context;

    t->count++;
    snprintf(t->application, sizeof t->application, "%s", application);
    snprintf(t->rule, sizeof t->rule, "%s", rule);
}

static void test_first_use_in_a_session_is_told(void **state)
{
    fixture *f = *state;
    told     t = { 0 };

    cc_profile_on_use(f->profile, tell_use, &t);
    decide(f, "select 1");
    assert_int_equal(0, t.count);
    decide_in(f, "show crdb_version", false);
    assert_int_equal(1, t.count);
    assert_string_equal("application", t.application);
    assert_string_equal("show crdb_version", t.rule);
    decide_in(f, "show crdb_version", false);
    assert_int_equal(1, t.count);
    decide(f, "show crdb_version"); /* in another session */
    assert_int_equal(2, t.count);
}

static void test_hostile_statements(void **state)
{
    fixture *f = *state;
    char    *sql = orm_arena_alloc(f->arena, 300100);

    for (size_t round = 0; round < 3; round++) {
        static const char *const parts[] = { "a int, ", "cast(", "order by " };
        size_t                   length = strlen(parts[round]);
        size_t                   count = round == 0 ? 3000 : 2000;

        memcpy(sql, "create table t (", 17);
        for (size_t i = 0; i < count; i++)
            memcpy(sql + 16 + i * length, parts[round], length + 1);
        (void)decide(f, sql);
    }
}

/* ---- Profiles that are refused ---- */

static bool has_problem(const cc_problems *problems, unsigned line, unsigned column, const char *part)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].place.line == line && problems->items[i].place.column == column &&
            strstr(problems->items[i].message, part) != NULL)
            return true;
    }
    return false;
}

static void check_bad_file(const char *path)
{
    orm_arena  *arena = orm_arena_new(NULL, NULL, "test");
    cc_problems problems;
    char        first[512];
    char        part[400];
    unsigned    line = 0;
    unsigned    column = 0;
    FILE       *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(first, sizeof first, file));
    fclose(file);
    if (sscanf(first, "# expect: %u:%u %399[^\n]", &line, &column, part) != 3)
        fail_msg("%s: the first line must be `# expect: LINE:COLUMN text`", path);
    cc_problems_init(&problems, arena);
    assert_null(cc_profile_load(arena, path, &problems));
    if (!has_problem(&problems, line, column, part)) {
        print_problems(&problems);
        fail_msg("%s: no problem at %u:%u with '%s'", path, line, column, part);
    }
    orm_arena_free(arena);
}

static void test_bad_profiles(void **state)
{
    DIR           *folder = opendir(BAD_FOLDER);
    struct dirent *entry;
    size_t         count = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[1024];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", BAD_FOLDER, entry->d_name);
        check_bad_file(path);
        count++;
    }
    closedir(folder);
    assert_true(count >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_statement_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rewriting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order_by, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_decisions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_transactions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_error_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_syntax_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_rule_is_tested, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_disabled_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rules_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_first_use_in_a_session_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_statements, set_up, tear_down),
        cmocka_unit_test(test_bad_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
