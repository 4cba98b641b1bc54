#include "driver/driver_private.h"
#include "meta/meta.h"

/* The protocol counts parameters in 16 bits. */
#define PARAM_LIMIT 65535

void orm_statement_init(orm_statement *statement, const orm_connection *connection, orm_arena *arena)
{
    /*
     * Member by member: clearing the big `error`, which nobody reads before there is one, would cost more than the
     * rest.
     */
    statement->params = NULL;
    statement->param_count = statement->param_capacity = 0;
    statement->connection = connection;
    statement->arena = arena;
    statement->status = ORM_OK;
    statement->cacheable = statement->text_results = false;
    orm_buffer_init(&statement->sql, orm_arena_allocator(arena), 0);
}

void orm_statement_free(orm_statement *statement)
{
    orm_buffer_free(&statement->sql);
    /* Parameters are the arena's. */
    statement->params = NULL;
    statement->param_count = statement->param_capacity = 0;
}

void orm_statement_text(orm_statement *statement, const char *sql)
{
    orm_buffer_append(&statement->sql, sql);
}

void orm_statement_identifier(orm_statement *statement, const char *name)
{
    orm_quote_identifier(&statement->sql, name);
}

void orm_statement_column(orm_statement *statement, const char *alias, const char *column)
{
    orm_quote_identifier(&statement->sql, alias);
    orm_buffer_append_char(&statement->sql, '.');
    orm_quote_identifier(&statement->sql, column);
}

/* The extended protocol: the value goes beside the text. */
static void add_param(orm_statement *statement, orm_type type, const void *slot)
{
    if (statement->param_count == PARAM_LIMIT) {
        statement->status =
            orm_fail(&statement->error, ORM_ERR_ARGUMENT, 350,
                     "a statement has at most %d parameters: use a smaller batch or fewer values", PARAM_LIMIT);
        return;
    }
    if (!orm_arena_grow(statement->arena, &statement->params, statement->param_count, &statement->param_capacity,
                        sizeof *statement->params)) {
        statement->status = orm_fail_memory(&statement->error);
        return;
    }
    statement->params[statement->param_count++] = (orm_param){ .type = type, .slot = slot };
    orm_buffer_append_char(&statement->sql, '$');
    orm_buffer_append_int(&statement->sql, (int64_t)statement->param_count);
}

static bool is_extended(const orm_statement *statement)
{
    return orm_connection_settings(statement->connection)->protocol == ORM_PROTOCOL_EXTENDED;
}

void orm_statement_param(orm_statement *statement, orm_type type, const void *slot)
{
    if (statement->status != ORM_OK)
        return;
    if (is_extended(statement))
        add_param(statement, type, slot);
    else if (slot == NULL || orm_type_slot_is_null(type, slot))
        orm_buffer_append(&statement->sql, "NULL");
    else
        statement->status = orm_type_append_literal(type, slot, &statement->sql,
                                                    orm_connection_escaper(statement->connection), &statement->error);
}

void orm_statement_value(orm_statement *statement, const orm_value *value)
{
    orm_value *copy;

    /* Whoever sends free values shows what comes back, and binary of any type is nothing to show. */
    statement->text_results = true;
    if (statement->status != ORM_OK)
        return;
    if (!is_extended(statement)) {
        statement->status = orm_value_append_literal(value, &statement->sql,
                                                     orm_connection_escaper(statement->connection), &statement->error);
        return;
    }
    copy = orm_arena_memdup(statement->arena, value, sizeof *value);
    if (copy == NULL)
        statement->status = orm_fail_memory(&statement->error);
    else
        add_param(statement, ORM_TYPE_NONE, copy);
}
