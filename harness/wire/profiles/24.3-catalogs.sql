-- What introspection reads, as CockroachDB 24.3 answers it: cockroach pkg/sql/pg_catalog.go, pkg/sql/information_schema.go,
-- and pkg/sql/logictest/testdata/logic_test/pg_catalog (LT/pg_catalog). The profile's rule `qualified catalogs` leads names
-- with pg_catalog before them here, too. Run after 24.3.sql.

-- Names of types behind :: as CockroachDB writes them.
create function crdb_internal.type_names(expression text) returns text
    language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    names constant text[] := array[
        ['timestamp(\(\d\))? with time zone', 'TIMESTAMPTZ\1'], ['timestamp(\(\d\))? without time zone', 'TIMESTAMP\1'],
        ['time(\(\d\))? with time zone', 'TIMETZ\1'], ['time(\(\d\))? without time zone', 'TIME\1'],
        ['character varying', 'VARCHAR'], ['double precision', 'FLOAT8'], ['character', 'CHAR'], ['text', 'STRING'],
        ['bigint', 'INT8'], ['integer', 'INT4'], ['smallint', 'INT2'], ['boolean', 'BOOL'], ['real', 'FLOAT4'],
        ['numeric', 'DECIMAL'], ['bytea', 'BYTES'], ['jsonb', 'JSONB'], ['uuid', 'UUID'], ['date', 'DATE'],
        ['interval', 'INTERVAL'], ['regclass', 'REGCLASS'], ['bit varying', 'VARBIT'], ['bit', 'BIT'],
        ['inet', 'INET'], ['tsvector', 'TSVECTOR'], ['tsquery', 'TSQUERY'], ['oid', 'OID'], ['name', 'NAME']];
begin
    for i in 1 .. array_length(names, 1) loop
        expression := regexp_replace(expression, '::' || names[i][1] || '\M', '::' || names[i][2], 'g');
    end loop;
    return expression;
end
$$;

-- IN lists stay IN (cockroach LT/show_create; the tests of whodb's CockroachDB plugin: `CHECK ((status IN ('a'::STRING,
-- 'b'::STRING)))`), while the server keeps them as comparisons with arrays, and casts a column of another text type.
create function crdb_internal.in_lists(expression text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select string_agg(
               case when m[1] ~ '^(= ANY|<> ALL) '
                        then case when m[1] like '=%' then 'IN (' else 'NOT IN (' end
                             || replace(regexp_replace(regexp_replace(m[1], '^.{5,6} \(\(?ARRAY\[', ''),
                                                       '\](\)::text\[\])?\)$', ''),
                                        '''::character varying', '''::text') || ')'
                    when m[1] like '("%' then substr(m[1], 2, length(m[1]) - 8)
                    else m[1] end, '' order by n)
    from regexp_matches(
             expression, $re$((?:= ANY|<> ALL) \(\(?ARRAY\[(?:'(?:[^']|'')*'|[^]'])*\](?:\)::text\[\])?\)$re$
                         || $re$|\("(?:[^"]|"")*"\)::text\M|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"=<(]+|[=<(])$re$, 'g')
         with ordinality as found (m, n)
$$;

-- An expression as LT/pg_catalog has it: 'a'::STRING, !=; e'it\'s' where something is escaped (cockroach issue 47497).
-- Without types, as information_schema has it since v23.1 (cockroach PR 94153, PR 96660), a literal has no cast.
create function crdb_internal.expression_text(expression text, typed boolean) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select string_agg(
               case when quoted then part
                    when literal_before and not typed and part !~ '^::regclass'
                        then crdb_internal.type_names(regexp_replace(
                            part, '^::[a-z_][a-z0-9_.]*( varying| precision)?(\(\d+(,\d+)?\))?'
                                  '( with(out)? time zone)?(\[\])?', ''))
                    else crdb_internal.type_names(part) end, '' order by n)
    from (select n, piece ~ '^[''"]' as quoted, lag(piece) over (order by n) like '''%' as literal_before,
                 case when piece like '''%' and substr(piece, 2, length(piece) - 2) ~ '[''\\\n]'
                          then 'e''' || replace(replace(replace(substr(piece, 2, length(piece) - 2), '\', '\\'),
                                                        '''''', '\'''), chr(10), '\n') || ''''
                      when piece ~ '^[''"]' then piece
                      else replace(replace(regexp_replace(regexp_replace(piece, '\((\w+)\)::text\M', '\1', 'g'),
                                                          '\mCURRENT_TIMESTAMP\M(?!\()', 'current_timestamp()', 'g'),
                                           'CURRENT_TIMESTAMP(', 'current_timestamp('), '<>', '!=') end as part
          from (select m[1] as piece, n
                from regexp_matches(regexp_replace(crdb_internal.in_lists(expression),
                                                   $re$['(](-?[0-9.]+)[')]::(smallint|integer|bigint|numeric)\M$re$, '\1',
                                                   'g'),
                                    $re$('(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"]+)$re$, 'g')
                     with ordinality as found (m, n)) pieces) parts
$$;

-- Without the parentheses that the server puts around a whole expression; those of a cast don't stand around all of it.
create function crdb_internal.bare(expression text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select case when expression ~ '^\(.*\)$' and expression !~ '\)::\w+(\([0-9,]+\))?$'
                    then substr(expression, 2, length(expression) - 2) else expression end
$$;

-- The server's text of an expression of a table, with names that don't hang on the search path of the session.
create function crdb_internal.server_expression(tree pg_node_tree, relation oid) returns text
    language sql stable strict set search_path = crdb_internal, pg_catalog, pg_temp as $$
    select pg_catalog.pg_get_expr(tree, relation)
$$;
-- The default or the computation of a column. An empty array is ARRAY[] (activerecord-cockroachdb-adapter parses it so), a
-- computation has no parentheses around it, and without types a negative number has them (cockroach
-- pkg/sql/sem/tree/format_test.go, FmtParsableNumerics).
create function crdb_internal.column_expression(tree pg_node_tree, relation oid, generated "char", typed boolean)
    returns text language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select case when plain ~ '^''\{\}''::.*\[\]$' then 'ARRAY[]'
                when not typed and text ~ '^-[0-9.]+$' then '(' || text || ')'
                when generated <> '' then crdb_internal.bare(text)
                else text end
    from (select plain, crdb_internal.expression_text(plain, typed) as text
          from (select crdb_internal.server_expression(tree, relation) as plain) of_server) of_column
$$;

-- A predicate, a check or an expression of an index.
create function crdb_internal.condition(tree pg_node_tree, relation oid) returns text language sql stable strict as $$
    select crdb_internal.bare(crdb_internal.expression_text(crdb_internal.server_expression(tree, relation), true))
$$;

create function crdb_internal.pg_get_expr(tree pg_node_tree, relation oid) returns text language sql stable strict
    as 'select pg_catalog.pg_get_expr(tree, relation)';
create function crdb_internal.pg_get_expr(tree pg_node_tree, relation oid, pretty boolean) returns text
    language sql stable strict as 'select pg_catalog.pg_get_expr(tree, relation, pretty)';
-- Expressions in catalogs are readable text, which comes back as it is.
create function crdb_internal.pg_get_expr(expression text, relation oid) returns text language sql immutable strict
    as 'select expression';
create function crdb_internal.pg_get_expr(expression text, relation oid, pretty boolean) returns text
    language sql immutable strict as 'select expression';

-- The name of a column of an index, or its expression, as in `(a + b)` or `lower(c)`.
create function crdb_internal.index_element(index_oid oid, part integer) returns text language sql stable strict as $$
    select case when x.indkey[part - 1] <> 0 then pg_catalog.pg_get_indexdef(index_oid, part, false)
                else crdb_internal.expression_text(
                    regexp_replace(pg_catalog.pg_get_indexdef(index_oid, part, false), '^\((\(.*\))\)$', '\1'), true) end
    from pg_catalog.pg_index x where x.indexrelid = index_oid
$$;
-- Columns of an index with their directions, as in `b ASC, lower(c) DESC`.
create function crdb_internal.index_columns(index_oid oid) returns text language sql stable strict as $$
    select string_agg(crdb_internal.index_element(index_oid, k)
                      || case when a.amname <> 'btree' then ''
                              when x.indoption[k - 1] & 1 = 1 then ' DESC' else ' ASC' end, ', ' order by k)
    from pg_catalog.pg_index x join pg_catalog.pg_class c on c.oid = x.indexrelid
    join pg_catalog.pg_am a on a.oid = c.relam, generate_series(1, x.indnkeyatts) k
    where x.indexrelid = index_oid
$$;
create function crdb_internal.index_stored(index_oid oid) returns text language sql stable strict as $$
    select coalesce(' STORING (' || string_agg(pg_catalog.pg_get_indexdef(index_oid, k, false), ', ' order by k) || ')', '')
    from pg_catalog.pg_index x, generate_series(x.indnkeyatts + 1, x.indnatts) k where x.indexrelid = index_oid
$$;
create function crdb_internal.index_predicate(index_oid oid) returns text language sql stable strict as $$
    select coalesce(' WHERE (' || crdb_internal.condition(indpred, indrelid) || ')', '')
    from pg_catalog.pg_index where indexrelid = index_oid
$$;
create function crdb_internal.pg_get_indexdef(index_oid oid) returns text language sql stable strict as $$
    select format('CREATE %sINDEX %I ON %I.%I.%I USING %s (%s)', case when x.indisunique then 'UNIQUE ' else '' end,
                  i.relname, current_database(), n.nspname, t.relname, a.amname, crdb_internal.index_columns(index_oid))
           || crdb_internal.index_stored(index_oid) || crdb_internal.index_predicate(index_oid)
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_class t on t.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_am a on a.oid = i.relam
    where x.indexrelid = index_oid
$$;
create function crdb_internal.pg_get_indexdef(index_oid oid, part integer, pretty boolean) returns text
    language sql stable strict as $$
    select case when part = 0 then crdb_internal.pg_get_indexdef(index_oid)
                when part <= indnkeyatts then crdb_internal.index_element(index_oid, part) else '' end
    from pg_catalog.pg_index where indexrelid = index_oid
$$;

-- A unique index without a constraint is one, too (cockroach issue 61098), under its own oid.
create function crdb_internal.pg_get_constraintdef(constraint_oid oid) returns text language sql stable strict as $$
    select case when c.contype in ('p', 'u')
                    then case c.contype when 'p' then 'PRIMARY KEY (' else 'UNIQUE (' end
                         || crdb_internal.index_columns(c.conindid) || ')'
                when c.contype = 'c'
                    then 'CHECK ((' || crdb_internal.condition(c.conbin, c.conrelid)
                         || case when c.convalidated then '))' else ')) NOT VALID' end
                else pg_catalog.pg_get_constraintdef(c.oid) end
    from pg_catalog.pg_constraint c where c.oid = constraint_oid
    union all
    select 'UNIQUE (' || crdb_internal.index_columns(indexrelid) || ')' || crdb_internal.index_predicate(indexrelid)
    from pg_catalog.pg_index where indexrelid = constraint_oid
$$;
create function crdb_internal.pg_get_constraintdef(constraint_oid oid, pretty boolean) returns text
    language sql stable strict as 'select crdb_internal.pg_get_constraintdef(constraint_oid)';

-- An INT is eight bytes wide, also as the number of a column.
create function crdb_internal.col_description(relation oid, number bigint) returns text language sql stable strict
    as 'select pg_catalog.col_description(relation, number::integer)';

-- A view's query: unterminated, on one line, its tables with database and schema.
create function crdb_internal.pg_get_viewdef(view_oid oid) returns text
    language plpgsql stable strict set search_path = crdb_internal, pg_catalog, pg_temp as $$
declare
    relation record;
    definition text := rtrim(pg_catalog.pg_get_viewdef(view_oid), ';');
begin
    select string_agg(case when m[1] like '''%' then m[1] else regexp_replace(m[1], '\s*\n\s*', ' ', 'g') end,
                      '' order by n) into definition
        from regexp_matches(ltrim(definition), $re$('(?:[^']|'')*'|[^']+)$re$, 'g') with ordinality as found (m, n);
    for relation in
        select distinct format('%I.%I', n.nspname, c.relname) as name
        from pg_catalog.pg_rewrite r
        join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = r.oid
                                       and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> view_oid
        join pg_catalog.pg_class c on c.oid = d.refobjid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where r.ev_class = view_oid
          and n.nspname not in ('pg_catalog', 'information_schema', 'crdb_internal')
    loop
        select string_agg(case when m[1] like '''%' then m[1] else regexp_replace(
                   m[1], '(^|[^\w."])' || regexp_replace(relation.name, '([^\w])', '\\\1', 'g') || '(?![\w"])',
                   '\1' || replace(format('%I.%s', current_database(), relation.name), '\', '\\'), 'g') end,
                          '' order by n) into definition
            from regexp_matches(definition, $re$('(?:[^']|'')*'|[^']+)$re$, 'g') with ordinality as found (m, n);
    end loop;
    return definition;
end
$$;
create function crdb_internal.pg_get_viewdef(view_oid oid, pretty boolean) returns text language sql stable strict
    as 'select crdb_internal.pg_get_viewdef(view_oid)';
create function crdb_internal.pg_get_viewdef(view_oid oid, wrap integer) returns text language sql stable strict
    as 'select crdb_internal.pg_get_viewdef(view_oid)';
create function crdb_internal.pg_get_viewdef(view_name text) returns text language sql stable strict
    as 'select crdb_internal.pg_get_viewdef(view_name::regclass::oid)';
create function crdb_internal.pg_get_viewdef(view_name text, pretty boolean) returns text language sql stable strict
    as 'select crdb_internal.pg_get_viewdef(view_name::regclass::oid)';

create view crdb_internal.pg_attrdef as
    select d.oid, d.adrelid, d.adnum, crdb_internal.column_expression(d.adbin, d.adrelid, a.attgenerated, true) as adbin
    from pg_catalog.pg_attrdef d
    join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum;

-- An expression in an index is a column by itself, whose name is counted in the table (cockroach LT/show_indexes).
create function crdb_internal.index_column_name(index_oid oid, part integer) returns text
    language sql stable strict as $$
    select 'crdb_internal_idx_expr' || coalesce('_' || nullif(count(*) - 1, 0), '')
    from pg_catalog.pg_index here
    join pg_catalog.pg_index x on x.indrelid = here.indrelid, generate_series(1, x.indnkeyatts) k
    where here.indexrelid = index_oid and x.indkey[k - 1] = 0
      and (x.indexrelid < index_oid or x.indexrelid = index_oid and k <= part)
$$;

-- Without the columns of the system, with one column more, attishidden (cockroach pkg/sql/pg_catalog.go).
create view crdb_internal.pg_attribute as
    select a.attrelid,
           case when x.indkey[a.attnum - 1] = 0 then crdb_internal.index_column_name(a.attrelid, a.attnum)::name
                else a.attname end as attname,
           a.atttypid, 0 as attstattarget, a.attlen, a.attnum, 0 as attndims, -1 as attcacheoff, a.atttypmod,
           null::boolean as attbyval, null::"char" as attstorage, null::"char" as attalign, a.attnotnull, a.atthasdef,
           a.attidentity, a.attgenerated, a.attisdropped, true as attislocal, 0 as attinhcount, a.attcollation,
           null::aclitem[] as attacl, null::text[] as attoptions, null::text[] as attfdwoptions,
           null::boolean as atthasmissing, null::text[] as attmissingval, false as attishidden
    from pg_catalog.pg_attribute a left join pg_catalog.pg_index x on x.indexrelid = a.attrelid
    where a.attnum > 0;

-- A table has the access method of its primary index; nothing is known of pages and rows, of what triggers and rules there
-- are, and of partitions (cockroach pkg/sql/pg_catalog.go).
create view crdb_internal.pg_class as
    select oid, relname, relnamespace, reltype, reloftype, relowner,
           case when relkind in ('r', 'p') then (select oid from pg_catalog.pg_am where amname = 'btree')
                when relkind in ('i', 'I') then relam else 0 end as relam,
           0::oid as relfilenode, 0::oid as reltablespace, null::integer as relpages, null::real as reltuples,
           0 as relallvisible, 0::oid as reltoastrelid, relkind in ('r', 'p', 'm') as relhasindex,
           false as relisshared, relpersistence, relpersistence = 't' as relistemp, relkind, relnatts, relchecks,
           false as relhasoids, relkind in ('r', 'p', 'm') as relhaspkey, false as relhasrules,
           false as relhastriggers, false as relhassubclass, 0 as relfrozenxid, null::aclitem[] as relacl,
           null::text[] as reloptions, false as relforcerowsecurity, null::boolean as relispartition,
           null::boolean as relispopulated,
           case when relkind in ('r', 'p', 'm') then 'd'::"char" else 'n'::"char" end as relreplident,
           null::oid as relrewrite, false as relrowsecurity, null::pg_node_tree as relpartbound, null::integer as relminmxid
    from pg_catalog.pg_class
    where relkind <> 't' and relnamespace <> 'pg_toast'::regnamespace;

create view crdb_internal.pg_tables as
    select schemaname, tablename, tableowner, null::name as tablespace, true as hasindexes, false as hasrules,
           false as hastriggers, false as rowsecurity
    from pg_catalog.pg_tables;

-- What stands before a catalog is that catalog.
create function crdb_internal.catalog_regclass(relation text) returns regclass language sql immutable strict as $$
    select coalesce((select catalog.oid
                     from pg_catalog.pg_class before
                     join pg_catalog.pg_class catalog
                          on catalog.relname = before.relname and catalog.relnamespace = 'pg_catalog'::regnamespace
                     where before.oid = relation::pg_catalog.regclass
                       and before.relnamespace = 'crdb_internal'::regnamespace),
                    relation::pg_catalog.regclass::oid)::pg_catalog.regclass
$$;

-- To the session, crdb_internal is not in the search path, and catalogs are where they always are.
create function crdb_internal.pg_table_is_visible(relation oid) returns boolean language sql stable strict as $$
    select relnamespace = 'pg_catalog'::regnamespace
           or relnamespace <> 'crdb_internal'::regnamespace and pg_catalog.pg_table_is_visible(relation)
    from pg_catalog.pg_class where oid = relation
$$;
create function crdb_internal.pg_function_is_visible(function oid) returns boolean language sql stable strict as $$
    select pronamespace = 'pg_catalog'::regnamespace
           or pronamespace <> 'crdb_internal'::regnamespace and pg_catalog.pg_function_is_visible(function)
    from pg_catalog.pg_proc where oid = function
$$;
create function crdb_internal.plain_search_path(path text) returns text language sql immutable strict parallel safe as $$
    select pg_catalog.regexp_replace(path, ', crdb_internal, pg_catalog$', '')
$$;
create function crdb_internal.current_setting(setting text) returns text language sql stable strict as $$
    select case when pg_catalog.lower(setting) = 'search_path'
                    then crdb_internal.plain_search_path(pg_catalog.current_setting('search_path'))
                else pg_catalog.current_setting(setting) end
$$;
create function crdb_internal.current_setting(setting text, missing boolean) returns text language sql stable strict as $$
    select case when pg_catalog.lower(setting) = 'search_path'
                    then crdb_internal.plain_search_path(pg_catalog.current_setting('search_path'))
                else pg_catalog.current_setting(setting, missing) end
$$;
create function crdb_internal.set_config(setting text, value text, of_transaction boolean) returns text
    language sql volatile as $$
    select case when pg_catalog.lower(setting) = 'search_path'
                    then crdb_internal.plain_search_path(pg_catalog.set_config(
                        setting, coalesce(nullif(value, ''), '""') || ', crdb_internal, pg_catalog', of_transaction))
                else pg_catalog.set_config(setting, value, of_transaction) end
$$;
create function crdb_internal.current_schemas(implicit boolean) returns name[] language sql stable strict as $$
    select case when implicit then array['pg_catalog'::name] else array[]::name[] end
           || array_remove(array_remove(pg_catalog.current_schemas(false), 'crdb_internal'), 'pg_catalog')
$$;

create function crdb_internal.index_expression(index_oid oid, part integer) returns text language sql stable strict as $$
    select crdb_internal.bare(crdb_internal.index_element(index_oid, part))
$$;

-- The server's own catalogs, whose oids are below 16384, have neither indexes nor constraints (cockroach
-- pkg/sql/pg_catalog.go, hideVirtual).
-- Of indoption, 2 is ASC with NULLs first and 1 is DESC with NULLs last: there are no others (LT/pg_catalog).
create view crdb_internal.pg_index as
    select indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisprimary, indisexclusion,
           indisunique as indimmediate, indisclustered, indisvalid, indcheckxmin, false as indisready, indislive,
           indisreplident, indkey, indcollation,
           (select string_agg('0', ' ') from generate_series(1, indnkeyatts))::oidvector as indclass,
           (select string_agg(case when indoption[k - 1] & 1 = 1 then '1' else '2' end, ' ' order by k)
            from generate_series(1, indnkeyatts) k)::int2vector as indoption,
           (select array_agg('(' || crdb_internal.index_expression(indexrelid, k) || ')' order by k)
            from generate_series(1, indnkeyatts) k where indkey[k - 1] = 0)::text as indexprs,
           crdb_internal.condition(indpred, indrelid) as indpred
    from pg_catalog.pg_index
    where indrelid >= 16384;

create view crdb_internal.pg_constraint as
    select oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid, contypid, conindid,
           conparentid, confrelid, case when contype = 'f' then confupdtype end as confupdtype,
           case when contype = 'f' then confdeltype end as confdeltype,
           case when contype = 'f' then confmatchtype end as confmatchtype, true as conislocal, coninhcount,
           true as connoinherit, conkey, confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols, conexclop,
           '(' || crdb_internal.condition(conbin, conrelid) || ')' as conbin
    from pg_catalog.pg_constraint
    where conrelid >= 16384 and contype <> 't'
    union all
    select x.indexrelid, i.relname, i.relnamespace, 'u', false, false, true, x.indrelid, 0, x.indexrelid, 0, 0, null,
           null, null, true, 0, true,
           (select array_agg(x.indkey[k - 1] order by k) from generate_series(1, x.indnkeyatts) k),
           null, null, null, null, null, null, null
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    where x.indisunique and not x.indisprimary and x.indrelid >= 16384 and i.relkind = 'i'
      and i.relnamespace <> 'pg_toast'::regnamespace
      and not exists (select 1 from pg_catalog.pg_constraint c
                      where c.conindid = x.indexrelid and c.contype in ('p', 'u'));

-- Every database has the same datcollate and datctype, and none is a template (cockroach pkg/sql/pg_catalog.go).
create view crdb_internal.pg_database as
    select oid, datname, datdba, encoding, datlocprovider, datistemplate, datallowconn, datconnlimit, datfrozenxid,
           datminmxid, dattablespace, 'en_US.utf8'::text as datcollate, 'en_US.utf8'::text as datctype, daticulocale,
           datcollversion, datacl
    from pg_catalog.pg_database
    where not datistemplate;

-- Empty: nothing inherits; triggers are shown since v25.3 (cockroach PR 147248); policies are there since v25.2.
create view crdb_internal.pg_inherits as select * from pg_catalog.pg_inherits where false;
create view crdb_internal.pg_partitioned_table as select * from pg_catalog.pg_partitioned_table where false;
create view crdb_internal.pg_trigger as select * from pg_catalog.pg_trigger where false;
create view crdb_internal.pg_policy as select * from pg_catalog.pg_policy where false;
create view crdb_internal.pg_policies as select * from pg_catalog.pg_policies where false;

create view crdb_internal.pg_views as
    select schemaname, viewname, viewowner,
           crdb_internal.pg_get_viewdef(format('%I.%I', schemaname, viewname)) as definition
    from pg_catalog.pg_views
    where schemaname not in ('pg_catalog', 'information_schema', 'crdb_internal');
create view crdb_internal.pg_matviews as
    select schemaname, matviewname, matviewowner, tablespace, hasindexes, ispopulated,
           crdb_internal.pg_get_viewdef(format('%I.%I', schemaname, matviewname)) as definition
    from pg_catalog.pg_matviews;
create view crdb_internal.pg_indexes as
    select n.nspname as schemaname, t.relname as tablename, i.relname as indexname, null::name as tablespace,
           crdb_internal.pg_get_indexdef(i.oid) as indexdef
    from pg_catalog.pg_index x join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_class i on i.oid = x.indexrelid left join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    where t.oid >= 16384 and t.relkind in ('r', 'm', 'p') and i.relkind in ('i', 'I');
grant select on all tables in schema crdb_internal to public;

-- A type as information_schema and SHOW write it; one that a user made has its schema (cockroach docs v24.3, SHOW CREATE).
create function crdb_internal.sql_type(type oid, modifier integer) returns text language sql stable strict as $$
    select case when e.oid is not null
                    then format('%I.%I', n.nspname, e.typname) || case when e.oid <> t.oid then '[]' else '' end
                else substr(crdb_internal.type_names('::' || format_type(type, modifier)), 3) end
    from pg_catalog.pg_type t
    left join (pg_catalog.pg_type e join pg_catalog.pg_namespace n on n.oid = e.typnamespace)
         on e.typtype in ('e', 'c') and e.oid in (t.oid, t.typelem)
    where t.oid = type
$$;

-- information_schema: definitions and defaults in CockroachDB's words, its three columns more, no precision of a date, no
-- NULL where nothing is computed (cockroach pkg/sql/information_schema.go), no triggers (PR 147237).
do $$
declare
    views text := pg_catalog.pg_get_viewdef('information_schema.views'::regclass);
    columns text := pg_catalog.pg_get_viewdef('information_schema.columns'::regclass);
    changes constant text[] := array[
        [$r$\mpg_get_expr\(ad\.adbin, ad\.adrelid\)$r$,
         'crdb_internal.column_expression(ad.adbin, ad.adrelid, a.attgenerated, false)'],
        [$r$\(?\m(information_schema\._pg_datetime_precision\([^)]*\), [^)]*\)\))\)?(::information_schema\.cardinal_number)$r$,
         $r$(nullif(\1, case when a.atttypid = 'date'::regtype then 0 end))\2$r$],
        [$r$ELSE NULL::text\s+END\)?::information_schema\.character_data\)? AS generation_expression$r$,
         $r$ELSE '' END)::information_schema.character_data AS generation_expression$r$],
        ['\n   FROM ', $r$,
            'NO'::text::information_schema.yes_or_no as is_hidden,
            crdb_internal.sql_type(a.atttypid, a.atttypmod) as crdb_sql_type,
            col_description(c.oid, a.attnum) as column_comment
            FROM $r$]];
    changed text;
begin
    for i in 1 .. array_length(changes, 1) loop
        changed := regexp_replace(columns, changes[i][1], changes[i][2], 'g');
        if changed = columns then
            raise exception 'information_schema.columns is not the view that was expected: %', changes[i][1];
        end if;
        columns := changed;
    end loop;
    changed := replace(views, 'pg_get_viewdef(c.oid)', 'crdb_internal.pg_get_viewdef(c.oid)');
    if changed = views then
        raise exception 'information_schema.views is not the view that was expected';
    end if;
    execute 'create or replace view information_schema.views as ' || changed;
    execute 'create or replace view information_schema.columns as ' || columns;
    execute 'create or replace view information_schema.triggers as select * from ('
            || rtrim(pg_catalog.pg_get_viewdef('information_schema.triggers'::regclass), ';') || ') hidden where false';
end
$$;
