/*
 * The identity map against a plain list: puts, displacements, removals and undone puts in a random but repeatable order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
    assert_int_equal(orm_meta_discover(w.arena, ORM_ENTITIES(item, word), &w.meta, &error), ORM_OK);
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
    orm_packed_key key;

    orm_key_pack(ORM_TYPE_BIGINT, &id, &key);
    return orm_identity_map_get(&w->map, orm_meta_find(w->meta, &orm_entity_item), &key);
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
    orm_packed_key         key;

    ((word *)instance->self)->id = text;
    assert_null(put(w, instance));
    ((word *)instance->self)->id = "changed by the user";
    orm_key_pack(ORM_TYPE_STRING, &text, &key);
    assert_ptr_equal(orm_identity_map_get(&w->map, meta, &key), instance);
    assert_null(orm_identity_map_get(&w->map, orm_meta_find(w->meta, &orm_entity_item), &key));
    orm_identity_map_clear(&w->map);
    assert_null(orm_identity_map_get(&w->map, meta, &key));
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
    assert_true(orm_key_equal(&a, &b));
    orm_key_pack(ORM_TYPE_BIGINT_TEXT, &leading, &b);
    assert_true(orm_key_equal(&a, &b));
    orm_key_pack(ORM_TYPE_STRING, &text, &b);
    assert_false(orm_key_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_against_a_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entities_do_not_mix, set_up, tear_down),
        cmocka_unit_test(test_packed_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
