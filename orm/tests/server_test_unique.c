/*
 * Unique values that go from row to row within one flush: single ones and those of several columns, between UPDATEs, INSERTs
 * and DELETEs, in chains and in circles, in rows with versions, and in references that are required.
 */
#include "em_fixture.h"
#include "seeded.h"

/* A place is unique in its room, and a label in its shelf where it has one; so is a code. */
typedef struct spot {
    int64_t       id;
    int32_t       room;
    const char   *place;
    orm_opt_int32 shelf;
    const char   *label;
    const char   *code;
    const char   *note;
} spot;

/* The same with a version. */
typedef struct bay {
    int64_t     id;
    int32_t     room;
    const char *place;
    const char *note;
    int32_t     version;
} bay;

typedef struct owner {
    int64_t     id;
    const char *name;
} owner;

/* Everybody has one key, and each key has one owner. */
typedef struct key {
    int64_t     id;
    const char *name;
    owner      *owner;
} key;

static const orm_property spot_properties[] = {
    ORM_BIGINT(spot, id, .primary = true),
    ORM_INTEGER(spot, room),
    ORM_STRING(spot, place),
    ORM_INTEGER(spot, shelf, .nullable = true),
    ORM_STRING(spot, label, .nullable = true),
    ORM_STRING(spot, code, .nullable = true, .unique = true),
    ORM_STRING(spot, note, .nullable = true),
};
static const orm_property bay_properties[] = {
    ORM_BIGINT(bay, id, .primary = true),
    ORM_INTEGER(bay, room),
    ORM_STRING(bay, place),
    ORM_STRING(bay, note, .nullable = true),
    ORM_INTEGER(bay, version, .version = true),
};
static const orm_property owner_properties[] = {
    ORM_BIGINT(owner, id, .primary = true),
    ORM_STRING(owner, name),
};
static const orm_property key_properties[] = {
    ORM_BIGINT(key, id, .primary = true),
    ORM_STRING(key, name),
    ORM_ONE_TO_ONE(key, owner, .target = "Owner"),
};
ORM_ENTITY(spot, "Spot", spot_properties, ORM_UNIQUES(ORM_INDEX("room", "place"), ORM_INDEX("shelf", "label")));
ORM_ENTITY(bay, "Bay", bay_properties, ORM_UNIQUES(ORM_INDEX("room", "place")));
ORM_ENTITY(owner, "Owner", owner_properties);
ORM_ENTITY(key, "Key", key_properties);

static const orm_entity *const entities[] = { &orm_entity_spot, &orm_entity_bay, &orm_entity_owner, &orm_entity_key,
                                              NULL };

static int open_own_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, entities);
}

static int open_own_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, entities);
}

static int start(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "truncate spot, bay, owner, key restart identity cascade");
    sql_log_clear(&w->log);
    return 0;
}

static bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

/* So many statements, with BEGIN and COMMIT. */
static void flush_sends(world *w, size_t count)
{
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    if (w->log.count != count) {
        for (size_t i = 0; i < w->log.count; i++)
            print_error("  %s\n", w->log.lines[i]);
        fail_msg("%zu statements were sent, not %zu", w->log.count, count);
    }
}

static spot *make_spot(world *w, int32_t room, const char *place)
{
    return orm_create(w->em, spot, .room = room, .place = place);
}

static void assert_spots(world *w, const char *expected)
{
    assert_sql(w, "select string_agg(room || place, ' ' order by id) from spot", expected);
}

/* ---- Constraints over several columns ---- */

static void test_chain(void **state)
{
    world *w = *state;
    spot  *a = make_spot(w, 1, "x");
    spot  *b = make_spot(w, 1, "y");
    spot  *c = make_spot(w, 2, "y");

    check(w->em, orm_flush(w->em));
    a->place = "y";
    b->room = 2;
    c->room = 3;
    c->note = "moved";
    flush_sends(w, 6);
    assert_spots(w, "1y 2y 3y");
    if (is_mikroorm(w)) {
        assert_sent(w, 1, "update \"spot\" set \"note\" = 'moved' where \"id\" = '3'");
        assert_sent(w, 2, "update \"spot\" set \"room\" = 3 where \"id\" = '3'");
        assert_sent(w, 3, "update \"spot\" set \"room\" = 2 where \"id\" = '2'");
        assert_sent(w, 4, "update \"spot\" set \"place\" = 'y' where \"id\" = '1'");
    }
    flush_sends(w, 0);

    /* Nobody waits for anybody: one statement, as ever. */
    a->room = 7;
    b->place = "z";
    flush_sends(w, 3);
    assert_spots(w, "7y 2z 3y");
}

/* Required columns get a value that nobody has, nullable ones NULL, meanwhile. */
static void test_swap(void **state)
{
    world *w = *state;
    spot  *a = make_spot(w, 1, "x");
    spot  *b = make_spot(w, 2, "x");

    a->shelf = b->shelf = (orm_opt_int32)ORM_SOME(5);
    a->label = "p";
    b->label = "q";
    check(w->em, orm_flush(w->em));
    a->room = 2;
    b->room = 1;
    flush_sends(w, 5);
    assert_spots(w, "2x 1x");
    a->label = "q";
    b->label = "p";
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(shelf || label, ' ' order by id) from spot", "5q 5p");
    if (is_mikroorm(w)) {
        assert_sent(w, 1, "update \"spot\" set \"label\" = null where \"id\" = '1'");
        assert_sent(w, 2, "update \"spot\" set \"label\" = 'p' where \"id\" = '2'");
        assert_sent(w, 3, "update \"spot\" set \"label\" = 'q' where \"id\" = '1'");
    }

    /* Two constraints, each with a circle of its own: both rows write all at once. */
    a->room = 1;
    b->room = 2;
    a->label = "p";
    b->label = "q";
    flush_sends(w, 6);
    assert_spots(w, "1x 2x");
    assert_sql(w, "select string_agg(shelf || label, ' ' order by id) from spot", "5p 5q");
    flush_sends(w, 0);
}

/* What does not change itself can make room, too: the place stays, the room is taken over. */
static void test_swap_by_what_stays(void **state)
{
    world *w = *state;
    spot  *a = orm_create(w->em, spot, .room = 1, .place = "x", .shelf = ORM_SOME(1), .label = "l");
    spot  *b = orm_create(w->em, spot, .room = 2, .place = "x", .shelf = ORM_SOME(2), .label = "l");

    check(w->em, orm_flush(w->em));
    a->shelf = (orm_opt_int32)ORM_SOME(2);
    b->shelf = (orm_opt_int32)ORM_SOME(1);
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(shelf || label, ' ' order by id) from spot", "2l 1l");
}

static void test_taken_by_a_new_row(void **state)
{
    world *w = *state;
    spot  *a = make_spot(w, 1, "x");
    spot  *b = make_spot(w, 1, "y");

    check(w->em, orm_flush(w->em));
    make_spot(w, 1, "x");
    a->place = "y";
    b->place = "z";
    flush_sends(w, 5);
    assert_spots(w, "1y 1z 1x");
    if (is_mikroorm(w)) {
        assert_sent(w, 1, "update \"spot\" set \"place\" = 'z' where \"id\" = '2'");
        assert_sent(w, 2, "update \"spot\" set \"place\" = 'y' where \"id\" = '1'");
    }
}

static void test_taken_from_a_deleted_row(void **state)
{
    world *w = *state;
    spot  *a = make_spot(w, 1, "x");
    spot  *b = make_spot(w, 1, "y");
    spot  *c = make_spot(w, 1, "z");

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, c));
    b->place = "z";
    a->place = "y";
    make_spot(w, 1, "x");
    flush_sends(w, 6);
    assert_spots(w, "1y 1z 1x");
}

/* After a flush that fails all is as before, and can be tried again. */
static void test_failed(void **state)
{
    world *w = *state;
    spot  *a = make_spot(w, 1, "x");
    spot  *b = make_spot(w, 2, "x");
    spot  *c = make_spot(w, 3, "x");

    check(w->em, orm_flush(w->em));
    sql(w, "insert into spot (room, place) values (4, 'x')");
    a->room = 2;
    b->room = 1;
    c->room = 4;
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_spots(w, "1x 2x 3x 4x");
    sql(w, "delete from spot where room = 4");
    check(w->em, orm_flush(w->em));
    assert_spots(w, "2x 1x 4x");
}

/* Of what was not read nothing is known but what was set: nobody waits for it, and nothing is made up for it. */
static void test_not_read(void **state)
{
    world *w = *state;
    spot  *a;
    spot  *b;

    sql(w, "insert into spot (room, place) values (0, 'x'), (5, 'x')");
    a = orm_reference(w->em, spot, 1);
    a->place = "y";
    b = orm_find_one(w->em, spot, &orm_key(2), (&(orm_find_options){ .fields = ORM_PATHS("place") }));
    assert_non_null(b);
    b->place = "y";
    flush_sends(w, 3);
    assert_spots(w, "0y 5y");
}

/* ---- Versions ---- */

/*
 * Of a row with a version each UPDATE makes a new one. MikroORM writes changed unique columns by an UPDATE of their own, so the
 * version goes up by two where another column changes, too; by one where not. What makes room for a moment makes none.
 */
static void test_versions(void **state)
{
    world *w = *state;
    bay   *a = orm_create(w->em, bay, .room = 1, .place = "x");
    bay   *b = orm_create(w->em, bay, .room = 2, .place = "x");

    check(w->em, orm_flush(w->em));
    a->room = 2;
    b->room = 1;
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(room || place || version, ' ' order by id) from bay", "2x2 1x2");
    assert_int_equal(a->version, 2);
    assert_int_equal(b->version, 2);
    a->room = 1;
    b->room = 2;
    b->note = "back";
    flush_sends(w, 6);
    assert_sql(w, "select string_agg(room || place || version, ' ' order by id) from bay", "1x3 2x4");
    assert_int_equal(b->version, 4);

    /* The row was changed by another: nothing of it stays. */
    sql(w, "update bay set version = 9 where id = 1");
    a->room = 2;
    b->room = 1;
    assert_int_equal(orm_flush(w->em), ORM_ERR_OPTIMISTIC_LOCK);
    assert_sql(w, "select string_agg(room || place || version, ' ' order by id) from bay", "1x9 2x4");
}

/* ---- Required references ---- */

static key *make_key(world *w, const char *name, owner *of)
{
    return orm_create(w->em, key, .name = name, .owner = of);
}

static void assert_keys(world *w, const char *expected)
{
    assert_sql(w, "select string_agg(k.name || o.name, ' ' order by k.id) from key k join owner o on o.id = owner_id",
               expected);
}

/* Each key goes to the next owner, the last to a new one; a new key takes the first one's place. */
static void test_required_chain(void **state)
{
    world *w = *state;
    owner *p = orm_create(w->em, owner, .name = "P");
    owner *q = orm_create(w->em, owner, .name = "Q");
    owner *r = orm_create(w->em, owner, .name = "R");
    key   *a = make_key(w, "a", p);
    key   *b = make_key(w, "b", q);

    check(w->em, orm_flush(w->em));
    a->owner = q;
    b->owner = r;
    flush_sends(w, 4);
    assert_keys(w, "aQ bR");

    b->owner = orm_create(w->em, owner, .name = "S");
    a->owner = r;
    make_key(w, "c", q);
    flush_sends(w, 6);
    assert_keys(w, "aR bS cQ");
    if (is_mikroorm(w)) {
        assert_sent(w, 1, "insert into \"owner\" (\"name\") values ('S') returning \"id\"");
        assert_sent(w, 2, "update \"key\" set \"owner_id\" = '4' where \"id\" = '2'");
        assert_sent(w, 3, "update \"key\" set \"owner_id\" = '3' where \"id\" = '1'");
        assert_sent(w, 4, "insert into \"key\" (\"name\", \"owner_id\") values ('c', '2') returning \"id\"");
    }
}

/* The whole chain hangs on a key that is removed. */
static void test_required_chain_of_deleted(void **state)
{
    world *w = *state;
    owner *o[3];
    key   *k[3];

    for (size_t i = 0; i < 3; i++) {
        const char name[2] = { (char)('P' + i), '\0' };

        o[i] = orm_create(w->em, owner, .name = name);
        k[i] = make_key(w, "k", o[i]);
    }
    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, k[2]));
    k[0]->owner = o[1];
    k[1]->owner = o[2];
    make_key(w, "n", o[0]);
    check(w->em, orm_flush(w->em));
    assert_keys(w, "kQ kR nP");
}

static void test_required_circle(void **state)
{
    world *w = *state;
    owner *p = orm_create(w->em, owner, .name = "P");
    owner *q = orm_create(w->em, owner, .name = "Q");
    owner *r = orm_create(w->em, owner, .name = "R");
    key   *a = make_key(w, "a", p);
    key   *b = make_key(w, "b", q);
    key   *c = make_key(w, "c", r);

    check(w->em, orm_flush(w->em));
    a->owner = q;
    b->owner = r;
    c->owner = p;
    sql_log_clear(&w->log);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Key", "owner");
    assert_int_equal(orm_em_error(w->em)->number, 662);
    assert_int_equal(w->log.count, 0);
    c->owner = orm_create(w->em, owner, .name = "S");
    check(w->em, orm_flush(w->em));
    assert_keys(w, "aQ bR cS");
}

/* ---- Whatever it is, the server ends with what the program has ---- */

#define SPOTS 8

/* Places and labels of all spots are dealt anew; some go, some come, and some values nobody had before. */
static void shuffle(world *w, uint64_t *seed, spot **spots)
{
    int order[SPOTS + 2];
    int labels[SPOTS + 2];

    for (int i = 0; i < SPOTS + 2; i++)
        order[i] = labels[i] = i;
    for (int i = SPOTS + 1; i > 0; i--) {
        int at = (int)seeded_below(seed, (uint64_t)i + 1);
        int of = (int)seeded_below(seed, (uint64_t)i + 1);
        int kept = order[i];

        order[i] = order[at];
        order[at] = kept;
        kept = labels[i];
        labels[i] = labels[of];
        labels[of] = kept;
    }
    for (int i = 0; i < SPOTS; i++) {
        char place[2] = { (char)('a' + order[i] % 2), '\0' };
        char label[2] = { (char)('p' + labels[i] % 3), '\0' };
        char code[2] = { (char)('A' + order[i]), '\0' };

        if (seeded_below(seed, 5) == 0) {
            check(w->em, orm_remove(w->em, spots[i]));
            spots[i] = orm_create(w->em, spot, .place = "?");
        } else if (seeded_below(seed, 3) == 0) {
            spots[i]->note = orm_strdup(w->em, code);
        }
        spots[i]->room = order[i] / 2;
        spots[i]->place = orm_strdup(w->em, place);
        spots[i]->shelf = (orm_opt_int32)ORM_SOME(labels[i] / 3);
        spots[i]->label = orm_strdup(w->em, label);
        spots[i]->code = seeded_below(seed, 4) == 0 ? NULL : orm_strdup(w->em, code);
    }
}

static void assert_as_in_memory(world *w, spot **spots)
{
    char text[200];

    for (size_t i = 0; i < SPOTS; i++) {
        (void)snprintf(
            text, sizeof text,
            "select count(*) from spot where id = %lld and room = %d and place = '%s' and shelf = %d and label = '%s'"
            " and coalesce(code, '') = '%s'",
            (long long)spots[i]->id, (int)spots[i]->room, spots[i]->place, (int)spots[i]->shelf.value, spots[i]->label,
            spots[i]->code == NULL ? "" : spots[i]->code);
        assert_sql(w, text, "1");
    }
    assert_sql(w, "select count(*) from spot", "8");
}

static void test_random(void **state)
{
    world   *w = *state;
    spot    *spots[SPOTS];
    uint64_t seed = 7;

    for (size_t i = 0; i < SPOTS; i++)
        spots[i] = make_spot(w, (int32_t)i / 2, i % 2 == 0 ? "a" : "b");
    check(w->em, orm_flush(w->em));
    for (size_t round = 0; round < 200; round++) {
        shuffle(w, &seed, spots);
        check(w->em, orm_flush(w->em));
        assert_as_in_memory(w, spots);
        flush_sends(w, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_chain, start),
        cmocka_unit_test_setup(test_swap, start),
        cmocka_unit_test_setup(test_swap_by_what_stays, start),
        cmocka_unit_test_setup(test_taken_by_a_new_row, start),
        cmocka_unit_test_setup(test_taken_from_a_deleted_row, start),
        cmocka_unit_test_setup(test_failed, start),
        cmocka_unit_test_setup(test_not_read, start),
        cmocka_unit_test_setup(test_versions, start),
        cmocka_unit_test_setup(test_required_chain, start),
        cmocka_unit_test_setup(test_required_chain_of_deleted, start),
        cmocka_unit_test_setup(test_required_circle, start),
        cmocka_unit_test_setup(test_random, start),
    };

    return cmocka_run_group_tests_name("native", tests, open_own_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, open_own_mikroorm, close_emptied);
}
