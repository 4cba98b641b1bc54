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
    last bigint := coalesce(nullif(pg_catalog.current_setting('crdbcheck.last_rowid', true), '')::bigint, 0);
    fresh bigint := ((extract(epoch from clock_timestamp()) - 1420070400) * 100000)::bigint * 32768
                   + pg_backend_pid() % 32768;
begin
    if fresh <= last then
        fresh := last + 32768;
    end if;
    perform pg_catalog.set_config('crdbcheck.last_rowid', fresh::text, false);
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
