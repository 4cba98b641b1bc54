/* MikroORM 7's getCreateSchemaSQL(): one group of statements a table, then one a table for its foreign keys. */
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "schema/schema_private.h"

typedef struct writer {
    orm_script        *script;
    const orm_escaper *escaper;
    orm_error         *error; /* never NULL */
} writer;

static void write_column(orm_buffer *out, const orm_meta_column *column)
{
    const orm_meta_property *p = column->property;
    const char              *value = p->descriptor->default_raw;

    orm_quote_identifier(out, column->name);
    orm_buffer_append_char(out, ' ');
    orm_schema_column_type(out, column);
    if (p->autoincrement) {
        orm_buffer_append(out, " primary key");
        return;
    }
    if (p->descriptor->generated != NULL)
        orm_buffer_printf(out, " generated always as (%s) stored", p->descriptor->generated);
    orm_buffer_append(out, p->nullable ? " null" : " not null");
    if (value != NULL && strcmp(value, "null") != 0)
        orm_buffer_printf(out, " default %s", value);
}

/* ("a", "b") */
static void write_names(orm_buffer *out, const orm_meta_column *const *columns, size_t count)
{
    orm_buffer_append_char(out, '(');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            orm_buffer_append(out, ", ");
        orm_quote_identifier(out, columns[i]->name);
    }
    orm_buffer_append_char(out, ')');
}

/* The same for the columns of a property. */
static void write_property_names(orm_buffer *out, const orm_meta_property *p)
{
    const orm_meta_column *const *all = p->entity->columns;

    write_names(out, all + p->columns[0].index, p->column_count);
}

static void write_table(writer *w, const orm_meta_entity *entity)
{
    orm_buffer *out = orm_script_statement(w->script);

    orm_buffer_append(out, "create table ");
    orm_quote_table(out, entity);
    orm_buffer_append(out, " (");
    for (size_t i = 0; i < entity->column_count - entity->formula_count; i++) {
        if (i > 0)
            orm_buffer_append(out, ", ");
        write_column(out, entity->columns[i]);
    }
    if (entity->key == NULL || !entity->key->autoincrement) {
        orm_buffer_append(out, ", primary key ");
        write_names(out, entity->columns, entity->key_column_count);
    }
    orm_buffer_append(out, ");");
}

static orm_status write_literal(writer *w, orm_buffer *out, const char *text)
{
    return w->escaper->literal(w->escaper->context, out, text, strlen(text), w->error) ? ORM_OK : w->error->status;
}

static orm_status write_comments(writer *w, const orm_meta_entity *entity)
{
    orm_status status = ORM_OK;

    if (entity->descriptor->comment != NULL && entity->descriptor->comment[0] != '\0') {
        orm_buffer *out = orm_script_statement(w->script);

        orm_buffer_append(out, "comment on table ");
        orm_quote_table(out, entity);
        orm_buffer_append(out, " is ");
        status = write_literal(w, out, entity->descriptor->comment);
        orm_buffer_append_char(out, ';');
    }
    for (size_t i = 0; i < entity->column_count && status == ORM_OK; i++) {
        const char *comment = entity->columns[i]->property->descriptor->comment;
        orm_buffer *out;

        if (comment == NULL || comment[0] == '\0')
            continue;
        out = orm_script_statement(w->script);
        orm_buffer_append(out, "comment on column ");
        orm_quote_table(out, entity);
        orm_buffer_append_char(out, '.');
        orm_quote_identifier(out, entity->columns[i]->name);
        orm_buffer_append(out, " is ");
        status = write_literal(w, out, comment);
        orm_buffer_append_char(out, ';');
    }
    return status;
}

/* `alter table "t" add constraint "t_c_unique" ` */
static orm_buffer *add_constraint(writer *w, const orm_meta_entity *entity, const char *name)
{
    orm_buffer *out = orm_script_statement(w->script);

    orm_buffer_append(out, "alter table ");
    orm_quote_table(out, entity);
    orm_buffer_append(out, " add constraint ");
    orm_quote_identifier(out, name);
    orm_buffer_append_char(out, ' ');
    return out;
}

/* The same, with the name that the property's columns give it. */
static orm_buffer *begin_constraint(writer *w, const orm_meta_property *p, orm_naming_kind kind)
{
    const char **columns = orm_arena_calloc(w->script->arena, p->column_count, sizeof *columns);
    const char  *name = NULL;

    for (size_t i = 0; columns != NULL && i < p->column_count; i++)
        columns[i] = p->columns[i].name;
    if (columns != NULL)
        name = orm_naming_constraint(w->script->arena, p->entity->table, columns, p->column_count, kind);
    if (name == NULL) {
        w->script->broken = true;
        name = "";
    }
    return add_constraint(w, p->entity, name);
}

static void write_unique(writer *w, const orm_meta_property *p)
{
    orm_buffer *out = begin_constraint(w, p, ORM_NAMING_UNIQUE);

    orm_buffer_append(out, "unique ");
    write_property_names(out, p);
    orm_buffer_append_char(out, ';');
}

static void write_unique_index(writer *w, const orm_meta_entity *entity, const orm_meta_index *unique)
{
    orm_buffer *out = add_constraint(w, entity, unique->name);

    orm_buffer_append(out, "unique ");
    write_names(out, unique->columns, unique->column_count);
    orm_buffer_append_char(out, ';');
}

static void write_index(writer *w, const orm_meta_entity *entity, const orm_meta_index *index)
{
    orm_buffer *out = orm_script_statement(w->script);

    orm_buffer_append(out, "create index ");
    orm_quote_identifier(out, index->name);
    orm_buffer_append(out, " on ");
    orm_quote_table(out, entity);
    orm_buffer_append_char(out, ' ');
    write_names(out, index->columns, index->column_count);
    orm_buffer_append_char(out, ';');
}

/* MikroORM gives it one by itself. */
static void write_discriminator_index(writer *w, const orm_meta_property *p)
{
    const char    *column = p->columns[0].name;
    orm_meta_index index = { .name = orm_naming_constraint(w->script->arena, p->entity->table, &column, 1, ORM_NAMING_INDEX),
                             .columns = p->entity->columns + p->columns[0].index,
                             .column_count = 1 };

    if (index.name == NULL)
        w->script->broken = true;
    else
        write_index(w, p->entity, &index);
}

static orm_status write_check(writer *w, const orm_meta_property *p)
{
    orm_buffer *out = begin_constraint(w, p, ORM_NAMING_CHECK);
    orm_status  status = ORM_OK;

    orm_buffer_append(out, "check (");
    orm_quote_identifier(out, p->columns[0].name);
    orm_buffer_append(out, " in (");
    for (size_t i = 0; i < p->descriptor->enum_count && status == ORM_OK; i++) {
        if (i > 0)
            orm_buffer_append(out, ", ");
        status = write_literal(w, out, p->descriptor->enum_items[i]);
    }
    orm_buffer_append(out, "));");
    return status;
}

static orm_status write_constraints(writer *w, const orm_meta_entity *entity)
{
    orm_status status = ORM_OK;

    for (size_t i = 0; i < entity->property_count; i++) {
        if (entity->properties[i].unique)
            write_unique(w, &entity->properties[i]);
        if (entity->properties[i].discriminates)
            write_discriminator_index(w, &entity->properties[i]);
    }
    for (size_t i = 0; i < entity->index_count; i++)
        write_index(w, entity, &entity->indexes[i]);
    for (size_t i = 0; i < entity->unique_count; i++)
        write_unique_index(w, entity, &entity->uniques[i]);
    for (size_t i = 0; i < entity->property_count && status == ORM_OK; i++) {
        const orm_meta_property *p = &entity->properties[i];

        if (p->type == ORM_TYPE_ENUM && p->column_count > 0 && p->descriptor->formula == NULL)
            status = write_check(w, &entity->properties[i]);
    }
    return status;
}

/* A rule is printed when somebody asked for it, or when it is not what the server does anyway. */
static void write_rule(orm_buffer *out, const char *event, orm_reference_rule asked, orm_reference_rule rule)
{
    static const char *const names[] = { [ORM_RULE_NO_ACTION] = "no action",
                                         [ORM_RULE_RESTRICT] = "restrict",
                                         [ORM_RULE_CASCADE] = "cascade",
                                         [ORM_RULE_SET_NULL] = "set null",
                                         [ORM_RULE_SET_DEFAULT] = "set default" };

    if (asked != ORM_RULE_AUTO || rule != ORM_RULE_NO_ACTION)
        orm_buffer_printf(out, " on %s %s", event, names[rule]);
}

static void write_foreign_key(writer *w, const orm_meta_property *p)
{
    orm_buffer *out = begin_constraint(w, p, ORM_NAMING_FOREIGN);

    orm_buffer_append(out, "foreign key ");
    write_property_names(out, p);
    orm_buffer_append(out, " references ");
    orm_quote_table(out, p->target);
    orm_buffer_append_char(out, ' ');
    write_names(out, p->target->columns, p->target->key_column_count);
    write_rule(out, "update", p->descriptor->update_rule, p->update_rule);
    write_rule(out, "delete", p->descriptor->delete_rule, p->delete_rule);
    orm_buffer_append_char(out, ';');
}

/* Schemas stand in the first table's group, each once. "public" is always there, and only its owner may create it. */
static void write_schemas(writer *w, const orm_meta_entity *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *schema = order[i]->schema;
        bool        is_new = schema != NULL && strcmp(schema, "public") != 0;
        orm_buffer *out;

        for (size_t k = 0; k < i && is_new; k++)
            is_new = !orm_text_equal(order[k]->schema, schema);
        if (!is_new)
            continue;
        out = orm_script_statement(w->script);
        orm_buffer_append(out, "create schema if not exists ");
        orm_quote_identifier(out, schema);
        orm_buffer_append_char(out, ';');
    }
}

static void write_beginning(orm_script *script)
{
    orm_buffer_append(orm_script_statement(script), "set names 'utf8';");
    orm_script_end_group(script);
}

orm_status orm_schema_write_create(orm_script *script, const orm_meta *meta, const orm_escaper *escaper,
                                   orm_error *error)
{
    size_t                  count = 0;
    const orm_meta_entity **order = orm_schema_table_order(meta, script->arena, &count);
    orm_error               unheard = { .status = ORM_OK };
    writer                  w = { .script = script, .escaper = escaper, .error = error != NULL ? error : &unheard };
    orm_status              status = ORM_OK;

    if (order == NULL)
        return orm_fail_memory(error);
    if (meta->entity_count > 0)
        write_beginning(script);
    write_schemas(&w, order, count);
    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        write_table(&w, order[i]);
        status = write_comments(&w, order[i]);
        if (status == ORM_OK)
            status = write_constraints(&w, order[i]);
        orm_script_end_group(script);
    }
    for (size_t i = 0; i < count && status == ORM_OK; i++) {
        for (size_t k = 0; k < order[i]->property_count; k++) {
            if (order[i]->properties[k].to_one && order[i]->properties[k].owner)
                write_foreign_key(&w, &order[i]->properties[k]);
        }
        orm_script_end_group(script);
    }
    return status == ORM_OK && script->broken ? orm_fail_memory(error) : status;
}

orm_status orm_schema_write_drop(orm_script *script, const orm_meta *meta, bool drop_migrations_table, orm_error *error)
{
    size_t                  count = 0;
    const orm_meta_entity **order = orm_schema_table_order(meta, script->arena, &count);

    if (order == NULL)
        return orm_fail_memory(error);
    if (meta->entity_count > 0 || drop_migrations_table)
        write_beginning(script);
    for (size_t i = count; i > 0; i--) {
        orm_buffer *out = orm_script_statement(script);

        orm_buffer_append(out, "drop table if exists ");
        orm_quote_table(out, order[i - 1]);
        orm_buffer_append(out, " cascade;");
    }
    if (drop_migrations_table)
        orm_buffer_append(orm_script_statement(script), "drop table if exists \"mikro_orm_migrations\" cascade;");
    orm_script_end_group(script);
    return script->broken ? orm_fail_memory(error) : ORM_OK;
}
