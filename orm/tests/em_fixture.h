/*
 * em_fixture.h - entities, tables and a log for the tests of the entity manager. Each test runs in both presets.
 */
#ifndef ORM_TESTS_EM_FIXTURE_H
#define ORM_TESTS_EM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <orm/orm.h>

/* ---- Entities: those of MikroORM's logs, and some that ask for trouble ---- */

typedef struct author {
    orm_uuid          id;
    const char       *name;
    const char       *email;
    orm_opt_int32     age;
    orm_opt_bool      active;
    orm_text_array    tags;
    const char       *meta;
    orm_opt_timestamp createdAt;
    struct author    *fav;
    orm_collection   *books;
} author;

typedef struct publisher {
    const char *id;
    const char *name;
    const char *kind;
} publisher;

typedef struct book {
    int64_t     id;
    const char *title;
    const char *price;
    author     *author;
    publisher  *publisher;
} book;

typedef struct tag {
    const char *id;
    const char *name;
} tag;

typedef struct category {
    const char      *id;
    const char      *name;
    struct category *parent;
    orm_collection  *children;
} category;

struct node_b;
typedef struct node_a {
    const char    *id;
    const char    *name;
    struct node_b *b;
} node_a;
typedef struct node_b {
    const char *id;
    const char *name;
    node_a     *a;
} node_b;

/* Each requires the other. */
struct right;
typedef struct left {
    orm_uuid      id;
    struct right *right;
} left;
typedef struct right {
    orm_uuid id;
    left    *left;
} right;

/* Each requires another one of its kind; the key is the client's. */
typedef struct link {
    orm_uuid     id;
    const char  *name;
    struct link *next;
} link_;

typedef struct everything {
    orm_uuid       id;
    bool           flag;
    int16_t        small;
    int32_t        number;
    int64_t        big;
    const char    *big_text;
    double         real;
    const char    *exact;
    const char    *string;
    const char    *text;
    orm_opt_uuid   other;
    orm_opt_date   day;
    orm_timestamp  at;
    const char    *json;
    orm_bytes      bytes;
    orm_text_array texts;
    orm_int_array  numbers;
    const char    *kind;
} everything;

typedef struct counter {
    int32_t     id; /* serial of 32 bits */
    const char *name;
} counter;

static const orm_property author_properties[] = {
    ORM_UUID(author, id, .primary = true, .default_raw = "gen_random_uuid()"),
    ORM_STRING(author, name),
    ORM_STRING(author, email, .unique = true),
    ORM_INTEGER(author, age, .nullable = true),
    ORM_BOOLEAN(author, active, .default_raw = "false"),
    ORM_TEXT_ARRAY(author, tags, .nullable = true),
    ORM_JSON(author, meta, .nullable = true),
    ORM_TIMESTAMPTZ(author, createdAt, .default_raw = "now()"),
    ORM_MANY_TO_ONE(author, fav, .target = "Author", .nullable = true),
    ORM_ONE_TO_MANY(author, books, .target = "Book", .mapped_by = "author"),
};
static const orm_property publisher_properties[] = {
    ORM_BIGINT_TEXT(publisher, id, .primary = true),
    ORM_STRING(publisher, name),
    ORM_ENUM(publisher, kind, ORM_ITEMS("local", "global"), .default_raw = "'local'"),
};
static const orm_property book_properties[] = {
    ORM_BIGINT(book, id, .primary = true),
    ORM_STRING(book, title),
    ORM_DECIMAL(book, price, .precision = 10, .scale = 2, .nullable = true),
    ORM_MANY_TO_ONE(book, author, .target = "Author"),
    ORM_MANY_TO_ONE(book, publisher, .target = "Publisher", .nullable = true),
};
static const orm_property tag_properties[] = {
    ORM_BIGINT_TEXT(tag, id, .primary = true),
    ORM_STRING(tag, name),
};
static const orm_property category_properties[] = {
    ORM_BIGINT_TEXT(category, id, .primary = true),
    ORM_STRING(category, name),
    ORM_MANY_TO_ONE(category, parent, .target = "Category", .nullable = true),
    ORM_ONE_TO_MANY(category, children, .target = "Category", .mapped_by = "parent"),
};
static const orm_property node_a_properties[] = {
    ORM_BIGINT_TEXT(node_a, id, .primary = true),
    ORM_STRING(node_a, name),
    ORM_MANY_TO_ONE(node_a, b, .target = "NodeB"),
};
static const orm_property node_b_properties[] = {
    ORM_BIGINT_TEXT(node_b, id, .primary = true),
    ORM_STRING(node_b, name),
    ORM_MANY_TO_ONE(node_b, a, .target = "NodeA", .nullable = true),
};
static const orm_property left_properties[] = {
    ORM_UUID(left, id, .primary = true),
    ORM_MANY_TO_ONE(left, right, .target = "Right"),
};
static const orm_property right_properties[] = {
    ORM_UUID(right, id, .primary = true),
    ORM_MANY_TO_ONE(right, left, .target = "Left"),
};
static const orm_property link_properties[] = {
    ORM_UUID(link_, id, .primary = true),
    ORM_STRING(link_, name),
    ORM_MANY_TO_ONE(link_, next, .target = "Link"),
};
static const orm_property everything_properties[] = {
    ORM_UUID(everything, id, .primary = true),
    ORM_BOOLEAN(everything, flag),
    ORM_SMALLINT(everything, small),
    ORM_INTEGER(everything, number),
    ORM_BIGINT(everything, big),
    ORM_BIGINT_TEXT(everything, big_text, .nullable = true),
    ORM_DOUBLE(everything, real),
    ORM_DECIMAL(everything, exact, .nullable = true),
    ORM_STRING(everything, string, .nullable = true),
    ORM_TEXT(everything, text, .nullable = true),
    ORM_UUID(everything, other, .nullable = true),
    ORM_DATE(everything, day, .nullable = true),
    ORM_TIMESTAMPTZ(everything, at),
    ORM_JSON(everything, json, .nullable = true),
    ORM_BYTES(everything, bytes, .nullable = true),
    ORM_TEXT_ARRAY(everything, texts, .nullable = true),
    ORM_INTEGER_ARRAY(everything, numbers, .nullable = true),
    ORM_ENUM(everything, kind, ORM_ITEMS("a", "b"), .nullable = true),
};
static const orm_property counter_properties[] = {
    ORM_INTEGER(counter, id, .primary = true),
    ORM_STRING(counter, name),
};
ORM_ENTITY(author, "Author", author_properties);
ORM_ENTITY(publisher, "Publisher", publisher_properties);
ORM_ENTITY(book, "Book", book_properties);
ORM_ENTITY(tag, "Tag", tag_properties);
ORM_ENTITY(category, "Category", category_properties);
ORM_ENTITY(node_a, "NodeA", node_a_properties);
ORM_ENTITY(node_b, "NodeB", node_b_properties);
ORM_ENTITY(left, "Left", left_properties, .table = "lefts");
ORM_ENTITY(right, "Right", right_properties, .table = "rights");
ORM_ENTITY(link_, "Link", link_properties);
ORM_ENTITY(everything, "Everything", everything_properties);
ORM_ENTITY(counter, "Counter", counter_properties);

static const orm_entity *const fixture_entities[] = { &orm_entity_author,
                                                      &orm_entity_publisher,
                                                      &orm_entity_book,
                                                      &orm_entity_tag,
                                                      &orm_entity_category,
                                                      &orm_entity_node_a,
                                                      &orm_entity_node_b,
                                                      &orm_entity_left,
                                                      &orm_entity_right,
                                                      &orm_entity_link_,
                                                      &orm_entity_everything,
                                                      &orm_entity_counter,
                                                      NULL };

static const char fixture_tables[] =
    "drop schema public cascade; create schema public;"
    "create table author (id uuid not null default gen_random_uuid() primary key, name varchar(255) not null,"
    " email varchar(255) not null unique, age int, active boolean not null default false, tags text[], meta jsonb,"
    " created_at timestamptz not null default now(), fav_id uuid references author (id) on delete set null);"
    "create table publisher (id bigserial primary key, name varchar(255) not null,"
    " kind text not null default 'local' check (kind in ('local', 'global')));"
    "create table book (id bigserial primary key, title varchar(255) not null, price numeric(10,2),"
    " author_id uuid not null references author (id),"
    " publisher_id bigint references publisher (id) on delete set null);"
    "create table tag (id bigserial primary key, name varchar(255) not null);"
    "create table category (id bigserial primary key, name varchar(255) not null,"
    " parent_id bigint references category (id) on delete set null);"
    "create table node_b (id bigserial primary key, name varchar(255) not null, a_id bigint);"
    "create table node_a (id bigserial primary key, name varchar(255) not null,"
    " b_id bigint not null references node_b (id));"
    "alter table node_b add foreign key (a_id) references node_a (id) on delete set null;"
    "create table lefts (id uuid primary key, right_id uuid not null);"
    "create table rights (id uuid primary key, left_id uuid not null);"
    "create table link (id uuid primary key, name varchar(255) not null, next_id uuid not null references link (id));"
    "create table everything (id uuid primary key, flag boolean not null, small smallint not null,"
    " number int not null, big bigint not null, big_text bigint, \"real\" double precision not null, exact numeric,"
    " string varchar(255), text text, other uuid, day date, at timestamptz not null, json jsonb, bytes bytea,"
    " texts text[], numbers int[], kind text);"
    "create table counter (id serial primary key, name varchar(255) not null)";

static const char fixture_empty[] =
    "truncate author, publisher, book, tag, category, node_a, node_b, lefts, rights, link, everything, counter"
    " restart identity cascade";

/* ---- What was sent ---- */

typedef struct sql_log {
    char  *lines[4096];
    size_t count;
    bool   quiet; /* while several threads send */
} sql_log;

static inline void sql_log_add(void *context, const orm_log_event *event)
{
    sql_log *log = context;

    if (!log->quiet && event->kind == ORM_LOG_QUERY && log->count < sizeof log->lines / sizeof log->lines[0])
        log->lines[log->count++] = strdup(event->message);
}

static inline void sql_log_clear(sql_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->lines[i]);
    log->count = 0;
}

/* ---- One test's world ---- */

typedef struct world {
    orm    *db;
    orm_em *em;
    sql_log log;
} world;

static inline void check(const orm_em *em, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s: %s (%s)", orm_status_name(status), orm_em_error(em)->message, orm_em_error(em)->sql);
}

static inline void sql(world *w, const char *text)
{
    check(w->em, orm_execute(w->em, text, NULL, 0, NULL));
}

/* The first value of the first row. The caller frees it. */
static inline char *sql_value(world *w, const char *text)
{
    orm_rows   *rows;
    const char *value;
    char       *copy;

    check(w->em, orm_execute(w->em, text, NULL, 0, &rows));
    value = orm_rows_text(rows, 0, 0);
    copy = value == NULL ? NULL : strdup(value);
    orm_rows_free(w->em, rows);
    return copy;
}

static inline void assert_sql(world *w, const char *text, const char *expected)
{
    char *value = sql_value(w, text);

    if (expected == NULL)
        assert_null(value);
    else if (value == NULL)
        fail_msg("%s gives NULL, not %s", text, expected);
    else
        assert_string_equal(value, expected);
    free(value);
}

static inline void assert_sent(const world *w, size_t index, const char *expected)
{
    if (index >= w->log.count)
        fail_msg("only %zu statements were sent; expected: %s", w->log.count, expected);
    assert_string_equal(w->log.lines[index], expected);
}

static inline void assert_error(const world *w, orm_status status, const char *entity, const char *property)
{
    const orm_error *error = orm_em_error(w->em);

    if (error->status != status)
        fail_msg("expected %s, got %s: %s", orm_status_name(status), orm_status_name(error->status), error->message);
    assert_string_equal(error->entity, entity);
    assert_string_equal(error->property, property);
}

static inline orm_config fixture_config(world *w, orm_preset preset)
{
    return (orm_config){ .entities = fixture_entities,
                         .url = getenv("ORM_TEST_URL"),
                         .preset = preset,
                         .log = sql_log_add,
                         .log_context = &w->log };
}

static inline int open_world(void **state, orm_preset preset)
{
    world     *w = calloc(1, sizeof *w);
    orm_error  error;
    orm_config config = fixture_config(w, preset);

    if (orm_open(&config, &w->db, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    w->em = orm_fork(w->db, &error);
    check(w->em, orm_execute(w->em, "set client_min_messages = warning", NULL, 0, NULL));
    check(w->em, orm_execute(w->em, fixture_tables, NULL, 0, NULL));
    *state = w;
    return 0;
}

static inline int open_native(void **state)
{
    return open_world(state, ORM_PRESET_NATIVE);
}

static inline int open_mikroorm(void **state)
{
    return open_world(state, ORM_PRESET_MIKROORM);
}

static inline int close_world(void **state)
{
    world *w = *state;

    orm_close(w->db);
    sql_log_clear(&w->log);
    free(w);
    return 0;
}

/* A world of other entities, in a schema public that holds nothing but their tables. Close it with close_emptied(). */
static inline int open_entities(void **state, orm_preset preset, const orm_entity *const *entities)
{
    world     *w = calloc(1, sizeof *w);
    orm_config config = fixture_config(w, preset);
    orm_error  error;

    config.entities = entities;
    if (orm_open(&config, &w->db, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    w->em = orm_fork(w->db, &error);
    sql(w, "set client_min_messages = warning; drop schema public cascade; create schema public");
    if (orm_schema_create(w->db, NULL, &error) != ORM_OK) {
        print_error("%s: %s\n", error.message, error.sql);
        return -1;
    }
    sql_log_clear(&w->log);
    *state = w;
    return 0;
}

static inline int close_emptied(void **state)
{
    world *w = *state;

    sql(w, "set client_min_messages = warning; drop schema public cascade; create schema public");
    return close_world(state);
}

/* A fresh entity manager and empty tables for each test. */
static inline int fresh(void **state)
{
    world    *w = *state;
    orm_error error;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    check(w->em, orm_execute(w->em, fixture_empty, NULL, 0, NULL));
    sql_log_clear(&w->log);
    return 0;
}

/* Runs a list of tests in both presets. */
#define RUN_IN_BOTH_PRESETS(tests)                                                                                     \
    (cmocka_run_group_tests_name("native", tests, open_native, close_world) +                                          \
     cmocka_run_group_tests_name("mikroorm", tests, open_mikroorm, close_world))

#endif
