-- information_schema.statistics and the SHOW statements about tables, as CockroachDB 24.3 has them: cockroach
-- pkg/sql/vtable/information_schema.go, pkg/sql/delegate/show_table.go and show_tables.go, and
-- pkg/sql/logictest/testdata/logic_test (LT). Run after 24.3-catalogs.sql.

-- One row for each column of an index. Behind those that were asked for stand those that are stored and those of the primary
-- key, which every other index ends with; a unique index stores these (LT/show_indexes).
create view crdb_internal.index_columns as
    with plain as (
        select x.indexrelid, x.indrelid, x.indisunique, x.indisprimary, i.relname as index_name, a.amname, k as part,
               x.indkey[k - 1] as attnum, k > x.indnkeyatts as stored, x.indoption[least(k, x.indnkeyatts) - 1] as option
        from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
        join pg_catalog.pg_am a on a.oid = i.relam
        join pg_catalog.pg_class t on t.oid = x.indrelid and t.relkind in ('r', 'p', 'm'),
             generate_series(1, x.indnatts) k
        where x.indrelid >= 16384
    ), rest as (
        select i.indexrelid, i.indrelid, i.indisunique, i.indisprimary, i.relname, i.amname, c.attnum,
               row_number() over (partition by i.indexrelid order by c.nth) + i.indnatts as part, c.option
        from (select x.*, n.relname, a.amname
              from pg_catalog.pg_index x join pg_catalog.pg_class n on n.oid = x.indexrelid
              join pg_catalog.pg_am a on a.oid = n.relam) i
        join (select indrelid, attnum, part as nth, option, true as of_key from plain where indisprimary
              union all
              select attrelid, attnum, attnum, 0, false from pg_catalog.pg_attribute
              where attnum > 0 and not attisdropped) c on c.indrelid = i.indrelid and c.of_key <> i.indisprimary
        where exists (select 1 from plain p where p.indexrelid = i.indexrelid)
          and not exists (select 1 from plain p where p.indexrelid = i.indexrelid and p.attnum = c.attnum)
    )
    select indexrelid, indrelid, indisunique, index_name, part::bigint as part, attnum,
           case when attnum = 0 then crdb_internal.index_column_name(indexrelid, part)::name end as expression_name,
           case when stored then 'N/A' when option & 1 = 1 then 'DESC' else 'ASC' end as direction, stored,
           false as implicit
    from plain
    union all
    select indexrelid, indrelid, indisunique, relname, part, attnum, null,
           case when indisprimary then 'N/A' when option & 1 = 1 then 'DESC' else 'ASC' end, indisprimary or indisunique,
           not indisprimary
    from rest;

create view information_schema.statistics as
    select current_database()::text as table_catalog, n.nspname::text as table_schema, t.relname::text as table_name,
           case when c.indisunique then 'NO' else 'YES' end as non_unique, n.nspname::text as index_schema,
           c.index_name::text as index_name, c.part as seq_in_index,
           coalesce(c.expression_name, a.attname)::text as column_name, null::text as "collation",
           null::bigint as cardinality, c.direction, case when c.stored then 'YES' else 'NO' end as storing,
           case when c.implicit then 'YES' else 'NO' end as implicit, 'YES'::text as is_visible,
           1::double precision as visibility
    from crdb_internal.index_columns c join pg_catalog.pg_class t on t.oid = c.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = c.indrelid and a.attnum = c.attnum
    where pg_catalog.pg_has_role(t.relowner, 'USAGE')
          or pg_catalog.has_table_privilege(t.oid, 'SELECT, INSERT, UPDATE, DELETE, REFERENCES');
grant select on information_schema.statistics to public;

create function crdb_internal.show_indexes(name text)
    returns table (table_name text, index_name text, non_unique boolean, seq_in_index bigint, column_name text,
                   definition text, direction text, storing boolean, implicit boolean, visible boolean,
                   visibility double precision) language sql stable strict as $$
    select t.relname::text, c.index_name::text, not c.indisunique, c.part,
           coalesce(c.expression_name, a.attname)::text,
           case when c.attnum = 0 then '(' || crdb_internal.index_expression(c.indexrelid, c.part::integer) || ')'
                else a.attname::text end,
           c.direction, c.stored, c.implicit, true, 1::double precision
    from crdb_internal.index_columns c join pg_catalog.pg_class t on t.oid = c.indrelid
    left join pg_catalog.pg_attribute a on a.attrelid = c.indrelid and a.attnum = c.attnum
    where c.indrelid = name::pg_catalog.regclass
    order by 1, 2, 4
$$;

create function crdb_internal.show_columns(name text)
    returns table (column_name text, data_type text, is_nullable boolean, column_default text,
                   generation_expression text, indices text[], is_hidden boolean) language sql stable strict as $$
    select c.column_name::text, c.crdb_sql_type, c.is_nullable::text::boolean, c.column_default::text,
           c.generation_expression::text,
           array(select s.index_name from information_schema.statistics s
                 where s.table_schema = c.table_schema and s.table_name = c.table_name and s.column_name = c.column_name
                 order by s.index_name), c.is_hidden::text::boolean
    from pg_catalog.pg_class t join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join information_schema.columns c on c.table_schema = n.nspname and c.table_name = t.relname
    where t.oid = name::pg_catalog.regclass
    order by c.ordinal_position
$$;

create function crdb_internal.show_constraints(name text)
    returns table (table_name text, constraint_name text, constraint_type text, details text, validated boolean)
    language sql stable strict as $$
    select t.relname::text, c.conname::text,
           case c.contype when 'p' then 'PRIMARY KEY' when 'u' then 'UNIQUE' when 'c' then 'CHECK'
                          when 'f' then 'FOREIGN KEY' else c.contype::text end,
           crdb_internal.pg_get_constraintdef(c.oid), c.convalidated
    from crdb_internal.pg_constraint c join pg_catalog.pg_class t on t.oid = c.conrelid
    where t.oid = name::pg_catalog.regclass
    order by 1, 2, 3, 4, 5
$$;

-- Of a schema or a database, or of the database that one is connected to.
create function crdb_internal.show_tables(place text)
    returns table (schema_name text, table_name text, type text, owner text, estimated_row_count bigint, locality text)
    language plpgsql stable as $$
declare
    plain text := case when place like '"%' then replace(substr(place, 2, length(place) - 2), '""', '"')
                       else lower(place) end;
    is_schema boolean := plain in (select nspname from pg_catalog.pg_namespace);
begin
    if plain is not null and not is_schema and plain <> pg_catalog.current_database() then
        raise exception 'target database or schema does not exist' using errcode = '3F000';
    end if;
    return query
        select n.nspname::text, c.relname::text,
               case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                              else 'table' end, pg_catalog.pg_get_userbyid(c.relowner)::text,
               greatest(c.reltuples, 0)::bigint, null::text
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'S', 'm')
          and case when is_schema then n.nspname = plain
                   else n.nspname not in ('information_schema', 'pg_catalog', 'pg_toast', 'crdb_internal') end
        order by 1, 2;
end
$$;

create function crdb_internal.show_enums()
    returns table (schema text, name text, "values" text[], owner text) language sql stable as $$
    select n.nspname::text, t.typname::text,
           array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder),
           pg_catalog.pg_get_userbyid(t.typowner)::text
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'e'
    order by 1, 2
$$;

-- ---- SHOW CREATE ----
-- Of cockroach LT/show_create and docs v24.3, SHOW CREATE.

-- With types behind three colons, as what is stored has them: 'a':::STRING, 0:::INT8, now():::TIMESTAMPTZ. A number is of
-- the column's type where there is one, else an INT8 or a DECIMAL.
create function crdb_internal.annotated(expression text, type text) returns text
    language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_agg(
               case when m[1] ~ '^e?''' then regexp_replace(m[1], '::(?=[A-Z0-9]+(\(\d+\))?$)', ':::')
                    when m[1] ~ '^-?[0-9]'
                        then case when m[1] like '-%' then '(' || m[1] || ')' else m[1] end || ':::'
                             || case when type ~ '^(INT|FLOAT|DECIMAL)' then regexp_replace(type, '\(.*', '')
                                     when m[1] like '%.%' then 'DECIMAL' else 'INT8' end
                    when m[1] ~ '^(now|current_timestamp)\(' and type like 'TIMESTAMP%'
                        then regexp_replace(m[1], '\((\d+)', '(\1:::INT8') || ':::' || regexp_replace(type, '\(.*', '')
                    else m[1] end, '' order by n), expression)
    from regexp_matches(expression,
                        $re$(e?'(?:[^'\\]|''|\\.)*'(?:::[A-Z0-9]+(?:\(\d+\))?)?|"(?:[^"]|"")*"|[A-Z0-9]+\(\d+(?:,\d+)?\)$re$
                        || $re$|\m(?:now|current_timestamp)\(\d*\)|[A-Za-z_][A-Za-z_0-9.]*|-?[0-9]+(?:\.[0-9]+)?|.)$re$, 'g')
         with ordinality as found (m, n)
$$;

create function crdb_internal.create_table_column(relation oid, c information_schema.columns) returns text
    language sql stable as $$
    select quote_ident(c.column_name) || ' ' || c.crdb_sql_type
           || case when c.is_hidden = 'YES' then ' NOT VISIBLE' else '' end
           || case when c.is_nullable = 'YES' then ' NULL' else ' NOT NULL' end
           || case when c.is_identity = 'YES' then ' GENERATED ' || c.identity_generation || ' AS IDENTITY' else '' end
           || coalesce((select case when c.is_generated = 'ALWAYS'
                                        then ' AS (' || crdb_internal.annotated(d.adbin, null) || ') STORED'
                                    else ' DEFAULT ' || crdb_internal.annotated(d.adbin, c.crdb_sql_type) end
                        from crdb_internal.pg_attrdef d
                        where d.adrelid = relation and d.adnum = c.ordinal_position), '')
$$;

-- With the schemas of tables.
create function crdb_internal.foreign_key(constraint_oid oid) returns text
    language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select pg_get_constraintdef(constraint_oid)
$$;

-- What stands in the parentheses of CREATE TABLE, in its order: columns, primary key, foreign keys, indexes, checks.
create function crdb_internal.create_table_parts(relation oid) returns text[] language sql stable strict as $$
    select array_agg(part order by kind, n, part)
    from (select 1 as kind, c.ordinal_position::integer as n, crdb_internal.create_table_column(relation, c) as part
          from pg_catalog.pg_class t join pg_catalog.pg_namespace n on n.oid = t.relnamespace
          join information_schema.columns c on c.table_schema = n.nspname and c.table_name = t.relname
          where t.oid = relation
          union all
          select case contype when 'p' then 2 when 'f' then 3 else 5 end, 0,
                 'CONSTRAINT ' || quote_ident(conname) || ' '
                 || case contype
                        when 'f' then crdb_internal.foreign_key(oid)
                        when 'c' then 'CHECK (' || crdb_internal.annotated(crdb_internal.condition(conbin, conrelid), null)
                                      || case when convalidated then ')' else ') NOT VALID' end
                        else crdb_internal.pg_get_constraintdef(oid) end
          from pg_catalog.pg_constraint where conrelid = relation and contype in ('p', 'f', 'c')
          union all
          select 4, row_number() over (order by x.indexrelid)::integer,
                 case when x.indisunique then 'UNIQUE ' else '' end
                 || case a.amname when 'gin' then 'INVERTED ' else '' end || 'INDEX ' || quote_ident(i.relname)
                 || ' (' || crdb_internal.index_columns(x.indexrelid) || ')' || crdb_internal.index_stored(x.indexrelid)
                 || coalesce(' WHERE ' || crdb_internal.annotated(crdb_internal.condition(x.indpred, relation), null), '')
          from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
          join pg_catalog.pg_am a on a.oid = i.relam
          where x.indrelid = relation and not x.indisprimary) parts
$$;

create function crdb_internal.create_comments(relation oid, name text) returns text language sql stable strict as $$
    select string_agg(format(E';\nCOMMENT ON %s IS %L', what, description), '' order by kind, n)
    from (select case when objsubid = 0 then 1 else 2 end as kind, objsubid as n, description,
                 case when objsubid = 0 then 'TABLE ' || name
                      else 'COLUMN ' || name || '.' || quote_ident(a.attname) end as what
          from pg_catalog.pg_description d
          left join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
          where d.objoid = relation and d.classoid = 'pg_catalog.pg_class'::regclass
          union all
          select 3, row_number() over (order by x.indexrelid)::integer, d.description,
                 'INDEX ' || name || '@' || quote_ident(i.relname)
          from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
          join pg_catalog.pg_description d on d.objoid = i.oid and d.classoid = 'pg_catalog.pg_class'::regclass
          where x.indrelid = relation) comments
$$;

create function crdb_internal.show_create(name text)
    returns table (table_name text, create_statement text) language sql stable strict as $$
    select name, case when c.relkind in ('r', 'p')
                          then 'CREATE TABLE ' || full_name || E' (\n\t'
                               || array_to_string(crdb_internal.create_table_parts(c.oid), E',\n\t') || E'\n)'
                               || coalesce(crdb_internal.create_comments(c.oid, full_name), '')
                      when c.relkind = 'S' then 'CREATE SEQUENCE ' || full_name
                               || (select format(' MINVALUE %s MAXVALUE %s INCREMENT %s START %s', seqmin, seqmax,
                                                 seqincrement, seqstart)
                                   from pg_catalog.pg_sequence where seqrelid = c.oid)
                      else 'CREATE ' || case when c.relkind = 'm' then 'MATERIALIZED ' else '' end || 'VIEW ' || full_name
                               || ' (' || (select string_agg(quote_ident(attname), ', ' order by attnum)
                                           from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0) || ') AS '
                               || crdb_internal.pg_get_viewdef(c.oid) end
    from (select r.oid, r.relkind, format('%I.%I', n.nspname, r.relname) as full_name
          from pg_catalog.pg_class r join pg_catalog.pg_namespace n on n.oid = r.relnamespace
          where r.oid = name::pg_catalog.regclass) c
$$;
grant select on all tables in schema crdb_internal to public;
