/*
 * mikro_fixture.h - the entities of MikroORM's logs with all their relations, in tables that the schema generator made.
 */
#ifndef ORM_TESTS_MIKRO_FIXTURE_H
#define ORM_TESTS_MIKRO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <orm/orm.h>

struct m_book;
struct m_profile;
typedef struct m_author {
    orm_uuid          id;
    const char       *name;
    const char       *email;
    orm_opt_int32     age;
    orm_opt_bool      active;
    orm_text_array    tags;
    const char       *meta;
    orm_opt_timestamp createdAt;
    struct m_author  *fav;
    orm_collection   *books;
    struct m_profile *profile;
} m_author;
typedef struct m_profile {
    const char *id;
    const char *bio;
    m_author   *author;
} m_profile;
typedef struct m_publisher {
    const char     *id;
    const char     *name;
    const char     *kind;
    orm_collection *books;
} m_publisher;
typedef struct m_book {
    const char     *id;
    const char     *title;
    const char     *price;
    m_author       *author;
    m_publisher    *publisher;
    orm_collection *tags;
} m_book;
typedef struct m_tag {
    const char     *id;
    const char     *name;
    orm_collection *books;
} m_tag;
typedef struct m_category {
    const char        *id;
    const char        *name;
    struct m_category *parent;
    orm_collection    *children;
    orm_collection    *related;
} m_category;
typedef struct m_pair {
    m_tag       *left;
    m_publisher *right;
    const char  *value;
} m_pair;

static const orm_property m_author_properties[] = {
    ORM_UUID(m_author, id, .primary = true, .default_raw = "gen_random_uuid()"),
    ORM_STRING(m_author, name),
    ORM_STRING(m_author, email, .unique = true),
    ORM_INTEGER(m_author, age, .nullable = true),
    ORM_BOOLEAN(m_author, active, .default_raw = "false"),
    ORM_TEXT_ARRAY(m_author, tags, .nullable = true),
    ORM_JSON(m_author, meta, .nullable = true),
    ORM_TIMESTAMPTZ(m_author, createdAt, .default_raw = "now()"),
    ORM_MANY_TO_ONE(m_author, fav, .target = "Author", .nullable = true),
    ORM_ONE_TO_MANY(m_author, books, .target = "Book", .mapped_by = "author", .orphan_removal = true),
    ORM_ONE_TO_ONE(m_author, profile, .target = "Profile", .mapped_by = "author", .nullable = true),
};
static const orm_property m_profile_properties[] = {
    ORM_BIGINT_TEXT(m_profile, id, .primary = true),
    ORM_TEXT(m_profile, bio),
    ORM_ONE_TO_ONE(m_profile, author, .target = "Author"),
};
static const orm_property m_publisher_properties[] = {
    ORM_BIGINT_TEXT(m_publisher, id, .primary = true),
    ORM_STRING(m_publisher, name),
    ORM_ENUM(m_publisher, kind, ORM_ITEMS("local", "global"), .default_raw = "'local'"),
    ORM_ONE_TO_MANY(m_publisher, books, .target = "Book", .mapped_by = "publisher"),
};
static const orm_property m_book_properties[] = {
    ORM_BIGINT_TEXT(m_book, id, .primary = true),
    ORM_STRING(m_book, title),
    ORM_DECIMAL(m_book, price, .precision = 10, .scale = 2, .nullable = true),
    ORM_MANY_TO_ONE(m_book, author, .target = "Author"),
    ORM_MANY_TO_ONE(m_book, publisher, .target = "Publisher", .nullable = true),
    ORM_MANY_TO_MANY(m_book, tags, .target = "Tag"),
};
static const orm_property m_tag_properties[] = {
    ORM_BIGINT_TEXT(m_tag, id, .primary = true),
    ORM_STRING(m_tag, name),
    ORM_MANY_TO_MANY(m_tag, books, .target = "Book", .mapped_by = "tags"),
};
static const orm_property m_category_properties[] = {
    ORM_BIGINT_TEXT(m_category, id, .primary = true),
    ORM_STRING(m_category, name),
    ORM_MANY_TO_ONE(m_category, parent, .target = "Category", .nullable = true),
    ORM_ONE_TO_MANY(m_category, children, .target = "Category", .mapped_by = "parent"),
    ORM_MANY_TO_MANY(m_category, related, .target = "Category"),
};
static const orm_property m_pair_properties[] = {
    ORM_MANY_TO_ONE(m_pair, left, .target = "Tag", .primary = true),
    ORM_MANY_TO_ONE(m_pair, right, .target = "Publisher", .primary = true),
    ORM_STRING(m_pair, value),
};
ORM_ENTITY(m_author, "Author", m_author_properties);
ORM_ENTITY(m_profile, "Profile", m_profile_properties);
ORM_ENTITY(m_publisher, "Publisher", m_publisher_properties);
ORM_ENTITY(m_book, "Book", m_book_properties);
ORM_ENTITY(m_tag, "Tag", m_tag_properties);
ORM_ENTITY(m_category, "Category", m_category_properties);
ORM_ENTITY(m_pair, "Pair", m_pair_properties);

static const orm_entity *const mikro_entities[] = { &orm_entity_m_author,    &orm_entity_m_profile, &orm_entity_m_publisher,
                                                    &orm_entity_m_book,      &orm_entity_m_tag,     &orm_entity_m_category,
                                                    &orm_entity_m_pair,      NULL };

/* John has b1 (t1, t2), b2 (t2), b3; Ann has c1 (t3); A has none. The profile is John's. */
static const char mikro_rows[] =
    "insert into author (id, name, email, age, meta) values"
    " ('00000000-0000-0000-0000-00000000000a', 'A', 'a@x', null, null),"
    " ('00000000-0000-0000-0000-00000000000b', 'John', 'john@x', 30, '{\"n\": 5}'),"
    " ('00000000-0000-0000-0000-00000000000c', 'Ann', 'ann@x', 20, null);"
    "update author set fav_id = '00000000-0000-0000-0000-00000000000c' where name = 'John';"
    "insert into publisher (name, kind) values ('other', 'local'), ('Pub', 'global');"
    "insert into tag (name) values ('t1'), ('t2'), ('t3');"
    "insert into book (title, price, author_id, publisher_id) values"
    " ('b1', 10.5, '00000000-0000-0000-0000-00000000000b', 2), ('b2', 20, '00000000-0000-0000-0000-00000000000b', 2),"
    " ('c1', 30, '00000000-0000-0000-0000-00000000000c', null), ('b3', null, '00000000-0000-0000-0000-00000000000b', 2);"
    "insert into book_tags (book_id, tag_id) values (1, 1), (1, 2), (2, 2), (3, 3);"
    "insert into profile (bio, author_id) values ('bio', '00000000-0000-0000-0000-00000000000b');"
    "insert into category (name) values ('root'); insert into category (name, parent_id) values ('c1', 1), ('c2', 1), ('g', 2);"
    "insert into pair (left_id, right_id, value) values (1, 1, 'p11'), (1, 2, 'p12')";

#define JOHN "00000000-0000-0000-0000-00000000000b"
#define ANN "00000000-0000-0000-0000-00000000000c"
#define NOBODY "00000000-0000-0000-0000-00000000000a"

/* ---- One test's world ---- */

typedef struct mikro_world {
    orm        *db;
    orm_em     *em;
    const char *lines[1024];
    size_t      count;
} mikro_world;

static inline void mikro_log(void *context, const orm_log_event *event)
{
    mikro_world *w = context;

    if (event->kind == ORM_LOG_QUERY && w->count < sizeof w->lines / sizeof w->lines[0])
        w->lines[w->count++] = strdup(event->message);
}

static inline void mikro_log_clear(mikro_world *w)
{
    while (w->count > 0)
        free((char *)w->lines[--w->count]);
}

static inline void must(const mikro_world *w, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s: %s (%s)", orm_status_name(status), orm_em_error(w->em)->message, orm_em_error(w->em)->sql);
}

static inline void was_sent(const mikro_world *w, size_t index, const char *expected)
{
    if (index >= w->count)
        fail_msg("only %zu statements were sent; expected: %s", w->count, expected);
    assert_string_equal(w->lines[index], expected);
}

static inline void was_refused(const mikro_world *w, orm_status status, const char *part)
{
    const orm_error *error = orm_em_error(w->em);

    if (error->status != status || strstr(error->message, part) == NULL)
        fail_msg("expected %s with \"%s\", got %s: %s", orm_status_name(status), part, orm_status_name(error->status),
                 error->message);
    assert_int_equal(w->count, 0);
}

static inline int mikro_open_with(void **state, orm_preset preset, const orm_entity *const *entities)
{
    mikro_world *w = calloc(1, sizeof *w);
    orm_error    error;
    orm_config   config = { .entities = entities,
                            .url = getenv("ORM_TEST_URL"),
                            .preset = preset,
                            .log = mikro_log,
                            .log_context = w };

    if (orm_open(&config, &w->db, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    w->em = orm_fork(w->db, &error);
    must(w, orm_execute(w->em, "set client_min_messages = warning; drop schema public cascade; create schema public", NULL,
                        0, NULL));
    if (orm_schema_create(w->db, NULL, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    must(w, orm_execute(w->em, mikro_rows, NULL, 0, NULL));
    *state = w;
    return 0;
}

static inline int mikro_open(void **state, orm_preset preset)
{
    return mikro_open_with(state, preset, mikro_entities);
}

static inline int mikro_open_mikroorm(void **state)
{
    return mikro_open(state, ORM_PRESET_MIKROORM);
}

static inline int mikro_open_native(void **state)
{
    return mikro_open(state, ORM_PRESET_NATIVE);
}

static inline int mikro_close(void **state)
{
    mikro_world *w = *state;

    orm_close(w->db);
    mikro_log_clear(w);
    free(w);
    return 0;
}

/* A fresh entity manager and an empty log; rows stay, since these tests only read. */
static inline int mikro_fresh(void **state)
{
    mikro_world *w = *state;

    must(w, orm_clear(w->em));
    mikro_log_clear(w);
    return 0;
}

#endif
