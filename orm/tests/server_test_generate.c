/*
 * Values that the client makes: on_create and on_update, in a flush and in rows written without it.
 */
#include "em_fixture.h"

typedef struct page {
    int64_t           id;
    const char       *slug;
    const char       *title;
    const char       *token;
    orm_opt_timestamp created;
    orm_opt_timestamp updated;
    orm_opt_int32     edits;
} page;

static orm_status title_of_slug(orm_em *em, const orm_property *property, const void *entity, orm_value *out)
{
    (void)em;
    assert_string_equal(property->name, "title");
    *out = orm_text(entity == NULL ? "row" : ((const page *)entity)->slug);
    return ORM_OK;
}

static orm_status count_edits(orm_em *em, const orm_property *property, const void *entity, orm_value *out)
{
    const page *p = entity;

    (void)em;
    (void)property;
    if (p != NULL && p->edits.value == 3)
        return ORM_ERR_VALIDATION;
    if (p != NULL)
        *out = orm_int(p->edits.value + 1);
    return ORM_OK;
}

static const orm_property page_properties[] = {
    ORM_BIGINT(page, id, .primary = true),
    ORM_STRING(page, slug, .unique = true),
    ORM_STRING(page, title, .on_create = title_of_slug),
    ORM_STRING(page, token, .on_create = orm_generate_uuid),
    ORM_TIMESTAMPTZ(page, created, .length = 3, .on_create = orm_generate_now),
    ORM_TIMESTAMPTZ(page, updated, .on_create = orm_generate_now, .on_update = orm_generate_now),
    ORM_INTEGER(page, edits, .nullable = true, .on_update = count_edits),
};
ORM_ENTITY(page, "Page", page_properties);

typedef struct own_world {
    orm    *db;
    orm_em *em;
} own_world;

static own_world open_own(world *w)
{
    own_world  own;
    orm_error  error = { .status = ORM_OK };
    orm_config config = fixture_config(w, orm_settings_of(w->db).preset);

    sql(w, "drop table if exists page");
    config.entities = ORM_ENTITIES(page);
    if (orm_open(&config, &own.db, &error) != ORM_OK || orm_schema_create(own.db, NULL, &error) != ORM_OK)
        fail_msg("%s", error.message);
    own.em = orm_fork(own.db, &error);
    sql_log_clear(&w->log);
    return own;
}

static void close_own(world *w, own_world *own)
{
    orm_close(own->db);
    sql(w, "drop table page");
}

static void test_flush(void **state)
{
    world        *w = *state;
    own_world     own = open_own(w);
    page         *a = orm_create(own.em, page, .slug = "a");
    page         *b = orm_create(own.em, page, .slug = "b", .title = "B", .created = { true, { 1000000 } });
    orm_timestamp first;

    check(own.em, orm_flush(own.em));
    assert_string_equal(a->title, "a");
    assert_string_equal(b->title, "B");
    assert_int_equal(strlen(a->token), 36);
    assert_string_not_equal(a->token, b->token);
    assert_true(a->created.has && a->updated.has);
    assert_int_equal(a->created.value.microseconds % 1000, 0);
    assert_int_equal(b->created.value.microseconds, 1000000);
    assert_false(a->edits.has);
    assert_sql(w, "select bool_and(updated > now() - interval '1 minute' and updated <= now() + interval '1 minute')::text from page",
               "true");

    /* Nothing is made where nothing has changed. */
    first = a->updated.value;
    sql_log_clear(&w->log);
    check(own.em, orm_flush(own.em));
    assert_int_equal(w->log.count, 0);
    a->title = "changed";
    check(own.em, orm_flush(own.em));
    assert_int_equal(a->edits.value, 1);
    assert_true(a->updated.value.microseconds > first.microseconds);
    assert_sql(w, "select slug || edits from page where edits is not null", "a1");

    /* What the user sets himself stays. */
    a->title = "again";
    a->edits = (orm_opt_int32)ORM_SOME(3);
    check(own.em, orm_flush(own.em));
    assert_int_equal(a->edits.value, 3);

    /* A generator that fails stops the flush. */
    sql_log_clear(&w->log);
    a->title = "never";
    assert_int_equal(orm_flush(own.em), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(own.em)->entity, "Page");
    assert_string_equal(orm_em_error(own.em)->property, "edits");
    assert_int_equal(w->log.count, 0);
    close_own(w, &own);
}

static void test_rows_without_entities(void **state)
{
    world    *w = *state;
    own_world own = open_own(w);
    orm_row   rows[] = { ORM_ROW({ "slug", orm_text("a") }),
                         ORM_ROW({ "title", orm_text("B") }, { "slug", orm_text("b") }) };
    orm_list  list;
    page     *one;
    char     *token;

    check(own.em, orm_insert_many(own.em, page, rows, 2, NULL));
    assert_sql(w, "select string_agg(slug || title || length(token), ',' order by slug) from page", "arow36,bB36");

    /* A row that is there keeps what was made when it was new, and gets what a change makes anew. */
    sql(w, "update page set created = '2020-01-01Z', updated = '2020-01-01Z'");
    token = sql_value(w, "select token from page where slug = 'a'");
    sql_log_clear(&w->log);
    check(own.em, orm_upsert_many(own.em, page, rows, 2, NULL, &list));
    assert_int_equal(list.count, 2);
    one = ORM_AT(list, page, 0);
    assert_string_equal(one->token, token);
    assert_string_equal(one->title, "row");
    assert_int_equal(one->created.value.microseconds, 1577836800000000);
    assert_true(one->updated.value.microseconds > 1577836800000000);
    assert_sql(w, "select bool_and(updated > '2021-01-01' and created < '2021-01-01')::text from page", "true");
    check(own.em, orm_flush(own.em));
    free(token);

    one = orm_upsert(own.em, page, &ORM_ROW({ "slug", orm_text("new") }, { "title", orm_text("N") }), NULL);
    assert_int_equal(strlen(one->token), 36);
    assert_true(one->created.has);
    one = orm_upsert(own.em, page, &ORM_ROW({ "slug", orm_text("new") }, { "title", orm_text("M") }),
                     &(orm_upsert_options){ .exclude_fields = ORM_NAMES("title", "updated") });
    assert_string_equal(one->title, "N");
    check(own.em, orm_native_update(own.em, page, NULL, &ORM_ROW({ "title", orm_text("x") }), NULL));
    assert_sql(w, "select count(*) from page where edits is not null", "0");
    close_own(w, &own);
}

static void test_bad_descriptors(void **state)
{
    typedef struct plain {
        int64_t       id;
        orm_timestamp at;
        struct plain *other;
    } plain;
    static const orm_property no_flag[] = { ORM_BIGINT(plain, id, .primary = true),
                                            ORM_TIMESTAMPTZ(plain, at, .on_create = orm_generate_now) };
    static const orm_property reference[] = {
        ORM_BIGINT(plain, id, .primary = true),
        ORM_MANY_TO_ONE(plain, other, .target = "Plain", .nullable = true, .on_create = orm_generate_uuid)
    };
    world            *w = *state;
    const orm_entity  bad[] = {
        { .name = "Plain", .size = sizeof(plain), .properties = no_flag, .property_count = 2 },
        { .name = "Plain", .size = sizeof(plain), .properties = reference, .property_count = 2 },
    };
    static const char *const messages[] = { "Plain.at: a value that is generated must say whether it is set",
                                            "Plain.other: the option on_create and on_update is for" };

    for (size_t i = 0; i < 2; i++) {
        const orm_entity *list[] = { &bad[i], NULL };
        orm_config        config = fixture_config(w, ORM_PRESET_NATIVE);
        orm_error         error;
        orm              *db;

        config.entities = list;
        assert_int_equal(orm_open(&config, &db, &error), ORM_ERR_METADATA);
        if (strstr(error.message, messages[i]) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.message, messages[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_flush, fresh),
        cmocka_unit_test_setup(test_rows_without_entities, fresh),
        cmocka_unit_test_setup(test_bad_descriptors, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
