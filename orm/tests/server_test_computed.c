/* Values that the database computes (generated columns, formulas), and members that it knows nothing of. */
#include "em_fixture.h"

typedef struct box {
    int64_t         id;
    int32_t         width;
    int32_t         height;
    int32_t         area; /* generated, and without a flag: it is there always */
    const char     *label;
    const char     *small; /* generated, NULL without a label */
    orm_opt_int32   around;
    bool            wide;
    const char     *slow; /* a lazy formula */
    const char     *note; /* not persistent */
    int32_t         seen; /* the same */
    struct box     *in;
    orm_collection *holds;
} box;
static const orm_property box_properties[] = {
    ORM_BIGINT(box, id, .primary = true),
    ORM_INTEGER(box, width),
    ORM_INTEGER(box, area, .generated = "width * height"),
    ORM_INTEGER(box, height),
    ORM_STRING(box, label, .nullable = true),
    ORM_STRING(box, small, .length = 20, .nullable = true, .unique = true, .generated = "lower(label)"),
    ORM_INTEGER(box, around, .formula = "2 * ({alias}.width + {alias}.height)", .nullable = true),
    ORM_BOOLEAN(box, wide, .formula = "{alias}.width > 10 or {alias}.width > {alias}.height", .column = "is_wide"),
    ORM_TEXT(box, slow, .formula = "upper({alias}.label) || '{x}'", .nullable = true, .lazy = true),
    ORM_TEXT(box, note, .persist = ORM_OFF),
    ORM_INTEGER(box, seen, .persist = ORM_OFF),
    ORM_MANY_TO_ONE(box, in, .target = "Box", .nullable = true),
    ORM_ONE_TO_MANY(box, holds, .target = "Box", .mapped_by = "in"),
};
ORM_ENTITY(box, "Box", box_properties);

typedef struct tally {
    orm_uuid    id;
    const char *name;
    const char *shout;
    int32_t     version;
} tally;
static const orm_property tally_properties[] = {
    ORM_UUID(tally, id, .primary = true),
    ORM_STRING(tally, name, .unique = true),
    ORM_STRING(tally, shout, .generated = "upper(name)"),
    ORM_INTEGER(tally, version, .version = true),
};
ORM_ENTITY(tally, "Tally", tally_properties);

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(box, tally));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(box, tally));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "truncate box, tally restart identity cascade");
    sql_log_clear(&w->log);
    return 0;
}

static bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

/* Whether one of the statements since the last clearing has this in it. */
static void assert_said(const world *w, const char *part)
{
    for (size_t i = 0; i < w->log.count; i++)
        if (strstr(w->log.lines[i], part) != NULL)
            return;
    fail_msg("nothing of what was sent says: %s (last: %s)", part,
             w->log.count > 0 ? w->log.lines[w->log.count - 1] : "nothing");
}

static void test_columns(void **state)
{
    world *w = *state;

    assert_sql(
        w,
        "select string_agg(column_name || coalesce('=' || generation_expression, ''), ' ' order by ordinal_position)"
        " from information_schema.columns where table_name = 'box'",
        "id width area=(width * height) height label small=lower((label)::text) in_id");
    assert_sql(w, "select is_nullable from information_schema.columns where column_name = 'area'", "NO");
}

static void test_read_back(void **state)
{
    world *w = *state;
    box   *a = orm_create(w->em, box, .width = 2, .height = 3, .label = "Ab");
    box   *b;
    box   *c;

    check(w->em, orm_flush(w->em));
    assert_int_equal(a->area, 6);
    assert_string_equal(a->small, "ab");
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "insert into \"box\" (\"width\", \"height\", \"label\") values (2, 3, 'Ab') returning \"id\", "
                    "\"area\", \"small\"");

    b = orm_create(w->em, box, .width = 4, .height = 4);
    c = orm_create(w->em, box, .width = 5, .height = 4, .label = "C");
    check(w->em, orm_flush(w->em));
    assert_int_equal(b->area, 16);
    assert_int_equal(c->area, 20);
    assert_null(b->small);
    assert_string_equal(c->small, "c");

    /* Nothing of it counts as a change. */
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);

    a->width = 10;
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->area, 30);
    if (is_mikroorm(w))
        assert_sent(w, 1, "update \"box\" set \"width\" = 10 where \"id\" = '1' returning \"area\", \"small\"");
    sql_log_clear(&w->log);
    a->height = 1;
    b->label = "New";
    b->height = 2;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    assert_int_equal(a->area, 10);
    assert_int_equal(b->area, 8);
    assert_string_equal(b->small, "new");
    if (is_mikroorm(w))
        assert_said(w, " where \"id\" in ('1', '2') returning \"id\", \"area\", \"small\"");
    check(w->em, orm_flush(w->em));

    check(w->em, orm_clear(w->em));
    b = orm_find_one(w->em, box, &orm_eq("small", "new"), NULL);
    assert_non_null(b);
    assert_int_equal(b->area, 8);
}

static void test_with_version(void **state)
{
    world *w = *state;
    tally *a = orm_create(w->em, tally, .name = "a");
    tally *b = orm_create(w->em, tally, .name = "b");

    check(w->em, orm_flush(w->em));
    assert_string_equal(b->shout, "B");
    a->name = "x";
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->shout, "X");
    assert_int_equal(a->version, 2);
    a->name = "y";
    b->name = "z";
    check(w->em, orm_flush(w->em));
    assert_string_equal(a->shout, "Y");
    assert_string_equal(b->shout, "Z");
    if (!is_mikroorm(w)) { /* unique columns go by themselves there */
        assert_int_equal(a->version, 3);
        assert_int_equal(b->version, 2);
    }
    check(w->em, orm_native_update(w->em, tally, &orm_eq("name", "y"), &ORM_ROW({ "name", orm_text("n") }), NULL));
    assert_sql(w, "select shout from tally where name = 'n'", "N");
}

static void test_rollback(void **state)
{
    world *w = *state;
    box   *a = orm_create(w->em, box, .width = 1, .height = 1);
    box   *b;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_begin(w->em, NULL));
    a->width = 7;
    b = orm_create(w->em, box, .width = 3, .height = 3);
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->area, 7);
    assert_int_equal(b->area, 9);
    check(w->em, orm_rollback(w->em));
    assert_int_equal(a->area, 1);
    assert_int_equal(b->area, 0);
    check(w->em, orm_flush(w->em));
    assert_int_equal(a->area, 7);
    assert_int_equal(b->area, 9);
    assert_sql(w, "select string_agg(area::text, ' ' order by area) from box", "7 9");

    /* A removed row that is inserted again gets its values anew. */
    check(w->em, orm_remove(w->em, b));
    check(w->em, orm_flush(w->em));
    b->width = 5;
    check(w->em, orm_persist(w->em, b));
    check(w->em, orm_flush(w->em));
    assert_int_equal(b->area, 15);
}

static void test_other_writes(void **state)
{
    world    *w = *state;
    orm_value key;
    box      *a;
    tally    *t;
    orm_row   both[] = { ORM_ROW({ "name", orm_text("a") }), ORM_ROW({ "name", orm_text("b") }) };
    orm_list  list;

    check(w->em, orm_insert(w->em, box, &ORM_ROW({ "width", orm_int(2) }, { "height", orm_int(2) }), &key));
    assert_sql(w, "select area from box", "4");
    a = orm_find_one(w->em, box, &orm_key(1), NULL);
    assert_int_equal(a->area, 4);
    t = orm_upsert(w->em, tally, &both[0], NULL);
    assert_string_equal(t->shout, "A");
    check(w->em, orm_upsert_many(w->em, tally, both, 2, NULL, &list));
    assert_string_equal(ORM_AT(list, tally, 1)->shout, "B");
    t = orm_upsert(w->em, tally, &both[0], &(orm_upsert_options){ .action = ORM_CONFLICT_IGNORE });
    assert_string_equal(t->shout, "A");
    a = orm_merge(w->em, box, &ORM_ROW({ "id", orm_int(9) }, { "area", orm_int(12) }), false);
    assert_int_equal(a->area, 12);
}

static void test_not_to_be_assigned(void **state)
{
    world *w = *state;
    box   *a;

    assert_null(orm_create(w->em, box, .width = 1, .height = 1, .area = 5));
    assert_error(w, ORM_ERR_VALIDATION, "Box", "area");
    assert_string_equal(orm_em_error(w->em)->message, "Box.area: the database generates it: it cannot be assigned");
    assert_null(orm_create(w->em, box, .width = 1, .height = 1, .around = ORM_SOME(4)));
    assert_string_equal(orm_em_error(w->em)->message,
                        "Box.around: it is a formula that SELECT computes: it cannot be assigned");
    assert_null(orm_create_with(w->em, &orm_entity_box, (orm_assignment[]){ { "small", orm_text("x") } }, 1));
    assert_error(w, ORM_ERR_VALIDATION, "Box", "small");
    assert_int_equal(orm_insert(w->em, box, &ORM_ROW({ "area", orm_int(1) }), NULL), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "area");
    assert_int_equal(orm_native_update(w->em, box, NULL, &ORM_ROW({ "around", orm_int(1) }), NULL), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "around");
    assert_null(orm_upsert(w->em, box, &ORM_ROW({ "id", orm_int(1) }, { "small", orm_text("x") }), NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Box", "small");
    assert_int_equal(w->log.count, 0);

    a = orm_create(w->em, box, .width = 1, .height = 1);
    a->area = 3;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "area");
    assert_int_equal(w->log.count, 0);
    a->area = 0;
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a->small = "other";
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "small");
    a->small = NULL;
    assert_int_equal(orm_set(w->em, a, "area", &(orm_value){ .kind = ORM_VALUE_INT }), ORM_ERR_VALIDATION);
    assert_int_equal(orm_set(w->em, a, "in.area", &(orm_value){ .kind = ORM_VALUE_INT }), ORM_ERR_VALIDATION);
    assert_int_equal(w->log.count, 0);
    check(w->em, orm_flush(w->em));
}

static void test_formulas(void **state)
{
    world   *w = *state;
    box     *a = orm_create(w->em, box, .width = 2, .height = 3, .label = "a");
    box     *b = orm_create(w->em, box, .width = 20, .height = 30, .label = "b", .in = a);
    orm_list list;

    check(w->em, orm_flush(w->em));
    assert_false(a->around.has); /* not computed before it is read */
    assert_non_null(orm_find_one(w->em, box, &orm_eq("label", "a"), NULL));
    assert_true(a->around.has);
    assert_int_equal(a->around.value, 10);
    if (is_mikroorm(w))
        assert_said(w, "select \"b0\".*, 2 * (\"b0\".width + \"b0\".height) as \"around\", "
                       "\"b0\".width > 10 or \"b0\".width > \"b0\".height as \"is_wide\" from \"box\" as \"b0\"");
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);

    /* Conditions and orders. The parentheses are ours. */
    check(w->em, orm_find(w->em, box, &orm_and(orm_gt("around", 50), orm_eq("wide", true)),
                          (&(orm_find_options){ .order_by = ORM_ORDER({ "around", ORM_DESC }) }), &list));
    assert_int_equal(list.count, 1);
    b = ORM_AT(list, box, 0);
    assert_int_equal(b->around.value, 100);
    assert_true(b->wide);
    assert_null(b->slow);
    assert_said(w, "(2 * (\"b0\".width + \"b0\".height)) > ");
    assert_said(w, "(\"b0\".width > 10 or \"b0\".width > \"b0\".height) = ");
    assert_said(w, " order by 2 * (\"b0\".width + \"b0\".height) desc");
    check(w->em, orm_native_delete(w->em, box, &orm_gt("around", 1000), NULL));
    assert_said(w, "delete from \"box\" where (2 * (width + height)) > ");

    /* Lazy ones are read when they are asked for, and then alone. */
    check(w->em, orm_populate(w->em, list.items, list.count, ORM_PATHS("slow"), NULL));
    assert_string_equal(b->slow, "B{x}");
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);
    b = orm_find_one(w->em, box, &orm_eq("label", "b"), (&(orm_find_options){ .populate = ORM_PATHS("slow", "in") }));
    assert_string_equal(b->slow, "B{x}");
    assert_int_equal(b->in->around.value, 10);
    assert_false(b->in->wide);
    if (is_mikroorm(w))
        assert_said(w, "select \"b0\".*, 2 * (");
    assert_said(w, "upper(\"b0\".label) || '{x}' as \"slow\"");
    assert_said(w, "2 * (\"i1\".width + \"i1\".height) as \"i1__around\"");

    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, box, &orm_eq("label", "a"),
                     (&(orm_find_options){ .populate = ORM_PATHS("holds"), .strategy = ORM_STRATEGY_SELECT_IN }));
    assert_int_equal(orm_collection_count(a->holds), 1);
    assert_int_equal(((box *)orm_collection_at(a->holds, 0))->around.value, 100);
    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, box, &orm_eq("label", "a"),
                     (&(orm_find_options){ .populate = ORM_PATHS("holds"), .strategy = ORM_STRATEGY_JOINED }));
    assert_int_equal(((box *)orm_collection_at(a->holds, 0))->around.value, 100);
}

static void test_formulas_in_parts(void **state)
{
    world      *w = *state;
    box        *a = orm_create(w->em, box, .width = 2, .height = 3, .label = "a");
    box        *b = orm_create(w->em, box, .width = 1, .height = 1, .label = "b", .in = a);
    orm_list    list;
    const char *json;
    uint64_t    total;

    check(w->em, orm_flush(w->em));
    check(w->em, orm_to_json(w->em, b, NULL, &json));
    assert_null(strstr(json, "around"));
    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, box, &orm_eq("label", "a"), (&(orm_find_options){ .fields = ORM_NAMES("around") }));
    assert_int_equal(a->around.value, 10);
    assert_null(a->label);
    check(w->em, orm_clear(w->em));
    a = orm_find_one(w->em, box, &orm_eq("label", "a"),
                     (&(orm_find_options){ .exclude = ORM_NAMES("around", "area") }));
    assert_false(a->around.has);
    assert_string_equal(a->label, "a");
    a = orm_find_one(w->em, box, &orm_eq("label", "a"), NULL);
    assert_int_equal(a->around.value, 10);
    assert_int_equal(a->area, 6);
    check(w->em, orm_to_json(w->em, a, NULL, &json));
    assert_non_null(strstr(json, "\"around\":10"));

    /* A page over joined rows orders by the smallest value of the group; booleans are compared as numbers. */
    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, box, NULL,
                          (&(orm_find_options){ .populate = ORM_PATHS("holds"),
                                                .strategy = ORM_STRATEGY_JOINED,
                                                .limit = 1,
                                                .order_by = ORM_ORDER({ "wide", ORM_ASC }, { "around", ORM_DESC }) }),
                          &list));
    assert_ptr_equal(ORM_AT(list, box, 0), a);
    assert_said(w, "order by min((\"b0\".width > 10 or \"b0\".width > \"b0\".height)::int) asc, "
                   "min(2 * (\"b0\".width + \"b0\".height)) desc");
    check(w->em, orm_count(w->em, box, &orm_lt("around", 10), &total));
    assert_int_equal(total, 1);
    a->around.value = 11;
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "around");
}

static void test_not_persistent(void **state)
{
    world      *w = *state;
    box        *a = orm_create(w->em, box, .width = 2, .height = 3, .note = "n", .seen = 3);
    const char *json;
    orm_value   value;

    assert_string_equal(a->note, "n");
    assert_int_equal(a->seen, 3);
    check(w->em, orm_flush(w->em));
    sql_log_clear(&w->log);
    a->seen = 4;
    check(w->em, orm_set(w->em, a, "note", &(orm_value){ .kind = ORM_VALUE_TEXT, .as.text = "m" }));
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    a = orm_find_one(w->em, box, NULL, (&(orm_find_options){ .refresh = true }));
    assert_int_equal(a->seen, 4);
    check(w->em, orm_get(w->em, a, "note", &value));
    assert_string_equal(value.as.text, "m");
    check(w->em, orm_to_json(w->em, a, NULL, &json));
    assert_non_null(strstr(json, "\"note\":\"m\",\"seen\":4"));
    sql_log_clear(&w->log);
    assert_null(orm_find_one(w->em, box, &orm_eq("seen", 4), NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Box", "seen");
    assert_string_equal(orm_em_error(w->em)->message, "Box.seen: it is not persistent and has no column");
    assert_null(orm_find_one(w->em, box, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "note", ORM_ASC }) })));
    assert_error(w, ORM_ERR_VALIDATION, "Box", "note");
    assert_int_equal(orm_insert(w->em, box, &ORM_ROW({ "note", orm_text("x") }), NULL), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Box", "note");
    assert_int_equal(w->log.count, 0);
}

static void test_nonsense(void **state)
{
    static const struct {
        const char  *message;
        orm_property property;
    } refused[] = {
        { "Thing.a: the options generated and default_raw contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .generated = "'x'", .default_raw = "'y'" } },
        { "Thing.a: the options formula and generated contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .generated = "'x'", .formula = "'y'" } },
        { "Thing.a: the options formula and unique contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .formula = "'x'", .unique = true } },
        { "Thing.a: the options persist = ORM_OFF and formula contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .formula = "'x'", .persist = ORM_OFF } },
        { "Thing.a: the options persist = ORM_OFF and column contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .column = "x", .persist = ORM_OFF } },
        { "Thing.a: the options generated and primary contradict each other: leave one out",
          { .name = "a", .type = ORM_TYPE_TEXT, .generated = "'x'", .primary = true } },
        { "Thing.a: its formula is empty: write an expression in SQL",
          { .name = "a", .type = ORM_TYPE_TEXT, .formula = "" } },
        { "Thing.a: generated or formula is not valid UTF-8",
          { .name = "a", .type = ORM_TYPE_TEXT, .formula = "'\xff'" } },
        { "Thing.a: the option generated is for values with a column, not for a to-one relation",
          { .name = "a",
            .type = ORM_TYPE_REFERENCE,
            .relation = ORM_RELATION_MANY_TO_ONE,
            .target = "Thing",
            .generated = "1" } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        orm_property properties[] = { { .name = "id", .type = ORM_TYPE_UUID, .primary = true }, refused[i].property };
        orm_entity   thing = { .name = "Thing", .properties = properties, .property_count = 2 };
        const orm_entity *list[] = { &thing, NULL };
        orm_error         error;
        orm              *db = NULL;

        assert_int_equal(orm_open(&(orm_config){ .entities = list, .lazy = true }, &db, &error), ORM_ERR_METADATA);
        assert_string_equal(error.message, refused[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_columns, empty),        cmocka_unit_test_setup(test_read_back, empty),
        cmocka_unit_test_setup(test_with_version, empty),   cmocka_unit_test_setup(test_rollback, empty),
        cmocka_unit_test_setup(test_other_writes, empty),   cmocka_unit_test_setup(test_not_to_be_assigned, empty),
        cmocka_unit_test_setup(test_formulas, empty),       cmocka_unit_test_setup(test_formulas_in_parts, empty),
        cmocka_unit_test_setup(test_not_persistent, empty), cmocka_unit_test_setup(test_nonsense, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
