/* What a large load takes: measured through the allocator, told in the test's output, and bounded. */
#include "em_fixture.h"

#define ENTITIES 10000

typedef struct meter {
    size_t now;
    size_t peak;
} meter;

/* Each block has its size in front of it. */
typedef union block {
    max_align_t align;
    size_t      size;
} block;

static void count(meter *m, size_t add, size_t take)
{
    m->now += add;
    m->now -= take;
    if (m->now > m->peak)
        m->peak = m->now;
}

static void *metered_alloc(void *context, size_t size)
{
    block *b = malloc(sizeof *b + size);

    if (b == NULL)
        return NULL;
    b->size = size;
    count(context, size, 0);
    return b + 1;
}

static void *metered_resize(void *context, void *old, size_t size)
{
    block *b = old == NULL ? NULL : (block *)old - 1;
    size_t before = b == NULL ? 0 : b->size;

    b = realloc(b, sizeof *b + size);
    if (b == NULL)
        return NULL;
    b->size = size;
    count(context, size, before);
    return b + 1;
}

static void metered_release(void *context, void *old)
{
    block *b = old == NULL ? NULL : (block *)old - 1;

    if (b == NULL)
        return;
    count(context, 0, b->size);
    free(b);
}

typedef struct item {
    int64_t           id;
    const char       *name;
    const char       *email;
    orm_opt_int32     age;
    bool              active;
    orm_opt_timestamp created;
    struct item      *parent;
} item;
static const orm_property item_properties[] = {
    ORM_BIGINT(item, id, .primary = true),
    ORM_STRING(item, name),
    ORM_STRING(item, email),
    ORM_INTEGER(item, age, .nullable = true),
    ORM_BOOLEAN(item, active),
    ORM_TIMESTAMPTZ(item, created, .nullable = true),
    ORM_MANY_TO_ONE(item, parent, .target = "Item", .nullable = true),
};
ORM_ENTITY(item, "Item", item_properties);

static void load(orm_preset preset)
{
    meter         m = { 0 };
    orm_allocator allocator = {
        .alloc = metered_alloc, .resize = metered_resize, .release = metered_release, .context = &m
    };
    world      w = { .db = NULL };
    orm_config config = fixture_config(&w, preset);
    orm_error  error;
    orm_list   list;
    size_t     before;
    size_t     per_entity;

    config.entities = ORM_ENTITIES(item);
    config.allocator = &allocator;
    config.log = NULL;
    assert_int_equal(orm_open(&config, &w.db, &error), ORM_OK);
    w.em = orm_fork(w.db, &error);
    sql(&w, "set client_min_messages = warning; drop schema public cascade; create schema public");
    assert_int_equal(orm_schema_create(w.db, NULL, &error), ORM_OK);
    sql(&w, "insert into item (name, email, age, active, created, parent_id) select 'name ' || n, 'name' || n || '@x.org', "
            "n % 90, true, now(), nullif(n / 2, 0) from generate_series(1, 10000) n");
    before = m.now;
    m.peak = m.now;
    check(w.em, orm_find(w.em, item, NULL, NULL, &list));
    assert_int_equal(list.count, ENTITIES);
    per_entity = (m.now - before) / ENTITIES;
    print_message("%d entities of 7 columns: %zu bytes each, %zu while they were loaded\n", ENTITIES, per_entity,
                  (m.peak - before) / ENTITIES);
    /* Header, struct and snapshot, two texts, places in two hash tables, and what the arena has in stock. */
    assert_true(per_entity < 1000);
    assert_true(m.peak - before < 2 * (m.now - before));

    /* Looking for changes keeps nothing; reading again makes nothing new. */
    before = m.now;
    check(w.em, orm_flush(w.em));
    check(w.em, orm_find(w.em, item, NULL, NULL, &list));
    assert_true(m.now - before < 4 * ENTITIES * sizeof(void *) + 65536);
    check(w.em, orm_clear(w.em));
    assert_true(m.now < before);

    sql(&w, "drop schema public cascade; create schema public");
    orm_close(w.db);
    assert_int_equal(m.now, 0);
}

static void test_native(void **state)
{
    (void)state;
    load(ORM_PRESET_NATIVE);
}

static void test_mikroorm(void **state)
{
    (void)state;
    load(ORM_PRESET_MIKROORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_native), cmocka_unit_test(test_mikroorm) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
