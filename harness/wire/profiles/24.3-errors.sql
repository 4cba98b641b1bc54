-- What the words of errors need of the catalogs: the profile's rules ask these functions (`ask`).

-- A string as cockroach pkg/sql/lexbase EncodeSQLStringWithFlags writes it: e'...' as soon as something is escaped, which
-- all is that is not printable ASCII.
create function crdb_internal.quoted(value text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select case when value ~ '[^ -~]|[''\\]' then 'e''' else '''' end
           || coalesce(string_agg(case when c = '''' then '\''' when c = '\' then '\\' when c = chr(10) then '\n'
                                       when c = chr(13) then '\r' when c = chr(9) then '\t' when c = chr(8) then '\b'
                                       when c = chr(12) then '\f' when c ~ '[ -~]' then c
                                       when ascii(c) < 128 then '\x' || lpad(to_hex(ascii(c)), 2, '0')
                                       when ascii(c) < 65536 then '\u' || lpad(upper(to_hex(ascii(c))), 4, '0')
                                       else '\U' || lpad(upper(to_hex(ascii(c))), 8, '0') end, '' order by n), '') || ''''
    from unnest(string_to_array(value, null)) with ordinality as letters (c, n)
$$;

-- One value of a key. Numbers and truth values stand bare, all else in quotes (cockroach pkg/sql/sem/tree/datum.go;
-- logic_test/fk: 'fake'). A float always has a fraction.
create function crdb_internal.value_text(value text, type name) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select case when type in ('int2', 'int4', 'int8', 'oid') then value
                when type in ('numeric', 'float4', 'float8') and value !~ '^[-+]?[0-9.]+(e[-+]?[0-9]+)?$'
                    then quote_literal(value)
                when type in ('float4', 'float8') and value ~ '^-?[0-9]+$' then value || '.0'
                when type in ('numeric', 'float4', 'float8') then value
                when type = 'bool' then case value when 't' then 'true' else 'false' end
                when type = 'bytea' then '''' || value || ''''
                else crdb_internal.quoted(value) end
$$;

-- The values of the server's `Key (a, b)=(1, x)`, each by the type of its column. They are told apart by what their types
-- can look like, because a string may hold a comma. NULL when there is no such key, or the text is none of its values.
create function crdb_internal.key_text(schema_name text, table_name text, key_name text, key_values text) returns text
    language sql stable strict set search_path = pg_catalog, pg_temp as $$
    with relation as (
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = schema_name and c.relname = table_name
    ), columns as (
        -- An index without a constraint is a key, too; so is an expression in one.
        select t.typname as type, a.attnum as n
        from relation r join pg_index x on x.indrelid = r.oid join pg_class i on i.oid = x.indexrelid
        join pg_attribute a on a.attrelid = i.oid join pg_type t on t.oid = a.atttypid
        where i.relname = key_name and a.attnum <= x.indnkeyatts
        union all
        select t.typname, k.n
        from relation r join pg_constraint c on c.conrelid = r.oid, unnest(c.conkey) with ordinality as k (attnum, n),
             pg_attribute a join pg_type t on t.oid = a.atttypid
        where c.conname = key_name and c.contype = 'f' and a.attrelid = r.oid and a.attnum = k.attnum
    ), shape as (
        select '^' || string_agg(case when type in ('int2', 'int4', 'int8', 'oid') then '(-?[0-9]+)'
                                      when type in ('numeric', 'float4', 'float8') then '([-+0-9.eA-Za-z]+)'
                                      when type = 'bool' then '([tf])'
                                      when type = 'uuid' then '([0-9a-f-]{36})'
                                      else '(.*)' end, ', ' order by n) || '$' as pattern
        from columns
    )
    select string_agg(crdb_internal.value_text(v.value, c.type), ', ' order by c.n)
    from shape, unnest(regexp_match(key_values, pattern)) with ordinality as v (value, n) join columns c using (n)
$$;

-- A constant with its type, as in `b > (-100):::INT8` (logic_test/check_constraints); the server gives the type of its own
-- constant, which is that of the other side. Integers are INT8, whatever their column.
create function crdb_internal.constant_text(value text, type text) returns text
    language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
    select case when type ~ '^(smallint|integer|bigint|oid)' or (type = '' and value ~ '^-?[0-9]+$')
                    then case when value like '-%' then '(' || value || ')' else value end || ':::INT8'
                when type ~ '^(double precision|real)'
                    then case when value like '-%' then '(' || crdb_internal.value_text(value, 'float8') || ')'
                              else crdb_internal.value_text(value, 'float8') end || ':::FLOAT8'
                when type ~ '^numeric' or (type = '' and value ~ '^-?[0-9.]+(e[-+]?[0-9]+)?$')
                    then case when value like '-%' then '(' || value || ')' else value end || ':::DECIMAL'
                when type ~ '^bytea' then '''' || value || ''':::BYTES'
                when type ~ '^(text|character|character varying|bpchar|name|"char"|)(\(\d+\))?$'
                    then crdb_internal.quoted(value) || ':::STRING'
                else crdb_internal.quoted(value) || ':::' || substr(crdb_internal.type_names('::' || type), 3) end
$$;

-- AND and OR of more than two are nested to the left, as the parser of CockroachDB reads them.
create function crdb_internal.nested(operands text) returns text
    language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    word text;
    parts text[];
    result text;
begin
    foreach word in array array[' AND ', ' OR '] loop
        parts := string_to_array(operands, word);
        continue when coalesce(array_length(parts, 1), 0) < 3;
        result := parts[1] || word || parts[2];
        for i in 3 .. array_length(parts, 1) loop
            result := '(' || result || ')' || word || parts[i];
        end loop;
        return result;
    end loop;
    return operands;
end
$$;

-- True when the server itself puts a column of the relation into the other type where it is needed.
create function crdb_internal.is_implicit(relation oid, column_name text, type text) returns boolean
    language sql stable strict set search_path = pg_catalog, pg_temp as $$
    select exists (select 1 from pg_attribute a left join pg_cast c on c.castsource = a.atttypid
                   where a.attrelid = relation and quote_ident(a.attname) = column_name
                     and c.casttarget = to_regtype(type) and c.castcontext = 'i')
$$;

-- The expression of a CHECK as `failed to satisfy CHECK constraint (...)` has it (logic_test/check_constraints: a > 0:::INT8,
-- (x + y) > 0:::INT8, true AND (0:::INT8 > 1:::INT8), (k, a) IS NOT NULL). Both servers put each operator's operands into
-- parentheses, so the server's own text is the one of CockroachDB but for constants, casts, the words of some operators, and
-- what PostgreSQL's parser has replaced: IN by = ANY, and BETWEEN by two comparisons, which stay, because they can't be told
-- from two that were written. What is done is put aside in `kept` and stands as chr(1) NUMBER chr(2) until the end; a cast
-- as chr(3) NUMBER chr(2), and what loses its parentheses, because it is no operand, as chr(4) NUMBER chr(2).
create function crdb_internal.check_text(schema_name text, table_name text, check_name text) returns text
    language plpgsql stable strict set search_path = pg_catalog, pg_temp as $$
declare
    no_operand constant text := '(^|, |WHEN |THEN |ELSE )\x01(\d+)\x02(?=$|, | THEN| WHEN| ELSE| END)';
    type_pattern constant text := '(?:character varying|double precision|time(?:stamp)?(?:\(\d\))? with(?:out)? time zone'
                                  '|[a-z_]\w*(?:\.\w+)?)(?:\(\d+(?:,\d+)?\))?(?:\[\])?';
    pattern text;
    kept text[] := '{}';
    relation oid;
    expression text;
    place integer;
    part text;
    found text[];
    word text;
begin
    select c.conrelid, crdb_internal.server_expression(c.conbin, c.conrelid) into relation, expression
        from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_namespace n on n.oid = r.relnamespace
        where n.nspname = schema_name and r.relname = table_name and c.conname = check_name and c.contype = 'c';
    if expression is null then
        return null;
    end if;
    foreach pattern in array array[
        -- strings with their types, names in quotes, numbers of another type
        '''(?:[^'']|'''')*''(?:::' || type_pattern || ')?|"(?:[^"]|"")*"|'
            '\(\d+(?:\.\d+)?\)::(?:smallint|integer|bigint|numeric|double precision|real)(?:\(\d+(?:,\d+)?\))?',
        -- casts
        '::' || type_pattern,
        -- numbers
        '(?<![\w\x01\x03.])\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w\x02.])',
        -- what stands in parentheses, from inside out
        '\([^()]*\)']
    loop
        if pattern like '::%' then
            expression := regexp_replace(expression, '(= ANY|<> ALL) \(\(ARRAY\[([^]]*)\]\)::[\w. ]+\[\]\)', '\1 (\2)', 'g');
            expression := regexp_replace(expression, '(= ANY|<> ALL) \(ARRAY\[([^]]*)\]\)', '\1 (\2)', 'g');
            expression := replace(replace(expression, '= ANY (', 'IN ('), '<> ALL (', 'NOT IN (');
        end if;
        loop
            place := regexp_instr(expression, pattern);
            exit when place = 0;
            part := regexp_substr(expression, pattern);
            word := chr(1);
            if part like '"%' then
                kept := kept || part;
            elsif part like '''%' then
                found := regexp_match(part, '^''(.*)''(?:::(.*))?$');
                kept := kept || crdb_internal.constant_text(replace(found[1], '''''', ''''), coalesce(found[2], ''));
            elsif part like '::%' then
                found := regexp_match(left(expression, place - 1), '\((?:(\w+)|\x01(\d+)\x02)\)$');
                if crdb_internal.is_implicit(relation, coalesce(found[1], kept[found[2]::integer]), substr(part, 3)) then
                    kept := kept || ''::text;
                else
                    kept := kept || crdb_internal.type_names(part);
                end if;
                word := chr(3);
            elsif part ~ '^\(\d' and pattern not like '\\(%' then
                found := regexp_match(part, '^\((.*)\)::(.*)$');
                kept := kept || crdb_internal.constant_text(found[1], found[2]);
            elsif part like '(%' then
                part := regexp_replace(crdb_internal.nested(substr(part, 2, length(part) - 2)), no_operand,
                                       '\1' || chr(4) || '\2' || chr(2), 'g');
                -- A cast is not an operator here: its operand stands in parentheses only when it is one itself.
                kept := kept || case when substr(expression, place + length(regexp_substr(expression, pattern)), 1) = chr(3)
                                          and part not like '% %' then part else '(' || part || ')' end;
                part := regexp_substr(expression, pattern);
            else
                kept := kept || crdb_internal.constant_text(part, '');
            end if;
            expression := overlay(expression placing word || array_length(kept, 1) || chr(2) from place for length(part));
        end loop;
        if pattern like '(?<!%' then
            expression := regexp_replace(expression, '\s+', ' ', 'g');
            expression := regexp_replace(expression, '\mROW\(', '(', 'g');
            foreach found slice 1 in array array[['!~~*', 'NOT ILIKE'], ['~~*', 'ILIKE'], ['!~~', 'NOT LIKE'],
                                                 ['~~', 'LIKE'], ['<>', '!=']] loop
                expression := replace(expression, ' ' || found[1] || ' ', ' ' || found[2] || ' ');
            end loop;
        end if;
    end loop;
    expression := regexp_replace(crdb_internal.nested(btrim(expression)), no_operand,
                                 '\1' || chr(4) || '\2' || chr(2), 'g');
    for i in reverse coalesce(array_length(kept, 1), 0) .. 1 loop
        -- A tuple keeps its own.
        part := case when kept[i] like '(%)' and kept[i] not like '%, %' then substr(kept[i], 2, length(kept[i]) - 2)
                     else kept[i] end;
        expression := replace(replace(replace(expression, chr(1) || i || chr(2), kept[i]), chr(3) || i || chr(2), kept[i]),
                              chr(4) || i || chr(2), part);
    end loop;
    return expression;
end
$$;
