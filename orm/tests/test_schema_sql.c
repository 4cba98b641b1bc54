/* The DDL, against the text that MikroORM 7.2.1 gave for the same entities. */
#include "meta_fixture.h"

#include "schema/schema_private.h"

/* Doubles quotes, which is all that the texts here need. */
static bool escape(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    (void)context;
    (void)error;
    orm_buffer_append_char(out, '\'');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'')
            orm_buffer_append_char(out, '\'');
        orm_buffer_append_char(out, text[i]);
    }
    orm_buffer_append_char(out, '\'');
    return true;
}

static bool refuse(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    (void)context;
    (void)out;
    (void)text;
    (void)length;
    *error = (orm_error){ .status = ORM_ERR_CONNECTION };
    return false;
}

static const char *create_sql(orm_arena *arena, const orm_entity *const *entities)
{
    orm_script  script;
    const char *text;

    orm_script_init(&script, arena);
    assert_int_equal(
        orm_schema_write_create(&script, discover(arena, entities), &(orm_escaper){ .literal = escape }, NULL), ORM_OK);
    text = orm_script_text(&script);
    orm_script_free(&script);
    assert_non_null(text);
    return text;
}

static const char *drop_sql(orm_arena *arena, const orm_entity *const *entities, bool migrations)
{
    orm_script  script;
    const char *text;

    orm_script_init(&script, arena);
    assert_int_equal(orm_schema_write_drop(&script, discover(arena, entities), migrations, NULL), ORM_OK);
    text = orm_script_text(&script);
    orm_script_free(&script);
    assert_non_null(text);
    return text;
}

/* ---- The entities of MikroORM's run ---- */

#define SERIAL_KEY SERIAL(ORM_TYPE_BIGINT_TEXT)
#define NAME                                                                                                           \
    {                                                                                                                  \
        .name = "name", .type = ORM_TYPE_STRING                                                                        \
    }
#define ENTITY(variable, name_, properties_)                                                                           \
    static const orm_entity variable = { .name = (name_),                                                              \
                                         .properties = (properties_),                                                  \
                                         .property_count = sizeof(properties_) / sizeof((properties_)[0]) }

static const char *const kinds[] = { "local", "global" };

static const orm_property author_properties[] = {
    { .name = "id", .type = ORM_TYPE_UUID, .primary = true, .default_raw = "gen_random_uuid()" },
    NAME,
    { .name = "email", .type = ORM_TYPE_STRING, .unique = true },
    { .name = "age", .type = ORM_TYPE_INTEGER, .nullable = true },
    { .name = "active", .type = ORM_TYPE_BOOLEAN, .default_raw = "false" },
    { .name = "tags", .type = ORM_TYPE_TEXT_ARRAY, .nullable = true },
    { .name = "meta", .type = ORM_TYPE_JSON, .nullable = true },
    { .name = "createdAt", .type = ORM_TYPE_TIMESTAMPTZ, .default_raw = "now()" },
    TO("fav", "Author", .nullable = true, .delete_rule = ORM_RULE_SET_NULL),
    MANY("books", "Book", "author"),
    ONE("profile", "Profile", .mapped_by = "author", .nullable = true),
};
static const orm_property profile_properties[] = {
    SERIAL_KEY,
    { .name = "bio", .type = ORM_TYPE_TEXT },
    ONE("author", "Author", .inversed_by = "profile"),
};
static const orm_property publisher_properties[] = {
    SERIAL_KEY,
    NAME,
    { .name = "kind", .type = ORM_TYPE_ENUM, .enum_items = kinds, .enum_count = 2, .default_raw = "'local'" },
    MANY("books", "Book", "publisher"),
};
static const orm_property book_properties[] = {
    SERIAL_KEY,
    { .name = "title", .type = ORM_TYPE_STRING },
    { .name = "price", .type = ORM_TYPE_DECIMAL, .precision = 10, .scale = 2, .nullable = true },
    TO("author", "Author", .reserved_ = 0),
    TO("publisher", "Publisher", .nullable = true),
    MANY_TO_MANY("tags", "Tag", .inversed_by = "books", .pivot_table = "book_tags"),
};
static const orm_property tag_properties[] = { SERIAL_KEY, NAME, MANY_TO_MANY("books", "Book", .mapped_by = "tags") };
static const orm_property category_properties[] = {
    SERIAL_KEY,
    NAME,
    TO("parent", "Category", .nullable = true),
    MANY("children", "Category", "parent"),
    MANY_TO_MANY("related", "Category", .pivot_table = "category_related"),
};
static const orm_property pair_properties[] = {
    TO("left", "Tag", .primary = true),
    TO("right", "Publisher", .primary = true),
    { .name = "value", .type = ORM_TYPE_STRING },
};
static const orm_property node_a_properties[] = { SERIAL_KEY, NAME, TO("b", "NodeB", .reserved_ = 0) };
static const orm_property node_b_properties[] = { SERIAL_KEY, NAME, TO("a", "NodeA", .nullable = true) };
static const orm_property versioned_properties[] = {
    SERIAL_KEY,
    NAME,
    { .name = "n", .type = ORM_TYPE_INTEGER, .default_raw = "0" },
    { .name = "version", .type = ORM_TYPE_INTEGER, .version = true },
};
ENTITY(author, "Author", author_properties);
ENTITY(profile, "Profile", profile_properties);
ENTITY(publisher, "Publisher", publisher_properties);
ENTITY(book, "Book", book_properties);
ENTITY(tag, "Tag", tag_properties);
ENTITY(category, "Category", category_properties);
ENTITY(node_a, "NodeA", node_a_properties);
ENTITY(node_b, "NodeB", node_b_properties);
ENTITY(versioned, "Versioned", versioned_properties);
ENTITY(pair, "Pair", pair_properties);

static const orm_entity *const all[] = { &author, &profile, &publisher, &book, &tag, &category,
                                         &node_a, &node_b,  &versioned, &pair, NULL };

static const char mikroorm_create[] =
    "set names 'utf8';\n"
    "\n"
    "create table \"author\" (\"id\" uuid not null default gen_random_uuid(), \"name\" varchar(255) not "
    "null, \"email\" varchar(255) not null, \"age\" int null, \"active\" boolean not null default false, "
    "\"tags\" text[] null, \"meta\" jsonb null, \"created_at\" timestamptz not null default now(), "
    "\"fav_id\" uuid null, primary key (\"id\"));\n"
    "alter table \"author\" add constraint \"author_email_unique\" unique (\"email\");\n"
    "\n"
    "create table \"category\" (\"id\" bigserial primary key, \"name\" varchar(255) not null, \"parent_id\" "
    "bigint null);\n"
    "\n"
    "create table \"category_related\" (\"category_1_id\" bigint not null, \"category_2_id\" bigint not "
    "null, primary key (\"category_1_id\", \"category_2_id\"));\n"
    "\n"
    "create table \"node_b\" (\"id\" bigserial primary key, \"name\" varchar(255) not null, \"a_id\" bigint "
    "null);\n"
    "\n"
    "create table \"node_a\" (\"id\" bigserial primary key, \"name\" varchar(255) not null, \"b_id\" bigint "
    "not null);\n"
    "\n"
    "create table \"profile\" (\"id\" bigserial primary key, \"bio\" text not null, \"author_id\" uuid not "
    "null);\n"
    "alter table \"profile\" add constraint \"profile_author_id_unique\" unique (\"author_id\");\n"
    "\n"
    "create table \"publisher\" (\"id\" bigserial primary key, \"name\" varchar(255) not null, \"kind\" text "
    "not null default 'local');\n"
    "alter table \"publisher\" add constraint \"publisher_kind_check\" check (\"kind\" in ('local', "
    "'global'));\n"
    "\n"
    "create table \"book\" (\"id\" bigserial primary key, \"title\" varchar(255) not null, \"price\" "
    "numeric(10,2) null, \"author_id\" uuid not null, \"publisher_id\" bigint null);\n"
    "\n"
    "create table \"tag\" (\"id\" bigserial primary key, \"name\" varchar(255) not null);\n"
    "\n"
    "create table \"pair\" (\"left_id\" bigint not null, \"right_id\" bigint not null, \"value\" "
    "varchar(255) not null, primary key (\"left_id\", \"right_id\"));\n"
    "\n"
    "create table \"book_tags\" (\"book_id\" bigint not null, \"tag_id\" bigint not null, primary key "
    "(\"book_id\", \"tag_id\"));\n"
    "\n"
    "create table \"versioned\" (\"id\" bigserial primary key, \"name\" varchar(255) not null, \"n\" int not "
    "null default 0, \"version\" int not null default 1);\n"
    "\n"
    "alter table \"author\" add constraint \"author_fav_id_foreign\" foreign key (\"fav_id\") references "
    "\"author\" (\"id\") on delete set null;\n"
    "\n"
    "alter table \"category\" add constraint \"category_parent_id_foreign\" foreign key (\"parent_id\") "
    "references \"category\" (\"id\") on delete set null;\n"
    "\n"
    "alter table \"category_related\" add constraint \"category_related_category_1_id_foreign\" foreign key "
    "(\"category_1_id\") references \"category\" (\"id\") on update cascade on delete cascade;\n"
    "alter table \"category_related\" add constraint \"category_related_category_2_id_foreign\" foreign key "
    "(\"category_2_id\") references \"category\" (\"id\") on update cascade on delete cascade;\n"
    "\n"
    "alter table \"node_b\" add constraint \"node_b_a_id_foreign\" foreign key (\"a_id\") references "
    "\"node_a\" (\"id\") on delete set null;\n"
    "\n"
    "alter table \"node_a\" add constraint \"node_a_b_id_foreign\" foreign key (\"b_id\") references "
    "\"node_b\" (\"id\");\n"
    "\n"
    "alter table \"profile\" add constraint \"profile_author_id_foreign\" foreign key (\"author_id\") "
    "references \"author\" (\"id\");\n"
    "\n"
    "alter table \"book\" add constraint \"book_author_id_foreign\" foreign key (\"author_id\") references "
    "\"author\" (\"id\");\n"
    "alter table \"book\" add constraint \"book_publisher_id_foreign\" foreign key (\"publisher_id\") "
    "references \"publisher\" (\"id\") on delete set null;\n"
    "\n"
    "alter table \"pair\" add constraint \"pair_left_id_foreign\" foreign key (\"left_id\") references "
    "\"tag\" (\"id\") on update cascade on delete cascade;\n"
    "alter table \"pair\" add constraint \"pair_right_id_foreign\" foreign key (\"right_id\") references "
    "\"publisher\" (\"id\") on update cascade on delete cascade;\n"
    "\n"
    "alter table \"book_tags\" add constraint \"book_tags_book_id_foreign\" foreign key (\"book_id\") "
    "references \"book\" (\"id\") on update cascade on delete cascade;\n"
    "alter table \"book_tags\" add constraint \"book_tags_tag_id_foreign\" foreign key (\"tag_id\") "
    "references \"tag\" (\"id\") on update cascade on delete cascade;\n";

static const char mikroorm_drop[] =
    "set names 'utf8';\n"
    "\n"
    "drop table if exists \"versioned\" cascade;\n"
    "drop table if exists \"book_tags\" cascade;\n"
    "drop table if exists \"pair\" cascade;\n"
    "drop table if exists \"tag\" cascade;\n"
    "drop table if exists \"book\" cascade;\n"
    "drop table if exists \"publisher\" cascade;\n"
    "drop table if exists \"profile\" cascade;\n"
    "drop table if exists \"node_a\" cascade;\n"
    "drop table if exists \"node_b\" cascade;\n"
    "drop table if exists \"category_related\" cascade;\n"
    "drop table if exists \"category\" cascade;\n"
    "drop table if exists \"author\" cascade;\n";

static void create_is_mikroorms_text(void **state)
{
    assert_string_equal(create_sql(*state, all), mikroorm_create);
}

static void drop_is_mikroorms_text(void **state)
{
    const char *with = drop_sql(*state, all, true);

    assert_string_equal(drop_sql(*state, all, false), mikroorm_drop);
    assert_memory_equal(with, mikroorm_drop, sizeof mikroorm_drop - 1);
    assert_string_equal(with + sizeof mikroorm_drop - 1, "drop table if exists \"mikro_orm_migrations\" cascade;\n");
}

static void the_order_of_the_configuration_does_not_matter(void **state)
{
    enum { COUNT = sizeof all / sizeof all[0] - 1 };
    const orm_entity *turned[COUNT + 1] = { NULL };

    for (size_t i = 0; i < COUNT; i++)
        turned[i] = all[COUNT - 1 - i];
    assert_string_equal(create_sql(*state, turned), mikroorm_create);
}

/* The columns of one table, without the words around them. */
static void expect_columns(orm_arena *arena, const orm_property *properties, size_t count, const char *expected)
{
    static const char head[] = "set names 'utf8';\n\ncreate table \"t\" (";
    const orm_entity  entity = { .name = "T", .properties = properties, .property_count = count };
    const orm_entity *list[] = { &entity, NULL };
    const char       *text = create_sql(arena, list);

    assert_memory_equal(text, head, sizeof head - 1);
    assert_string_equal(text + sizeof head - 1, expected);
}

static void every_type_has_its_column(void **state)
{
    static const orm_property types[] = {
        { .name = "id", .type = ORM_TYPE_INTEGER, .primary = true },
        { .name = "a", .type = ORM_TYPE_SMALLINT },
        { .name = "b", .type = ORM_TYPE_BIGINT },
        { .name = "c", .type = ORM_TYPE_DOUBLE },
        { .name = "d", .type = ORM_TYPE_DECIMAL },
        { .name = "e", .type = ORM_TYPE_STRING, .length = 50 },
        { .name = "f", .type = ORM_TYPE_TEXT, .default_raw = "'it''s; a \"text\"'" },
        { .name = "g", .type = ORM_TYPE_DATE, .nullable = true, .default_raw = "null" },
        { .name = "h", .type = ORM_TYPE_TIMESTAMPTZ, .length = 3 },
        { .name = "i", .type = ORM_TYPE_TIMESTAMPTZ, .has_length = true },
        { .name = "j", .type = ORM_TYPE_BYTES },
        { .name = "k", .type = ORM_TYPE_INTEGER_ARRAY },
        { .name = "l", .type = ORM_TYPE_BIGINT_TEXT, .nullable = true, .default_raw = "7" },
    };

    expect_columns(*state, types, sizeof types / sizeof types[0],
                   "\"id\" serial primary key, \"a\" smallint not null, \"b\" bigint not null, "
                   "\"c\" double precision not null, \"d\" numeric not null, \"e\" varchar(50) not null, "
                   "\"f\" text not null default 'it''s; a \"text\"', \"g\" date null, \"h\" timestamptz(3) not null, "
                   "\"i\" timestamptz(0) not null, \"j\" bytea not null, \"k\" int[] not null, "
                   "\"l\" bigint null default 7);\n");
}

static void keys_of_all_kinds(void **state)
{
    static const struct {
        orm_property key;
        const char  *expected;
    } keys[] = {
        { { .name = "k", .type = ORM_TYPE_SMALLINT, .primary = true }, "\"k\" smallserial primary key);\n" },
        { { .name = "k", .type = ORM_TYPE_INTEGER, .primary = true, .autoincrement = ORM_OFF },
          "\"k\" int not null, primary key (\"k\"));\n" },
        { { .name = "k", .type = ORM_TYPE_BIGINT, .primary = true, .default_raw = "unique_rowid()" },
          "\"k\" bigint not null default unique_rowid(), primary key (\"k\"));\n" },
        { { .name = "k", .type = ORM_TYPE_UUID, .primary = true }, "\"k\" uuid not null, primary key (\"k\"));\n" },
        { { .name = "k", .type = ORM_TYPE_STRING, .primary = true, .unique = true, .length = 9 },
          "\"k\" varchar(9) not null, primary key (\"k\"));\n" },
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        expect_columns(*state, &keys[i].key, 1, keys[i].expected);
}

static void the_key_comes_first_and_comments_before_constraints(void **state)
{
    static const orm_property properties[] = {
        { .name = "code", .type = ORM_TYPE_STRING, .unique = true, .comment = "it's a code" },
        { .name = "id", .type = ORM_TYPE_BIGINT, .primary = true },
    };
    static const orm_entity entity = {
        .name = "Noted", .comment = "tbl comment", .properties = properties, .property_count = 2
    };
    const orm_entity *list[] = { &entity, NULL };

    assert_string_equal(create_sql(*state, list),
                        "set names 'utf8';\n\n"
                        "create table \"noted\" (\"id\" bigserial primary key, \"code\" varchar(255) not null);\n"
                        "comment on table \"noted\" is 'tbl comment';\n"
                        "comment on column \"noted\".\"code\" is 'it''s a code';\n"
                        "alter table \"noted\" add constraint \"noted_code_unique\" unique (\"code\");\n");
}

static void references_have_their_keys_type_and_all_rules(void **state)
{
    static const orm_property target[] = { { .name = "code", .type = ORM_TYPE_STRING, .primary = true, .length = 9 } };
    static const orm_property source[] = {
        SERIAL_KEY,
        TO("one", "Target", .delete_rule = ORM_RULE_CASCADE, .update_rule = ORM_RULE_RESTRICT),
        TO("two", "Target", .nullable = true, .delete_rule = ORM_RULE_NO_ACTION, .column = "to\"two"),
    };
    ENTITY(t, "Target", target);
    ENTITY(s, "Source", source);
    const orm_entity *list[] = { &s, &t, NULL };

    assert_string_equal(
        create_sql(*state, list),
        "set names 'utf8';\n\n"
        "create table \"target\" (\"code\" varchar(9) not null, primary key (\"code\"));\n\n"
        "create table \"source\" (\"id\" bigserial primary key, \"one_code\" varchar(9) not null, "
        "\"to\"\"two\" varchar(9) null);\n\n"
        "alter table \"source\" add constraint \"source_one_code_foreign\" foreign key (\"one_code\") "
        "references \"target\" (\"code\") on update restrict on delete cascade;\n"
        "alter table \"source\" add constraint \"source_to\"\"two_foreign\" foreign key (\"to\"\"two\") "
        "references \"target\" (\"code\") on delete no action;\n");
}

static void schemas_are_made_with_the_first_table(void **state)
{
    static const orm_property key[] = { SERIAL_KEY };
    static const orm_entity   a = { .name = "A", .schema = "s", .properties = key, .property_count = 1 };
    static const orm_entity   b = { .name = "B", .schema = "public", .properties = key, .property_count = 1 };
    static const orm_entity   c = { .name = "C", .schema = "s", .properties = key, .property_count = 1 };
    const orm_entity         *list[] = { &a, &b, &c, NULL };

    assert_string_equal(create_sql(*state, list), "set names 'utf8';\n\n"
                                                  "create schema if not exists \"s\";\n"
                                                  "create table \"s\".\"a\" (\"id\" bigserial primary key);\n\n"
                                                  "create table \"public\".\"b\" (\"id\" bigserial primary key);\n\n"
                                                  "create table \"s\".\"c\" (\"id\" bigserial primary key);\n");
    assert_non_null(strstr(drop_sql(*state, list, false), "drop table if exists \"s\".\"c\" cascade;\n"));
}

/* localeCompare(): case decides last, an underscore stands before letters. Unrelated tables show the plain order. */
static void names_are_ordered_as_javascript_does(void **state)
{
    static const orm_property key[] = { SERIAL_KEY };
    static const char *const  ordered[] = { "a_z", "A1", "aa", "Ab", "abc", "b", "B", "\xC3\xA4" };
    enum { COUNT = sizeof ordered / sizeof ordered[0] };
    orm_entity        entities[COUNT];
    const orm_entity *list[COUNT + 1] = { NULL };
    orm_meta         *meta;

    for (size_t i = 0; i < COUNT; i++) {
        const orm_entity entity = {
            .name = ordered[i], .table = i == 6 ? "b2" : NULL, .properties = key, .property_count = 1
        };

        entities[i] = entity;
        list[(i * 3) % COUNT] = &entities[i];
    }
    meta = discover(*state, list);
    for (size_t i = 0; i < COUNT; i++) {
        size_t count = 0;

        assert_string_equal(orm_schema_table_order(meta, *state, &count)[i]->name, ordered[i]);
        assert_int_equal(count, COUNT);
    }
}

static void no_entities_are_no_statements(void **state)
{
    assert_string_equal(create_sql(*state, NULL), "");
    assert_string_equal(drop_sql(*state, NULL, false), "");
    assert_string_equal(drop_sql(*state, NULL, true),
                        "set names 'utf8';\n\ndrop table if exists \"mikro_orm_migrations\" cascade;\n");
}

static void a_refused_literal_is_the_error(void **state)
{
    orm_meta  *meta = discover(*state, all);
    orm_error  error;
    orm_script script;

    orm_script_init(&script, *state);
    assert_int_equal(orm_schema_write_create(&script, meta, &(orm_escaper){ .literal = refuse }, &error),
                     ORM_ERR_CONNECTION);
    assert_int_equal(orm_schema_write_create(&script, meta, &(orm_escaper){ .literal = refuse }, NULL),
                     ORM_ERR_CONNECTION);
    orm_script_free(&script);
}

/* Order and names are MikroORM 7's: unique properties, indexes, unique constraints, checks. */
static void indexes_and_uniques_over_several_properties(void **state)
{
    static const orm_property properties[] = {
        SERIAL_KEY,
        { .name = "tenantId", .type = ORM_TYPE_INTEGER },
        { .name = "email", .type = ORM_TYPE_STRING, .unique = true },
        { .name = "kind", .type = ORM_TYPE_ENUM, .enum_items = kinds, .enum_count = 2 },
        TO("pair", "Pair", .nullable = true),
    };
    const orm_index uniques[] = { { (const char *const[]){ "tenantId", "email", NULL }, NULL },
                                         { (const char *const[]){ "pair", "kind", NULL }, NULL } };
    const orm_index indexes[] = { { (const char *const[]){ "kind", "tenantId", NULL }, NULL },
                                         { (const char *const[]){ "email", NULL }, "by_email" } };
    static const orm_property left_properties[] = { SERIAL_KEY };
    static const orm_property pairs[] = { TO("left", "Left", .primary = true), TO("right", "Left", .primary = true) };
    ENTITY(left_one, "Left", left_properties);
    ENTITY(both, "Pair", pairs);
    const orm_entity member = { .name = "Member",
                                       .properties = properties,
                                       .property_count = sizeof properties / sizeof properties[0],
                                       .uniques = uniques,
                                       .unique_count = 2,
                                       .indexes = indexes,
                                       .index_count = 2 };
    const orm_entity *const list[] = { &left_one, &both, &member, NULL };
    const char             *text = create_sql(*state, list);

    assert_non_null(strstr(
        text,
        "alter table \"member\" add constraint \"member_email_unique\" unique (\"email\");\n"
        "create index \"member_kind_tenant_id_index\" on \"member\" (\"kind\", \"tenant_id\");\n"
        "create index \"by_email\" on \"member\" (\"email\");\n"
        "alter table \"member\" add constraint \"member_tenant_id_email_unique\" unique (\"tenant_id\", \"email\");\n"
        "alter table \"member\" add constraint \"member_pair_left_id_pair_right_id_kind_unique\" unique "
        "(\"pair_left_id\", \"pair_right_id\", \"kind\");\n"
        "alter table \"member\" add constraint \"member_kind_check\" check"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(indexes_and_uniques_over_several_properties, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(create_is_mikroorms_text, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(drop_is_mikroorms_text, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_order_of_the_configuration_does_not_matter, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(every_type_has_its_column, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keys_of_all_kinds, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_key_comes_first_and_comments_before_constraints, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(references_have_their_keys_type_and_all_rules, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(schemas_are_made_with_the_first_table, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(names_are_ordered_as_javascript_does, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(no_entities_are_no_statements, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_refused_literal_is_the_error, open_arena, close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
