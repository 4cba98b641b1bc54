/*
 * The identity map against a plain list: puts, displacements, removals and undone puts in a random but repeatable order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <orm/orm.h>

#include "unit/identity_map.h"

typedef struct item {
    int64_t     id;
    const char *name;
} item;
static const orm_property item_properties[] = { ORM_BIGINT(item, id, .primary = true), ORM_STRING(item, name) };
typedef struct word {
    const char *id;
} word;
static const orm_property word_properties[] = { ORM_STRING(word, id, .primary = true) };
ORM_ENTITY(item, "Item", item_properties);
ORM_ENTITY(word, "Word", word_properties);

/* A key of two parts, the first of which may have any length. */
typedef struct pair {
    const char *left;
    const char *right;
} pair;
static const orm_property pair_properties[] = { ORM_STRING(pair, left, .primary = true),
                                                ORM_STRING(pair, right, .primary = true) };
ORM_ENTITY(pair, "Pair", pair_properties);

typedef struct world {
    orm_arena       *arena;
    orm_meta        *meta;
    orm_identity_map map;
} world;

static int set_up(void **state)
{
    static world w;
    orm_error    error;

    w.arena = orm_arena_new(NULL, NULL, "test");
    assert_int_equal(orm_meta_discover(w.arena, ORM_ENTITIES(item, word, pair), &w.meta, &error), ORM_OK);
    orm_identity_map_init(&w.map, NULL);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;

    orm_identity_map_free(&w->map);
    orm_arena_free(w->arena);
    return 0;
}

static orm_instance *make_item(world *w, int64_t id)
{
    const orm_meta_entity *meta = orm_meta_find(w->meta, &orm_entity_item);
    orm_instance          *instance = orm_instance_new(w->arena, NULL, orm_shape_new(w->arena, meta));

    ((item *)instance->self)->id = id;
    return instance;
}

static orm_instance *get_item(const world *w, int64_t id)
{
    const void *slot = &id;

    return orm_identity_map_get(&w->map, orm_meta_find(w->meta, &orm_entity_item), &slot);
}

static orm_instance *put(world *w, orm_instance *instance)
{
    orm_instance *displaced;

    assert_true(orm_identity_map_put(&w->map, w->arena, instance, &displaced));
    return displaced;
}

#define KEYS 300
#define STEPS 20000

static void test_against_a_list(void **state)
{
    world        *w = *state;
    orm_instance *expected[KEYS] = { NULL };
    uint32_t      random = 12345;

    for (int step = 0; step < STEPS; step++) {
        size_t        id;
        orm_instance *displaced;

        random = random * 1664525u + 1013904223u;
        id = (random >> 8) % KEYS;
        switch ((random >> 4) % 3) {
        case 0:
            if (expected[id] == NULL) {
                expected[id] = make_item(w, (int64_t)id);
                assert_null(put(w, expected[id]));
                break;
            }
            /* Put again, and that undone: it stays. */
            displaced = put(w, expected[id]);
            assert_ptr_equal(displaced, expected[id]);
            orm_identity_map_unput(&w->map, expected[id], displaced);
            break;
        case 1:
            if (expected[id] != NULL)
                orm_identity_map_remove(&w->map, expected[id]);
            expected[id] = NULL;
            break;
        default:
            /* A put that is undone leaves everything as it was. */
            {
                orm_instance *other = make_item(w, (int64_t)id);

                displaced = put(w, other);
                assert_ptr_equal(displaced, expected[id]);
                assert_ptr_equal(get_item(w, (int64_t)id), other);
                orm_identity_map_unput(&w->map, other, displaced);
            }
        }
        assert_ptr_equal(get_item(w, (int64_t)id), expected[id]);
        if (step % 500 == 0)
            for (size_t i = 0; i < KEYS; i++)
                assert_ptr_equal(get_item(w, (int64_t)i), expected[i]);
    }
}

static void test_entities_do_not_mix(void **state)
{
    world                 *w = *state;
    const orm_meta_entity *meta = orm_meta_find(w->meta, &orm_entity_word);
    orm_instance          *instance = orm_instance_new(w->arena, NULL, orm_shape_new(w->arena, meta));
    const char            *text = "a key that is longer than what the header holds";
    const void            *slot = &text;

    ((word *)instance->self)->id = text;
    assert_null(put(w, instance));
    ((word *)instance->self)->id = "changed by the user";
    assert_ptr_equal(orm_identity_map_get(&w->map, meta, &slot), instance);
    assert_null(orm_identity_map_get(&w->map, orm_meta_find(w->meta, &orm_entity_item), &slot));
    orm_identity_map_clear(&w->map);
    assert_null(orm_identity_map_get(&w->map, meta, &slot));
}

static orm_instance *get_pair(const world *w, const char *left, const char *right)
{
    const void *slots[] = { &left, &right };

    return orm_identity_map_get(&w->map, orm_meta_find(w->meta, &orm_entity_pair), slots);
}

static void test_composite_keys(void **state)
{
    static const char *const parts[] = { "", "a", "ab", "aab", "b", "a much longer part of a key than fits" };
    const size_t             count = sizeof parts / sizeof parts[0];
    world                   *w = *state;
    const orm_shape         *shape = orm_shape_new(w->arena, orm_meta_find(w->meta, &orm_entity_pair));
    orm_instance            *all[6][6];

    assert_int_equal(shape->meta->key_column_count, 2);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            all[i][j] = orm_instance_new(w->arena, NULL, shape);
            *(pair *)all[i][j]->self = (pair){ .left = parts[i], .right = parts[j] };
            assert_null(get_pair(w, parts[i], parts[j]));
            assert_null(put(w, all[i][j]));
        }
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_ptr_equal(get_pair(w, parts[i], parts[j]), all[i][j]);
    orm_identity_map_remove(&w->map, all[1][2]);
    assert_null(get_pair(w, "a", "ab"));
    assert_ptr_equal(get_pair(w, "aab", ""), all[3][0]);
}

static bool same(const orm_packed_key *a, const orm_packed_key *b)
{
    return a->size == b->size && memcmp(orm_key_data(a), orm_key_data(b), a->size) == 0;
}

static void test_packed_keys(void **state)
{
    const char    *text = "42";
    const char    *leading = "042";
    int32_t        number = 42;
    orm_packed_key a;
    orm_packed_key b;

    (void)state;
    orm_key_pack(ORM_TYPE_BIGINT_TEXT, &text, &a);
    orm_key_pack(ORM_TYPE_INTEGER, &number, &b);
    assert_true(same(&a, &b));
    orm_key_pack(ORM_TYPE_BIGINT_TEXT, &leading, &b);
    assert_true(same(&a, &b));
    orm_key_pack(ORM_TYPE_STRING, &text, &b);
    assert_false(same(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_against_a_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entities_do_not_mix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_composite_keys, set_up, tear_down),
        cmocka_unit_test(test_packed_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
