/*
 * library_fixture.h - entities with every kind of reference, for tests that make their data, questions and changes at random.
 * The seed is printed; ORM_TEST_SEED repeats a run.
 */
#ifndef ORM_TESTS_LIBRARY_FIXTURE_H
#define ORM_TESTS_LIBRARY_FIXTURE_H

#include "em_fixture.h"
#include "seeded.h"

struct novel;
struct vita;
struct shelf;
typedef struct writer {
    int64_t         id;
    const char     *name;
    orm_opt_int32   age;
    struct writer  *boss;
    struct vita    *vita;
    orm_collection *staff;
    orm_collection *novels;
    orm_collection *edited;
    orm_collection *shelves;
} writer;
typedef struct vita {
    writer     *writer;
    const char *text;
} vita;
typedef struct shelf {
    int32_t         hall;
    int32_t         number;
    const char     *name;
    writer         *keeper;
    orm_collection *novels;
} shelf;
typedef struct topic {
    int64_t         id;
    const char     *name;
    struct topic   *parent;
    orm_collection *novels;
} topic;
typedef struct novel {
    int64_t         id;
    const char     *name;
    orm_opt_int32   pages;
    writer         *writer;
    writer         *editor;
    shelf          *shelf;
    orm_collection *topics;
} novel;

static const orm_property writer_properties[] = {
    ORM_BIGINT(writer, id, .primary = true),
    ORM_STRING(writer, name),
    ORM_INTEGER(writer, age, .nullable = true),
    ORM_MANY_TO_ONE(writer, boss, .target = "Writer", .nullable = true),
    ORM_ONE_TO_ONE(writer, vita, .target = "Vita", .mapped_by = "writer"),
    ORM_ONE_TO_MANY(writer, staff, .target = "Writer", .mapped_by = "boss"),
    ORM_ONE_TO_MANY(writer, novels, .target = "Novel", .mapped_by = "writer"),
    ORM_ONE_TO_MANY(writer, edited, .target = "Novel", .mapped_by = "editor"),
    ORM_ONE_TO_MANY(writer, shelves, .target = "Shelf", .mapped_by = "keeper"),
};
static const orm_property vita_properties[] = {
    ORM_ONE_TO_ONE(vita, writer, .target = "Writer", .primary = true),
    ORM_STRING(vita, text),
};
static const orm_property shelf_properties[] = {
    ORM_INTEGER(shelf, hall, .primary = true),
    ORM_INTEGER(shelf, number, .primary = true),
    ORM_STRING(shelf, name),
    ORM_MANY_TO_ONE(shelf, keeper, .target = "Writer", .nullable = true),
    ORM_ONE_TO_MANY(shelf, novels, .target = "Novel", .mapped_by = "shelf"),
};
static const orm_property topic_properties[] = {
    ORM_BIGINT(topic, id, .primary = true),
    ORM_STRING(topic, name),
    ORM_MANY_TO_ONE(topic, parent, .target = "Topic", .nullable = true),
    ORM_MANY_TO_MANY(topic, novels, .target = "Novel", .mapped_by = "topics"),
};
static const orm_property novel_properties[] = {
    ORM_BIGINT(novel, id, .primary = true),
    ORM_STRING(novel, name),
    ORM_INTEGER(novel, pages, .nullable = true),
    ORM_MANY_TO_ONE(novel, writer, .target = "Writer"),
    ORM_MANY_TO_ONE(novel, editor, .target = "Writer", .nullable = true),
    ORM_MANY_TO_ONE(novel, shelf, .target = "Shelf", .nullable = true),
    ORM_MANY_TO_MANY(novel, topics, .target = "Topic", .pivot_table = "novel_topic"),
};
ORM_ENTITY(writer, "Writer", writer_properties);
ORM_ENTITY(vita, "Vita", vita_properties);
ORM_ENTITY(shelf, "Shelf", shelf_properties);
ORM_ENTITY(topic, "Topic", topic_properties);
ORM_ENTITY(novel, "Novel", novel_properties);

static const orm_entity *const library_entities[] = { &orm_entity_writer, &orm_entity_vita,  &orm_entity_shelf,
                                                      &orm_entity_topic,  &orm_entity_novel, NULL };

static inline int open_library_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, library_entities);
}

static inline int open_library_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, library_entities);
}

#define RUN_LIBRARY(tests)                                                                                             \
    (cmocka_run_group_tests_name("native", tests, open_library_native, close_emptied) +                                \
     cmocka_run_group_tests_name("mikroorm", tests, open_library_mikroorm, close_emptied))

/* ---- What a relation leads to ---- */

typedef struct relation {
    const char       *name;
    const orm_entity *target;
    bool              many;
} relation;

/* The relations of a type; a NULL name ends them. */
static inline const relation *relations_of(const orm_entity *type)
{
    static const relation of_writer[] = { { "boss", &orm_entity_writer, false },
                                          { "vita", &orm_entity_vita, false },
                                          { "staff", &orm_entity_writer, true },
                                          { "novels", &orm_entity_novel, true },
                                          { "edited", &orm_entity_novel, true },
                                          { "shelves", &orm_entity_shelf, true },
                                          { NULL, NULL, false } };
    static const relation of_vita[] = { { "writer", &orm_entity_writer, false }, { NULL, NULL, false } };
    static const relation of_shelf[] = { { "keeper", &orm_entity_writer, false },
                                         { "novels", &orm_entity_novel, true },
                                         { NULL, NULL, false } };
    static const relation of_topic[] = { { "parent", &orm_entity_topic, false },
                                         { "novels", &orm_entity_novel, true },
                                         { NULL, NULL, false } };
    static const relation of_novel[] = { { "writer", &orm_entity_writer, false },
                                         { "editor", &orm_entity_writer, false },
                                         { "shelf", &orm_entity_shelf, false },
                                         { "topics", &orm_entity_topic, true },
                                         { NULL, NULL, false } };

    return type == &orm_entity_writer  ? of_writer
           : type == &orm_entity_vita  ? of_vita
           : type == &orm_entity_shelf ? of_shelf
           : type == &orm_entity_topic ? of_topic
                                       : of_novel;
}

static inline const relation *relation_named(const orm_entity *type, const char *name)
{
    const relation *r = relations_of(type);

    while (r->name != NULL && strcmp(r->name, name) != 0)
        r++;
    return r->name == NULL ? NULL : r;
}

/* A number for each key; those of different types may be the same. */
static inline int64_t number_of(const orm_entity *type, const void *entity)
{
    if (type == &orm_entity_shelf)
        return ((const shelf *)entity)->hall * 100 + ((const shelf *)entity)->number;
    if (type == &orm_entity_vita)
        return ((const vita *)entity)->writer->id;
    return type == &orm_entity_writer  ? ((const writer *)entity)->id
           : type == &orm_entity_topic ? ((const topic *)entity)->id
                                       : ((const novel *)entity)->id;
}

static inline const char *name_of(const orm_entity *type, const void *entity)
{
    return type == &orm_entity_writer  ? ((const writer *)entity)->name
           : type == &orm_entity_vita  ? ((const vita *)entity)->text
           : type == &orm_entity_shelf ? ((const shelf *)entity)->name
           : type == &orm_entity_topic ? ((const topic *)entity)->name
                                       : ((const novel *)entity)->name;
}

/* The entity that a to-one reference leads to, or NULL. */
static inline void *referred(world *w, const void *entity, const char *name)
{
    orm_value value;

    check(w->em, orm_get(w->em, entity, name, &value));
    return value.kind == ORM_VALUE_ENTITY ? value.as.entity : NULL;
}

/* ---- Numbers ---- */

static inline uint64_t library_seed(void)
{
    const char *given = getenv("ORM_TEST_SEED");
    uint64_t    seed = given != NULL ? strtoull(given, NULL, 10) : 20261126;

    print_message("ORM_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static inline int below(uint64_t *seed, int limit)
{
    return (int)seeded_below(seed, (uint64_t)limit);
}

static inline bool one_in(uint64_t *seed, int limit)
{
    return below(seed, limit) == 0;
}

/* ---- Rows ---- */

enum { WRITERS = 7, NOVELS = 12, TOPICS = 5, SHELVES = 4 };

static inline const char *some_name(uint64_t *seed)
{
    static const char *const names[] = { "a", "b", "c", "d%", "e_'\"" };

    return names[below(seed, 5)];
}

static inline orm_opt_int32 some_number(uint64_t *seed)
{
    return one_in(seed, 3) ? (orm_opt_int32){ .has = false } : (orm_opt_int32)ORM_SOME(below(seed, 4));
}

/* New rows in all tables; what is loaded is forgotten. */
static inline void make_library(world *w, uint64_t *seed)
{
    writer *writers[WRITERS];
    shelf  *shelves[SHELVES];
    topic  *topics[TOPICS];
    int     count = 1 + below(seed, WRITERS);

    check(w->em, orm_clear(w->em));
    sql(w, "truncate writer, vita, shelf, topic, novel, novel_topic restart identity cascade");
    for (int i = 0; i < count; i++) {
        writers[i] = orm_create(w->em, writer, .name = some_name(seed), .age = some_number(seed),
                                .boss = i == 0 || one_in(seed, 2) ? NULL : writers[below(seed, i)]);
        if (one_in(seed, 2))
            orm_create(w->em, vita, .writer = writers[i], .text = some_name(seed));
    }
    for (int i = 0; i < SHELVES; i++)
        shelves[i] = orm_create(w->em, shelf, .hall = 1 + i / 2, .number = 1 + i % 2, .name = some_name(seed),
                                .keeper = one_in(seed, 2) ? NULL : writers[below(seed, count)]);
    for (int i = 0; i < TOPICS; i++)
        topics[i] = orm_create(w->em, topic, .name = some_name(seed),
                               .parent = i == 0 || one_in(seed, 2) ? NULL : topics[below(seed, i)]);
    for (int i = below(seed, NOVELS); i > 0; i--) {
        novel *n = orm_create(w->em, novel, .name = some_name(seed), .pages = some_number(seed),
                              .writer = writers[below(seed, count)],
                              .editor = one_in(seed, 2) ? NULL : writers[below(seed, count)],
                              .shelf = one_in(seed, 3) ? NULL : shelves[below(seed, SHELVES)]);

        for (int k = below(seed, 4); k > 0; k--)
            check(w->em, orm_collection_add(w->em, orm_collection_of(w->em, n, "topics"), topics[below(seed, TOPICS)]));
    }
    check(w->em, orm_flush(w->em));
    check(w->em, orm_clear(w->em));
}

#endif
