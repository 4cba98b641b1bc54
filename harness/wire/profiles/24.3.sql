-- What makes a PostgreSQL answer like CockroachDB 24.3 where a function, an operator or a setting is enough.
-- Run once in template1 by a superuser. The schema has the name of one that every CockroachDB has, so that what leaves
-- that one out of its view of a database leaves this one out, too. It stands before pg_catalog in the search path.
create schema crdb_internal;
grant usage on schema crdb_internal to public;

-- The text must be the profile's `version`.
create function crdb_internal.version() returns text language sql immutable parallel safe as $$
    select 'CockroachDB CCL v24.3.0 (x86_64-pc-linux-gnu, built 2024/11/21 17:04:09, go1.22.8), simulated by crdbcheck'::text
$$;

-- Time in steps of ten microseconds, shifted by fifteen bits for the number of the node; here for that of the session.
-- The session's last value is kept, so that values grow also within one step.
create function crdb_internal.unique_rowid() returns bigint language plpgsql volatile as $$
declare
    last bigint := coalesce(nullif(current_setting('crdbcheck.last_rowid', true), '')::bigint, 0);
    fresh bigint := ((extract(epoch from clock_timestamp()) - 1420070400) * 100000)::bigint * 32768
                   + pg_backend_pid() % 32768;
begin
    if fresh <= last then
        fresh := last + 32768;
    end if;
    perform set_config('crdbcheck.last_rowid', fresh::text, false);
    return fresh;
end
$$;

-- Division of integers is exact.
create function crdb_internal.divide(bigint, bigint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(integer, integer) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(smallint, smallint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(bigint, integer) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(integer, bigint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(smallint, bigint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(bigint, smallint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(smallint, integer) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create function crdb_internal.divide(integer, smallint) returns numeric language sql immutable strict parallel safe
    as 'select $1::numeric operator(pg_catalog./) $2::numeric';
create operator crdb_internal./ (leftarg = bigint, rightarg = bigint, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = integer, rightarg = integer, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = smallint, rightarg = smallint, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = bigint, rightarg = integer, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = integer, rightarg = bigint, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = smallint, rightarg = bigint, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = bigint, rightarg = smallint, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = smallint, rightarg = integer, function = crdb_internal.divide);
create operator crdb_internal./ (leftarg = integer, rightarg = smallint, function = crdb_internal.divide);

-- ALTER TYPE ... DROP VALUE. PostgreSQL has no such thing, so the label is taken out of the catalog, but only when the type
-- is the caller's, and no row has it.
create function crdb_internal.drop_enum_value(type regtype, value text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    kind pg_type;
    col record;
    used boolean;
begin
    select * into kind from pg_type where oid = type;
    if kind.typtype <> 'e' then
        raise exception '"%" is not an enum', kind.typname using errcode = '42809';
    end if;
    if not pg_has_role(session_user, kind.typowner, 'USAGE') then
        raise exception 'must be owner of type %', kind.typname using errcode = '42501';
    end if;
    perform 1 from pg_enum where enumtypid = type and enumlabel = value for update;
    if not found then
        raise exception 'enum value "%" does not exist', value using errcode = '42704';
    end if;
    for col in
        select c.oid::regclass as name, c.relname, a.attname, a.atttypid = type as plain
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where a.atttypid in (type, kind.typarray) and not a.attisdropped and c.relkind in ('r', 'm', 'p')
    loop
        execute format(case when col.plain then 'select exists (select 1 from %s where %I::text = $1)'
                            else 'select exists (select 1 from %s where $1 = any (%I::text[]))' end,
                       col.name, col.attname) into used using value;
        if used and col.plain then
            raise exception 'could not remove enum value "%" as it is being used by "%" in row', value, col.relname
                using errcode = '2BP01';
        elsif used then
            raise exception 'could not remove enum value "%" as it is being used by table "%.public.%"', value,
                current_database(), col.relname using errcode = '2BP01';
        end if;
    end loop;
    delete from pg_enum where enumtypid = type and enumlabel = value;
end
$$;

-- Catalogs under their plain names. With their schema before it, PostgreSQL's own are meant.
create view crdb_internal.pg_am as
    select oid, case amname when 'btree' then 'prefix'::name when 'gin' then 'inverted'::name else amname end as amname,
           amhandler, amtype
    from pg_catalog.pg_am;
create view crdb_internal.pg_enum as
    select oid, enumtypid, (row_number() over (partition by enumtypid order by enumsortorder) - 1)::real as enumsortorder,
           enumlabel::text as enumlabel
    from pg_catalog.pg_enum;
grant select on all tables in schema crdb_internal to public;

-- Text search, as far as CockroachDB has it: cockroach issue 41288 lists the functions and operators that are missing, and
-- cockroach pkg/sql/logictest/testdata/logic_test/tsvector shows that < and > and ORDER BY are refused. They are taken
-- out of the catalog, so that the server itself finds out by the types of the operands that there is no such thing.
delete from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
      and (proname in ('array_to_tsvector', 'numnode', 'querytree', 'setweight', 'strip', 'ts_delete', 'ts_headline',
                       'ts_rank_cd', 'ts_rewrite', 'tsquery_phrase', 'websearch_to_tsquery')
           or oid = 'pg_catalog.length(tsvector)'::regprocedure);
delete from pg_catalog.pg_operator
    where oprnamespace = 'pg_catalog'::regnamespace
      and (oprleft in ('tsvector'::regtype, 'tsquery'::regtype) and oprname in ('||', '&&', '@>', '<@')
           or oprleft = 'tsvector'::regtype and oprname in ('<', '>'));
delete from pg_catalog.pg_amop
    where amopfamily in (select opcfamily from pg_catalog.pg_opclass
                         where opcintype in ('tsvector'::regtype, 'tsquery'::regtype)
                           and opcmethod = (select oid from pg_catalog.pg_am where amname = 'btree'));
delete from pg_catalog.pg_opclass
    where opcintype in ('tsvector'::regtype, 'tsquery'::regtype)
      and opcmethod = (select oid from pg_catalog.pg_am where amname = 'btree');

-- A query without a word is an error (logic_test/tsvector; pkg/util/tsearch).
create function crdb_internal.to_tsquery(configuration regconfig, words text) returns tsquery
    language plpgsql immutable strict parallel safe set client_min_messages = warning as $$
declare
    parsed tsquery := pg_catalog.to_tsquery(configuration, words);
begin
    if parsed::text = '' then
        raise exception 'text-search query doesn''t contain lexemes: %', words using errcode = '42601';
    end if;
    return parsed;
end
$$;
create function crdb_internal.to_tsquery(words text) returns tsquery language sql stable strict parallel safe as $$
    select crdb_internal.to_tsquery(pg_catalog.get_current_ts_config(), words)
$$;

-- REFRESH ... WITH NO DATA leaves an empty view that can be read (cockroach logic_test/materialized_view). CREATE ... WITH
-- NO DATA leaves one that can't, as with PostgreSQL.
create function crdb_internal.refreshed() returns event_trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update pg_class set relispopulated = true
        where not relispopulated and relkind = 'm'
          and oid in (select objid from pg_event_trigger_ddl_commands() where classid = 'pg_class'::regclass);
end
$$;
create event trigger crdbcheck_refreshed on ddl_command_end when tag in ('REFRESH MATERIALIZED VIEW')
    execute function crdb_internal.refreshed();

-- To information_schema a materialized view is a view (cockroach pkg/sql/information_schema.go).
do $$
declare
    views text := pg_get_viewdef('information_schema.views'::regclass);
    tables text := pg_get_viewdef('information_schema.tables'::regclass);
    of_views text := replace(views, $q$(c.relkind = 'v'::"char")$q$, $q$(c.relkind in ('v', 'm'))$q$);
    of_tables text := replace(replace(tables, $q$(c.relkind = 'v'::"char")$q$, $q$(c.relkind in ('v', 'm'))$q$),
                              $q$ARRAY['r'::"char", 'v'::"char", 'f'::"char", 'p'::"char"]$q$,
                              $q$ARRAY['r'::"char", 'v'::"char", 'm'::"char", 'f'::"char", 'p'::"char"]$q$);
begin
    if of_views = views or length(of_tables) < length(tables) + 11 then
        raise exception 'the views of information_schema are not those that were expected';
    end if;
    execute 'create or replace view information_schema.views as ' || of_views;
    execute 'create or replace view information_schema.tables as ' || of_tables;
end
$$;

-- A UNIQUE constraint is dropped with its index, not with ALTER TABLE (cockroach issue 42840). What is dropped can't be
-- asked for its kind any more, so the constraints are noted before. The words of the error are the profile's.
create function crdb_internal.note_unique_keys() returns event_trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform set_config('crdbcheck.unique_keys', coalesce((select string_agg(oid::text, ' ') from pg_constraint
                                                          where contype = 'u'), ''), true);
end
$$;
create function crdb_internal.keep_unique_keys() returns event_trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    name text;
begin
    select address_names[array_length(address_names, 1)] into name from pg_event_trigger_dropped_objects()
        where original and classid = 'pg_constraint'::regclass
          and objid::text = any (string_to_array(current_setting('crdbcheck.unique_keys', true), ' '));
    if found and coalesce(current_setting('crdbcheck.drops_index', true), '') <> 'on' then
        raise exception 'crdbcheck: UNIQUE constraint "%" is dropped', name using errcode = '0A000';
    end if;
end
$$;
create event trigger crdbcheck_note_unique_keys on ddl_command_start when tag in ('ALTER TABLE')
    execute function crdb_internal.note_unique_keys();
create event trigger crdbcheck_keep_unique_keys on sql_drop when tag in ('ALTER TABLE')
    execute function crdb_internal.keep_unique_keys();

-- DROP INDEX ... CASCADE drops a UNIQUE constraint with its index (cockroach pkg/sql/drop_index.go).
create function crdb_internal.drop_index(index_name text, must_exist boolean) returns void
    language plpgsql volatile as $$
declare
    key pg_catalog.pg_constraint;
begin
    select * into key from pg_catalog.pg_constraint
        where contype = 'u' and conindid = pg_catalog.to_regclass(index_name);
    if found then
        perform pg_catalog.set_config('crdbcheck.drops_index', 'on', true);
        execute pg_catalog.format('alter table %s drop constraint %I cascade', key.conrelid::regclass, key.conname);
        perform pg_catalog.set_config('crdbcheck.drops_index', '', true);
    elsif must_exist then
        execute 'drop index ' || index_name || ' cascade';
    else
        execute 'drop index if exists ' || index_name || ' cascade';
    end if;
end
$$;

alter role all set search_path = "$user", public, crdb_internal, pg_catalog;
alter role all set default_transaction_isolation = 'serializable';

-- ---- Catalogs ----
-- What introspection reads: cockroach pkg/sql/pg_catalog.go, pkg/sql/information_schema.go, and
-- pkg/sql/logictest/testdata/logic_test/pg_catalog (LT/pg_catalog). The profile's rule `qualified catalogs` leads names
-- with pg_catalog before them here, too.

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
        ['interval', 'INTERVAL'], ['regclass', 'REGCLASS']];
begin
    for i in 1 .. array_length(names, 1) loop
        expression := regexp_replace(expression, '::' || names[i][1] || '\M', '::' || names[i][2], 'g');
    end loop;
    return expression;
end
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
                      else replace(regexp_replace(piece, '\((\w+)\)::text\M', '\1', 'g'), '<>', '!=') end as part
          from (select m[1] as piece, n
                from regexp_matches(regexp_replace(expression, $re$'(-?[0-9.]+)'::(smallint|integer|bigint|numeric)\M$re$,
                                                   '\1', 'g'), $re$('(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"]+)$re$, 'g')
                     with ordinality as found (m, n)) pieces) parts
$$;

-- The server's text of an expression of a table, with names that don't hang on the search path of the session.
create function crdb_internal.server_expression(tree pg_node_tree, relation oid) returns text
    language sql stable strict set search_path = crdb_internal, pg_catalog, pg_temp as $$
    select pg_catalog.pg_get_expr(tree, relation)
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

-- Columns of an index with their directions, as in `b ASC, lower(c) DESC`.
create function crdb_internal.index_columns(index_oid oid) returns text language sql stable strict as $$
    select string_agg(pg_catalog.pg_get_indexdef(index_oid, k, false)
                      || case when a.amname <> 'btree' then ''
                              when x.indoption[k - 1] & 1 = 1 then ' DESC' else ' ASC' end, ', ' order by k)
    from pg_catalog.pg_index x join pg_catalog.pg_class c on c.oid = x.indexrelid
    join pg_catalog.pg_am a on a.oid = c.relam, generate_series(1, x.indnkeyatts) k
    where x.indexrelid = index_oid
$$;
create function crdb_internal.index_predicate(index_oid oid) returns text language sql stable strict as $$
    select coalesce(
               ' WHERE ' || crdb_internal.expression_text(crdb_internal.server_expression(indpred, indrelid), true), '')
    from pg_catalog.pg_index where indexrelid = index_oid
$$;
create function crdb_internal.pg_get_indexdef(index_oid oid) returns text language sql stable strict as $$
    select format('CREATE %sINDEX %I ON %I.%I.%I USING %s (%s)', case when x.indisunique then 'UNIQUE ' else '' end,
                  i.relname, current_database(), n.nspname, t.relname, a.amname, crdb_internal.index_columns(index_oid))
           || crdb_internal.index_predicate(index_oid)
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_class t on t.oid = x.indrelid join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_am a on a.oid = i.relam
    where x.indexrelid = index_oid
$$;
create function crdb_internal.pg_get_indexdef(index_oid oid, part integer, pretty boolean) returns text
    language sql stable strict as $$
    select case when part = 0 then crdb_internal.pg_get_indexdef(index_oid)
                else pg_catalog.pg_get_indexdef(index_oid, part, pretty) end
$$;

-- A unique index without a constraint is one, too (cockroach issue 61098), under its own oid.
create function crdb_internal.pg_get_constraintdef(constraint_oid oid) returns text language sql stable strict as $$
    select case when c.contype in ('p', 'u')
                    then case c.contype when 'p' then 'PRIMARY KEY (' else 'UNIQUE (' end
                         || crdb_internal.index_columns(c.conindid) || ')'
                when c.contype = 'c'
                    then 'CHECK ('
                         || crdb_internal.expression_text(crdb_internal.server_expression(c.conbin, c.conrelid), true)
                         || case when c.convalidated then ')' else ') NOT VALID' end
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
    select oid, adrelid, adnum,
           crdb_internal.expression_text(crdb_internal.server_expression(adbin, adrelid), true) as adbin
    from pg_catalog.pg_attrdef;

-- Of indoption, 2 is ASC with NULLs first and 1 is DESC with NULLs last: there are no others (LT/pg_catalog).
create view crdb_internal.pg_index as
    select indexrelid, indrelid, indnatts, indnkeyatts, indisunique, indnullsnotdistinct, indisprimary, indisexclusion,
           indisunique as indimmediate, indisclustered, indisvalid, indcheckxmin, false as indisready, indislive,
           indisreplident, indkey, indcollation,
           (select string_agg('0', ' ') from generate_series(1, indnkeyatts))::oidvector as indclass,
           (select string_agg(case when indoption[k - 1] & 1 = 1 then '1' else '2' end, ' ' order by k)
            from generate_series(1, indnkeyatts) k)::int2vector as indoption,
           (select array_agg(pg_catalog.pg_get_indexdef(indexrelid, k, false) order by k)
            from generate_series(1, indnkeyatts) k where indkey[k - 1] = 0)::text as indexprs,
           crdb_internal.expression_text(crdb_internal.server_expression(indpred, indrelid), true) as indpred
    from pg_catalog.pg_index;

create view crdb_internal.pg_constraint as
    select oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid, contypid, conindid,
           conparentid, confrelid, case when contype = 'f' then confupdtype end as confupdtype,
           case when contype = 'f' then confdeltype end as confdeltype,
           case when contype = 'f' then confmatchtype end as confmatchtype, true as conislocal, coninhcount,
           true as connoinherit, conkey, confkey, conpfeqop, conppeqop, conffeqop, confdelsetcols, conexclop,
           crdb_internal.expression_text(crdb_internal.server_expression(conbin, conrelid), true) as conbin
    from pg_catalog.pg_constraint
    where conrelid <> 0 and contype <> 't'
    union all
    select x.indexrelid, i.relname, i.relnamespace, 'u', false, false, true, x.indrelid, 0, x.indexrelid, 0, 0, null,
           null, null, true, 0, true, (select array_agg(x.indkey[k - 1] order by k) from generate_series(1, x.indnkeyatts) k),
           null, null, null, null, null, null, null
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
    where x.indisunique and not x.indisprimary and i.relkind = 'i' and i.relnamespace <> 'pg_toast'::regnamespace
      and i.relnamespace <> 'pg_catalog'::regnamespace
      and not exists (select 1 from pg_catalog.pg_constraint c
                      where c.conindid = x.indexrelid and c.contype in ('p', 'u'));

-- Every database has the same datcollate and datctype (cockroach pkg/sql/pg_catalog.go).
create view crdb_internal.pg_database as
    select oid, datname, datdba, encoding, datlocprovider, datistemplate, datallowconn, datconnlimit, datfrozenxid,
           datminmxid, dattablespace, 'en_US.utf8'::text as datcollate, 'en_US.utf8'::text as datctype, daticulocale,
           datcollversion, datacl
    from pg_catalog.pg_database;

-- Empty: nothing inherits; triggers are shown since v25.3 (cockroach PR 147248); policies are there since v25.2.
create view crdb_internal.pg_inherits as select * from pg_catalog.pg_inherits where false;
create view crdb_internal.pg_partitioned_table as select * from pg_catalog.pg_partitioned_table where false;
create view crdb_internal.pg_trigger as select * from pg_catalog.pg_trigger where false;
create view crdb_internal.pg_policy as select * from pg_catalog.pg_policy where false;
create view crdb_internal.pg_policies as select * from pg_catalog.pg_policies where false;

create view crdb_internal.pg_views as
    select schemaname, viewname, viewowner,
           crdb_internal.pg_get_viewdef(format('%I.%I', schemaname, viewname)) as definition
    from pg_catalog.pg_views;
create view crdb_internal.pg_matviews as
    select schemaname, matviewname, matviewowner, tablespace, hasindexes, ispopulated,
           crdb_internal.pg_get_viewdef(format('%I.%I', schemaname, matviewname)) as definition
    from pg_catalog.pg_matviews;
create view crdb_internal.pg_indexes as
    select n.nspname as schemaname, t.relname as tablename, i.relname as indexname, null::name as tablespace,
           crdb_internal.pg_get_indexdef(i.oid) as indexdef
    from pg_catalog.pg_index x join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_class i on i.oid = x.indexrelid left join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    where t.relkind in ('r', 'm', 'p') and i.relkind in ('i', 'I');
grant select on all tables in schema crdb_internal to public;

-- information_schema: definitions and defaults in CockroachDB's words, its three columns more, no triggers (PR 147237).
do $$
declare
    views text := pg_get_viewdef('information_schema.views'::regclass);
    columns text := pg_get_viewdef('information_schema.columns'::regclass);
    of_views text := replace(views, 'pg_get_viewdef(c.oid)', 'crdb_internal.pg_get_viewdef(c.oid)');
    of_columns text := regexp_replace(
        columns, '\mpg_get_expr\(ad\.adbin, ad\.adrelid\)',
        'crdb_internal.expression_text(crdb_internal.server_expression(ad.adbin, ad.adrelid), false)', 'g');
    more constant text := $q$,
        'NO'::text::information_schema.yes_or_no as is_hidden,
        substr(crdb_internal.type_names('::' || format_type(a.atttypid, a.atttypmod)), 3) as crdb_sql_type,
        col_description(c.oid, a.attnum) as column_comment
   FROM $q$;
begin
    if of_views = views or of_columns = columns then
        raise exception 'the views of information_schema are not those that were expected';
    end if;
    execute 'create or replace view information_schema.views as ' || of_views;
    execute 'create or replace view information_schema.columns as ' || regexp_replace(of_columns, '\n   FROM ', more);
    execute 'create or replace view information_schema.triggers as select * from ('
            || rtrim(pg_get_viewdef('information_schema.triggers'::regclass), ';') || ') hidden where false';
end
$$;
