/*
 * statements_fixture.h - which statements preset mikroorm sends, row by row of the table of what MikroORM 7.2.1 sends for
 * the same steps (its rows 1 to 46, 54 and 55; the rest are of other storeys). Each test names its row. Where the number or
 * the text differs, the test says so, and DEVIATIONS.md says why.
 */
#ifndef ORM_TESTS_STATEMENTS_FIXTURE_H
#define ORM_TESTS_STATEMENTS_FIXTURE_H

#include "mikro_fixture.h"

/* A cycle of which one side is required. */
struct m_node_b;
typedef struct m_node_a {
    const char      *id;
    const char      *name;
    struct m_node_b *b;
} m_node_a;
typedef struct m_node_b {
    const char *id;
    const char *name;
    m_node_a   *a;
} m_node_b;

typedef struct m_versioned {
    const char   *id;
    const char   *name;
    orm_opt_int32 n;
    int32_t       version;
} m_versioned;

/* Children that go with their parent, and children that stay without one. */
typedef struct m_par {
    const char     *id;
    const char     *name;
    orm_collection *kids;
    orm_collection *kids2;
} m_par;
typedef struct m_kid {
    const char *id;
    const char *name;
    m_par      *par;
} m_kid;
typedef struct m_kid2 {
    const char *id;
    const char *name;
    m_par      *par;
} m_kid2;

static const orm_property m_node_a_properties[] = {
    ORM_BIGINT_TEXT(m_node_a, id, .primary = true),
    ORM_STRING(m_node_a, name),
    ORM_MANY_TO_ONE(m_node_a, b, .target = "NodeB"),
};
static const orm_property m_node_b_properties[] = {
    ORM_BIGINT_TEXT(m_node_b, id, .primary = true),
    ORM_STRING(m_node_b, name),
    ORM_MANY_TO_ONE(m_node_b, a, .target = "NodeA", .nullable = true),
};
static const orm_property m_versioned_properties[] = {
    ORM_BIGINT_TEXT(m_versioned, id, .primary = true),
    ORM_STRING(m_versioned, name),
    ORM_INTEGER(m_versioned, n, .default_raw = "0"),
    ORM_INTEGER(m_versioned, version, .version = true),
};
static const orm_property m_par_properties[] = {
    ORM_BIGINT_TEXT(m_par, id, .primary = true),
    ORM_STRING(m_par, name),
    ORM_ONE_TO_MANY(m_par, kids, .target = "Kid", .mapped_by = "par", .cascade = ORM_CASCADE_ALL),
    ORM_ONE_TO_MANY(m_par, kids2, .target = "Kid2", .mapped_by = "par"),
};
static const orm_property m_kid_properties[] = {
    ORM_BIGINT_TEXT(m_kid, id, .primary = true),
    ORM_STRING(m_kid, name),
    ORM_MANY_TO_ONE(m_kid, par, .target = "Par"),
};
static const orm_property m_kid2_properties[] = {
    ORM_BIGINT_TEXT(m_kid2, id, .primary = true),
    ORM_STRING(m_kid2, name),
    ORM_MANY_TO_ONE(m_kid2, par, .target = "Par", .nullable = true),
};
ORM_ENTITY(m_node_a, "NodeA", m_node_a_properties);
ORM_ENTITY(m_node_b, "NodeB", m_node_b_properties);
ORM_ENTITY(m_versioned, "Versioned", m_versioned_properties);
ORM_ENTITY(m_par, "Par", m_par_properties);
ORM_ENTITY(m_kid, "Kid", m_kid_properties);
ORM_ENTITY(m_kid2, "Kid2", m_kid2_properties);

static const orm_entity *const statements_entities[] = { &orm_entity_m_author,    &orm_entity_m_profile,
                                                         &orm_entity_m_publisher, &orm_entity_m_book,
                                                         &orm_entity_m_tag,       &orm_entity_m_category,
                                                         &orm_entity_m_pair,      &orm_entity_m_node_a,
                                                         &orm_entity_m_node_b,    &orm_entity_m_versioned,
                                                         &orm_entity_m_par,       &orm_entity_m_kid,
                                                         &orm_entity_m_kid2,      NULL };

static inline int statements_open(void **state)
{
    return mikro_open_with(state, ORM_PRESET_MIKROORM, statements_entities);
}

/* The same rows for each test, and an empty log. */
static inline int statements_fresh(void **state)
{
    mikro_world *w = *state;

    must(w, orm_clear(w->em));
    must(w, orm_execute(
                w->em,
                "truncate author, profile, publisher, book, tag, book_tags, category, category_related, pair, node_a,"
                " node_b, versioned, par, kid, kid2 restart identity cascade",
                NULL, 0, NULL));
    must(w, orm_execute(w->em, mikro_rows, NULL, 0, NULL));
    mikro_log_clear(w);
    return 0;
}

/* `~` stands for what a quoted value or a list of parameters may have; "~~" at the end for whatever follows. */
static inline bool is_like(const char *text, const char *pattern)
{
    while (*pattern != '\0') {
        if (pattern[0] == '~' && pattern[1] == '~')
            return true;
        if (*pattern == '~') {
            while (*text != '\0' && *text != '\'')
                text++;
            pattern++;
            continue;
        }
        if (*text++ != *pattern++)
            return false;
    }
    return *text == '\0';
}

/* These statements were sent and no others; the log is empty afterwards. */
static inline void sent_are(mikro_world *w, const char *const *expected, size_t count)
{
    bool same = w->count == count;

    for (size_t i = 0; i < count && same; i++)
        same = is_like(w->lines[i], expected[i]);
    if (!same) {
        for (size_t i = 0; i < w->count; i++)
            print_error("  sent      %s\n", w->lines[i]);
        for (size_t i = 0; i < count; i++)
            print_error("  expected  %s\n", expected[i]);
        fail_msg("%zu statements were sent, %zu expected", w->count, count);
    }
    mikro_log_clear(w);
}

#define SENT(w, ...)                                                                                                   \
    sent_are((w), (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
#define SENT_NOTHING(w) sent_are((w), NULL, 0)

#define ROW(number, test)                                                                                              \
    {                                                                                                                  \
        "row " number, test, statements_fresh, NULL, NULL                                                              \
    }

/* Several rows whose keys the server makes: numbered, see DEVIATIONS.md. */
#define NUMBERED(table)                                                                                                \
    "with \"keys\" as materialized (select array(select nextval(pg_get_serial_sequence('\"" table "\"', 'id'))~~"

/* The root's columns, and whether an author has a profile. */
#define AUTHORS                                                                                                        \
    "select \"a0\".*, \"p1\".\"id\" as \"p1__id\" from \"author\" as \"a0\" left join \"profile\" as \"p1\" on "       \
    "\"a0\".\"id\" = \"p1\".\"author_id\""

static inline m_author *author_named(mikro_world *w, const char *name, const char *const *populate)
{
    m_author *a = orm_find_one(w->em, m_author, &orm_eq("name", name), (&(orm_find_options){ .populate = populate }));

    assert_non_null(a);
    mikro_log_clear(w);
    return a;
}

static inline m_book *book_titled(mikro_world *w, const char *title, const char *const *populate)
{
    m_book *b = orm_find_one(w->em, m_book, &orm_eq("title", title), (&(orm_find_options){ .populate = populate }));

    assert_non_null(b);
    mikro_log_clear(w);
    return b;
}

static inline m_tag *tag_named(mikro_world *w, const char *name)
{
    m_tag *t = orm_find_one(w->em, m_tag, &orm_eq("name", name), NULL);

    assert_non_null(t);
    mikro_log_clear(w);
    return t;
}

#endif
