/* orm_schema_...() on a server: what is sent, what is there afterwards, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include <orm/orm.h>

typedef struct author {
    orm_uuid        id;
    const char     *name;
    const char     *mood;
    orm_collection *books;
} author;
typedef struct book {
    int64_t     id;
    const char *title;
    author     *author;
} book;

#define MOODS "it's", "back\\slash", "\xE2\x82\xAC"
static const orm_property author_properties[] = {
    ORM_UUID(author, id, .primary = true),
    ORM_STRING(author, name, .unique = true, .comment = "who's who \\ \"x\""),
    ORM_ENUM(author, mood, ORM_ITEMS(MOODS), .nullable = true),
    ORM_ONE_TO_MANY(author, books, .target = "Book", .mapped_by = "author"),
};
static const orm_property book_properties[] = {
    ORM_BIGINT(book, id, .primary = true),
    ORM_STRING(book, title),
    ORM_MANY_TO_ONE(book, author, .target = "Author"),
};
ORM_ENTITY(author, "Author", author_properties);
ORM_ENTITY(book, "Book", book_properties);

/* ---- The world of a test ---- */

typedef struct world {
    PGconn *pg;
    orm    *o;
    char   *sent[100];
    size_t  sent_count;
} world;

static const char *url(void)
{
    const char *given = getenv("ORM_TEST_URL");

    if (given == NULL)
        fail_msg("ORM_TEST_URL is not set: run the test with ci/with-postgres");
    return given;
}

/* The first column of the first row; "" when there is none. */
static const char *ask(world *w, const char *sql)
{
    static char answer[4000];
    PGresult   *result = PQexec(w->pg, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s", PQerrorMessage(w->pg));
    snprintf(answer, sizeof answer, "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return answer;
}

static void note(void *context, const orm_log_event *event)
{
    world *w = context;

    if (event->kind == ORM_LOG_QUERY && w->sent_count < sizeof w->sent / sizeof w->sent[0])
        w->sent[w->sent_count++] = strdup(event->message);
}

static void forget(world *w)
{
    while (w->sent_count > 0)
        free(w->sent[--w->sent_count]);
}

static void open_orm(world *w, const orm_entity *const *entities, orm_preset preset)
{
    orm_error error = { .status = ORM_OK };

    orm_close(w->o);
    orm_open(&(orm_config){ .url = url(), .entities = entities, .preset = preset, .log = note, .log_context = w },
             &w->o, &error);
    assert_string_equal(error.message, "");
    forget(w);
}

static int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);

    if (w == NULL)
        return -1;
    w->pg = PQconnectdb(url());
    ask(w, "set client_min_messages = warning");
    ask(w, "drop schema public cascade; drop schema if exists other cascade; create schema public");
    open_orm(w, ORM_ENTITIES(author, book), ORM_PRESET_NATIVE);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;

    forget(w);
    orm_close(w->o);
    PQfinish(w->pg);
    free(w);
    return 0;
}

static void ok(orm_status status, const orm_error *error)
{
    if (status != ORM_OK)
        fail_msg("%s", error->message);
}

static const char tables[] =
    "select string_agg(schemaname || '.' || tablename, ',' order by schemaname || '.' || tablename) from pg_tables "
    "where schemaname not in ('pg_catalog', 'information_schema')";

/* ---- Create and drop ---- */

static void expect_create_and_drop(world *w)
{
    orm_error error;

    ok(orm_schema_create(w->o, NULL, &error), &error);
    assert_int_equal(w->sent_count, 4);
    assert_string_equal(w->sent[0], "set names 'utf8';");
    assert_string_equal(w->sent[1], "create table \"author\" (\"id\" uuid not null, \"name\" varchar(255) not null, "
                                    "\"mood\" text null, primary key (\"id\"));\n"
                                    "comment on column \"author\".\"name\" is E'who''s who \\\\ \"x\"';\n"
                                    "alter table \"author\" add constraint \"author_name_unique\" unique (\"name\");\n"
                                    "alter table \"author\" add constraint \"author_mood_check\" check (\"mood\" in "
                                    "('it''s', E'back\\\\slash', '\xE2\x82\xAC'));");
    assert_string_equal(w->sent[2], "create table \"book\" (\"id\" bigserial primary key, "
                                    "\"title\" varchar(255) not null, \"author_id\" uuid not null);");
    assert_string_equal(w->sent[3], "alter table \"book\" add constraint \"book_author_id_foreign\" foreign key "
                                    "(\"author_id\") references \"author\" (\"id\");");
    assert_string_equal(ask(w, tables), "public.author,public.book");
    assert_string_equal(ask(w, "select string_agg(conname, ',' order by conname) from pg_constraint where conrelid in "
                               "('author'::regclass, 'book'::regclass)"),
                        "author_mood_check,author_name_unique,author_pkey,book_author_id_foreign,book_pkey");
    assert_string_equal(ask(w, "select col_description('author'::regclass, 2)"), "who's who \\ \"x\"");

    /* The tables work, with the texts that had to be escaped. */
    ask(w, "insert into author values (gen_random_uuid(), 'a', 'it''s'), (gen_random_uuid(), 'b', E'back\\\\slash')");
    ask(w, "insert into book (title, author_id) select 't', id from author");

    forget(w);
    ok(orm_schema_drop(w->o, NULL, &error), &error);
    assert_int_equal(w->sent_count, 2);
    assert_string_equal(w->sent[1], "drop table if exists \"book\" cascade;\ndrop table if exists \"author\" cascade;");
    assert_string_equal(ask(w, tables), "");
    forget(w);
}

static void create_and_drop_in_both_presets_twice(void **state)
{
    world *w = *state;

    expect_create_and_drop(w);
    expect_create_and_drop(w);
    open_orm(w, ORM_ENTITIES(author, book), ORM_PRESET_MIKROORM);
    expect_create_and_drop(w);
}

static void drop_passes_over_what_is_not_there(void **state)
{
    world    *w = *state;
    orm_error error;

    ok(orm_schema_drop(w->o, NULL, &error), &error);
    ok(orm_schema_drop(w->o, &(orm_schema_options){ .drop_migrations_table = true }, &error), &error);
}

static void drop_takes_the_migrations_table_only_when_asked(void **state)
{
    world    *w = *state;
    orm_error error;

    ask(w, "create table mikro_orm_migrations (id serial primary key); create table stranger (id int)");
    ok(orm_schema_create(w->o, NULL, &error), &error);
    ok(orm_schema_drop(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "public.mikro_orm_migrations,public.stranger");
    ok(orm_schema_drop(w->o, &(orm_schema_options){ .drop_migrations_table = true }, &error), &error);
    assert_string_equal(ask(w, tables), "public.stranger");
}

static void a_table_that_exists_is_the_servers_error(void **state)
{
    world    *w = *state;
    orm_error error;

    ask(w, "create table book (id int)");
    assert_int_equal(orm_schema_create(w->o, NULL, &error), ORM_ERR_TABLE_EXISTS);
    assert_string_equal(error.sqlstate, "42P07");
    assert_int_equal(orm_schema_create(w->o, NULL, NULL), ORM_ERR_TABLE_EXISTS);
    /* Outside a transaction, as with MikroORM: what was made before stays. */
    assert_string_equal(ask(w, tables), "public.author,public.book");
}

/* ---- Update ---- */

static void update_of_an_empty_database_is_create(void **state)
{
    world    *w = *state;
    orm_error error;

    ok(orm_schema_update(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "public.author,public.book");
}

static void update_of_a_used_database_changes_nothing(void **state)
{
    static const struct {
        const char *make, *named;
    } things[] = {
        { "create table stranger (id int)", "public.stranger" },
        { "create view v as select 1", "public.v" },
        { "create materialized view m as select 1", "public.m" },
        { "create sequence s", "public.s" },
        { "create table p (id int) partition by range (id)", "public.p" },
        { "create schema other; create table other.t (id int)", "other.t" },
    };
    world *w = *state;

    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        orm_error error;

        ask(w, things[i].make);
        forget(w);
        assert_int_equal(orm_schema_update(w->o, NULL, &error), ORM_ERR_UNSUPPORTED);
        assert_int_equal(w->sent_count, 1); /* only the question */
        assert_non_null(strstr(error.message, things[i].named));
        assert_non_null(strstr(error.message, "updating an existing schema is not available yet"));
        assert_non_null(strstr(error.hint, "orm_schema_drop() and then orm_schema_create()"));
        assert_string_equal(ask(w, "select count(*) from pg_tables where tablename in ('author', 'book')"), "0");
        ask(w, "drop schema public cascade; drop schema if exists other cascade; create schema public");
    }
}

static void update_after_update_is_refused(void **state)
{
    world    *w = *state;
    orm_error error;

    ok(orm_schema_update(w->o, NULL, &error), &error);
    assert_int_equal(orm_schema_update(w->o, NULL, &error), ORM_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "(public.author, ...)"));
}

/* What an extension brings is the server's, not the user's. */
static void update_does_not_mind_extensions(void **state)
{
    world    *w = *state;
    orm_error error;

    if (strcmp(ask(w, "select count(*) from pg_available_extensions where name = 'pg_stat_statements'"), "1") != 0)
        skip();
    ask(w, "create extension pg_stat_statements"); /* has a view in public */
    ok(orm_schema_update(w->o, NULL, &error), &error);
    ask(w, "drop extension pg_stat_statements");
}

/* ---- Types and names ---- */

static void every_type_is_what_the_server_has(void **state)
{
    static const orm_property properties[] = {
        { .name = "id", .type = ORM_TYPE_SMALLINT, .primary = true },
        { .name = "flag", .type = ORM_TYPE_BOOLEAN, .default_raw = "true" },
        { .name = "whole", .type = ORM_TYPE_INTEGER },
        { .name = "big", .type = ORM_TYPE_BIGINT },
        { .name = "bigText", .type = ORM_TYPE_BIGINT_TEXT },
        { .name = "real", .type = ORM_TYPE_DOUBLE },
        { .name = "exact", .type = ORM_TYPE_DECIMAL, .precision = 7, .scale = 2 },
        { .name = "free", .type = ORM_TYPE_DECIMAL },
        { .name = "name", .type = ORM_TYPE_STRING },
        { .name = "story", .type = ORM_TYPE_TEXT },
        { .name = "token", .type = ORM_TYPE_UUID },
        { .name = "born", .type = ORM_TYPE_DATE },
        { .name = "seen", .type = ORM_TYPE_TIMESTAMPTZ },
        { .name = "seen0", .type = ORM_TYPE_TIMESTAMPTZ, .has_length = true },
        { .name = "extra", .type = ORM_TYPE_JSON },
        { .name = "raw", .type = ORM_TYPE_BYTES },
        { .name = "words", .type = ORM_TYPE_TEXT_ARRAY },
        { .name = "numbers", .type = ORM_TYPE_INTEGER_ARRAY },
    };
    static const orm_entity entity = { .name = "T",
                                       .properties = properties,
                                       .property_count = sizeof properties / sizeof properties[0] };
    const orm_entity       *list[] = { &entity, NULL };
    world                  *w = *state;
    orm_error               error;

    open_orm(w, list, ORM_PRESET_NATIVE);
    ok(orm_schema_create(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by "
                               "attnum) from pg_attribute where attrelid = 't'::regclass and attnum > 0"),
                        "id smallint, flag boolean, whole integer, big bigint, big_text bigint, "
                        "real double precision, exact numeric(7,2), free numeric, name character varying(255), "
                        "story text, token uuid, born date, seen timestamp with time zone, "
                        "seen0 timestamp(0) with time zone, extra jsonb, raw bytea, words text[], numbers integer[]");
    assert_string_equal(ask(w, "select pg_get_serial_sequence('t', 'id')"), "public.t_id_seq");
}

static void hostile_names_are_only_names(void **state)
{
    static const orm_property target[] = {
        { .name = "id", .type = ORM_TYPE_INTEGER, .primary = true, .column = "select\"; drop table x --" },
        { .name = "self",
          .type = ORM_TYPE_REFERENCE,
          .relation = ORM_RELATION_MANY_TO_ONE,
          .target = "Hostile",
          .nullable = true,
          .unique = true,
          .column = "\xC3\xA4 'b' \\" },
        { .name = "long",
          .type = ORM_TYPE_INTEGER,
          .unique = true,
          .column = "a_column_of_sixty_three_bytes_which_is_all_that_fits_in_a_name1" },
    };
    static const orm_entity entity = {
        .name = "Hostile", .table = "user", .schema = "other", .properties = target, .property_count = 3
    };
    const orm_entity *list[] = { &entity, NULL };
    world            *w = *state;
    orm_error         error;

    open_orm(w, list, ORM_PRESET_MIKROORM);
    ok(orm_schema_create(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "other.user");
    assert_string_equal(ask(w, "select count(*) from pg_constraint where conrelid = 'other.user'::regclass"), "4");
    assert_string_equal(ask(w, "select max(length(conname)) from pg_constraint where conrelid = "
                               "'other.user'::regclass"),
                        "62");
    ok(orm_schema_drop(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "");
}

static void required_cycles_are_created(void **state)
{
    static const orm_property hen[] = {
        { .name = "id", .type = ORM_TYPE_UUID, .primary = true },
        { .name = "egg", .type = ORM_TYPE_REFERENCE, .relation = ORM_RELATION_MANY_TO_ONE, .target = "Egg" },
    };
    static const orm_property egg[] = {
        { .name = "id", .type = ORM_TYPE_UUID, .primary = true },
        { .name = "hen", .type = ORM_TYPE_REFERENCE, .relation = ORM_RELATION_MANY_TO_ONE, .target = "Hen" },
    };
    static const orm_entity a = { .name = "Hen", .properties = hen, .property_count = 2 };
    static const orm_entity b = { .name = "Egg", .properties = egg, .property_count = 2 };
    const orm_entity       *list[] = { &a, &b, NULL };
    world                  *w = *state;
    orm_error               error;

    open_orm(w, list, ORM_PRESET_NATIVE);
    ok(orm_schema_create(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "public.egg,public.hen");
    ok(orm_schema_drop(w->o, NULL, &error), &error);
    assert_string_equal(ask(w, tables), "");
}

/* ---- The text ---- */

static void the_text_is_what_is_sent_and_lives_with_the_orm(void **state)
{
    world      *w = *state;
    orm_error   error;
    char        joined[4000] = "";
    const char *create = orm_schema_create_sql(w->o, &error);
    const char *drop = orm_schema_drop_sql(w->o, NULL, &error);
    const char *more = orm_schema_drop_sql(w->o, &(orm_schema_options){ .drop_migrations_table = true }, &error);

    assert_int_equal(w->sent_count, 0);
    assert_ptr_equal(orm_schema_create_sql(w->o, NULL), create);
    assert_ptr_equal(orm_schema_drop_sql(w->o, NULL, NULL), drop);
    assert_null(strstr(drop, "mikro_orm_migrations"));
    assert_non_null(strstr(more, "mikro_orm_migrations"));

    ok(orm_schema_create(w->o, NULL, &error), &error);
    for (size_t i = 0; i < w->sent_count; i++) {
        size_t used = strlen(joined);

        snprintf(joined + used, sizeof joined - used, "%s%s\n", i > 0 ? "\n" : "", w->sent[i]);
    }
    assert_string_equal(create, joined);
}

static void *get_text(void *o)
{
    orm_error error;

    return (void *)(uintptr_t)orm_schema_create_sql(o, &error);
}

static void threads_get_the_same_text(void **state)
{
    enum { THREADS = 8 };
    world    *w = *state;
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, get_text, w->o), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *text = NULL;

        pthread_join(threads[i], &text);
        assert_ptr_equal(text, orm_schema_create_sql(w->o, NULL));
    }
}

/* A schema without enums and comments is written without a server. */
static void a_lazy_orm_needs_no_server_for_the_text(void **state)
{
    static const orm_property key[] = { { .name = "id", .type = ORM_TYPE_UUID, .primary = true } };
    static const orm_entity   plain = { .name = "Plain", .properties = key, .property_count = 1 };
    const orm_entity         *list[] = { &plain, NULL };
    orm_config nowhere = { .host = "/nonexistent", .db_name = "x", .user = "x", .lazy = true, .entities = list };
    orm       *o = NULL;
    orm_error  error = { .status = ORM_OK };

    (void)state;
    ok(orm_open(&nowhere, &o, &error), &error);
    assert_string_equal(orm_schema_create_sql(o, &error),
                        "set names 'utf8';\n\ncreate table \"plain\" (\"id\" uuid not null, primary key (\"id\"));\n");
    assert_int_equal(orm_schema_create(o, NULL, &error), ORM_ERR_CONNECTION);
    assert_int_equal(orm_schema_update(o, NULL, &error), ORM_ERR_CONNECTION);
    orm_close(o);

    nowhere.entities = ORM_ENTITIES(author, book);
    ok(orm_open(&nowhere, &o, &error), &error);
    assert_null(orm_schema_create_sql(o, &error));
    assert_int_equal(error.status, ORM_ERR_CONNECTION);
    assert_non_null(orm_schema_drop_sql(o, NULL, &error));
    orm_close(o);
}

static void a_null_orm_is_refused(void **state)
{
    orm_error error;

    (void)state;
    assert_int_equal(orm_schema_create(NULL, NULL, &error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_schema_drop(NULL, NULL, &error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_schema_update(NULL, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_null(orm_schema_create_sql(NULL, &error));
    assert_int_equal(error.status, ORM_ERR_ARGUMENT);
    assert_null(orm_schema_drop_sql(NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_and_drop_in_both_presets_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drop_passes_over_what_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drop_takes_the_migrations_table_only_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_that_exists_is_the_servers_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(update_of_an_empty_database_is_create, set_up, tear_down),
        cmocka_unit_test_setup_teardown(update_of_a_used_database_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(update_after_update_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(update_does_not_mind_extensions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_type_is_what_the_server_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hostile_names_are_only_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(required_cycles_are_created, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_text_is_what_is_sent_and_lives_with_the_orm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_get_the_same_text, set_up, tear_down),
        cmocka_unit_test(a_lazy_orm_needs_no_server_for_the_text),
        cmocka_unit_test(a_null_orm_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
