-- ALTER COLUMN TYPE. CockroachDB changes in place what keeps its bytes, and rewrites all else only when the session says
-- enable_experimental_alter_column_type_general (cockroach pkg/sql/alter_column_type.go; pkg/sql/schemachange
-- ClassifyConversion). PostgreSQL tells no event trigger which column an ALTER TABLE changes, so the types are noted before.
-- The words of the errors are the profile's, whose rules also leave comments in the statement: crdbcheck:using where it has a
-- USING, crdbcheck:transaction where it is not alone in its transaction.
create function crdb_internal.note_column_types() returns event_trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform set_config('crdbcheck.column_types', coalesce((
        select jsonb_object_agg(a.attrelid || '.' || a.attnum, jsonb_build_array(a.atttypid, a.atttypmod))
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
          and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast'))::text, '{}'), true);
end
$$;

-- What pkg/sql/types calls a type (T.Name), in lower case and without a length.
create function crdb_internal.type_word(type oid) returns text
    language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select case t.typname when 'int8' then 'int' when 'text' then 'string' when 'bpchar' then 'char'
                          when 'float8' then 'float' when 'numeric' then 'decimal' when 'bytea' then 'bytes'
                          else case when t.typelem <> 0 and t.typcategory = 'A'
                                         then crdb_internal.type_word(t.typelem) || '[]'
                                    else t.typname::text end end
    from pg_type t where t.oid = type
$$;

-- Types that are stored alike, so that one becomes the other without a rewrite.
create function crdb_internal.type_family(type oid) returns text
    language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select case when typname in ('int2', 'int4', 'int8') then 'int' when typname in ('float4', 'float8') then 'float'
                when typname in ('text', 'varchar', 'bpchar', 'name', 'char') then 'string'
                when typname in ('bit', 'varbit') then 'bit' when typname in ('timestamp', 'timestamptz') then 'timestamp'
                else typname::text end
    from pg_type where oid = type
$$;
create function crdb_internal.must_be_rewritten(old oid, old_modifier integer, new oid, new_modifier integer)
    returns boolean language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select case when f.old = f.new and f.old in ('timestamp', 'time', 'timetz')
                    then coalesce(nullif(new_modifier, -1), 6) < coalesce(nullif(old_modifier, -1), 6)
                when f.old = f.new then false
                else (f.old, f.new) not in (('bytea', 'string'), ('bytea', 'uuid'), ('string', 'bytea')) end
    from (select crdb_internal.type_family(old) as old, crdb_internal.type_family(new) as new) f
$$;

create function crdb_internal.check_column_types() returns event_trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    before constant jsonb := coalesce(nullif(current_setting('crdbcheck.column_types', true), ''), '{}')::jsonb;
    changed record;
begin
    select a.attrelid, a.attnum, (before -> (a.attrelid || '.' || a.attnum) ->> 0)::oid as old_type, a.atttypid as new_type
        into changed
        from pg_event_trigger_ddl_commands() d join pg_attribute a on d.classid = 'pg_class'::regclass and a.attrelid = d.objid
        cross join lateral (select before -> (a.attrelid || '.' || a.attnum) as old) b
        where not a.attisdropped and b.old is not null and b.old <> jsonb_build_array(a.atttypid, a.atttypmod)
          and (position('/*crdbcheck:using*/' in current_query()) > 0
               or crdb_internal.must_be_rewritten((b.old ->> 0)::oid, (b.old ->> 1)::integer, a.atttypid, a.atttypmod))
        limit 1;
    if not found then
        return;
    end if;
    if coalesce(current_setting('crdbcheck.alter_column_type_general', true), '') not in ('on', 'true', 'yes', '1') then
        raise exception 'crdbcheck: a column is rewritten from % to %', crdb_internal.type_word(changed.old_type),
            crdb_internal.type_word(changed.new_type) using errcode = 'XCEXF';
    elsif exists (select from pg_constraint c
                  where c.conrelid = changed.attrelid and c.contype in ('c', 'f') and changed.attnum = any (c.conkey)
                     or c.confrelid = changed.attrelid and c.conrelid = changed.attrelid
                        and changed.attnum = any (c.confkey)) then
        raise exception 'crdbcheck: a column with a constraint is rewritten' using errcode = '0A000';
    elsif exists (select from pg_index x where x.indrelid = changed.attrelid and changed.attnum = any (x.indkey)) then
        raise exception 'crdbcheck: a column of an index is rewritten' using errcode = '0A000';
    elsif position('/*crdbcheck:transaction*/' in current_query()) > 0 then
        raise exception 'crdbcheck: a column is rewritten in a transaction' using errcode = '0A000';
    end if;
    raise notice 'ALTER COLUMN TYPE changes are finalized asynchronously; further schema changes on this table may be restricted until the job completes; some writes to the altered column may be rejected until the schema change is finalized';
end
$$;
create event trigger crdbcheck_note_column_types on ddl_command_start when tag in ('ALTER TABLE')
    execute function crdb_internal.note_column_types();
create event trigger crdbcheck_check_column_types on ddl_command_end when tag in ('ALTER TABLE')
    execute function crdb_internal.check_column_types();
