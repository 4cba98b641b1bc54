-- What the database holds beside the server's own schemas and what extensions brought: how many tables, partitioned
-- tables, views, materialized views, sequences and foreign tables, and the name of the first.
select count(*) as objects, min(n.nspname::text || '.' || c.relname::text) as first_object
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
   and n.nspname <> 'information_schema'
   and left(n.nspname, 3) <> 'pg_'
   and left(n.nspname, 5) <> 'crdb_'
   and not exists (select 1 from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
