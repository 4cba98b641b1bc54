/*
 * Every function of the public headers is called with NULL for each pointer that it takes, one at a time: it refuses, or
 * does what its header says of NULL. Nothing is sent and nothing pending is lost.
 */
#include "em_fixture.h"

#define EM (w->em)
#define TAG (&orm_entity_tag)

/* Each expression is a call with one thing missing. */
#define REFUSED(call) assert_int_equal((call), ORM_ERR_ARGUMENT)
#define NO_POINTER(call)                                                                                               \
    do {                                                                                                               \
        assert_null(call);                                                                                             \
        assert_int_equal(orm_em_error(EM)->status, ORM_ERR_ARGUMENT);                                                  \
    } while (0)

static orm_status do_nothing(orm_em *em, void *context)
{
    (void)em;
    (void)context;
    return ORM_OK;
}

static orm_status visit_nothing(orm_em *rows, void *entity, void *context)
{
    (void)entity;
    return do_nothing(rows, context);
}

/* A pending tag is there all the time, and must be when the test ends. */
static void *pending(world *w)
{
    tag *t = orm_create(EM, tag, .name = "pending");

    assert_non_null(t);
    sql_log_clear(&w->log);
    return t;
}

static void still_pending(world *w)
{
    assert_int_equal(w->log.count, 0);
    check(EM, orm_flush(EM));
    assert_sql(w, "select count(*) from tag where name = 'pending'", "1");
}

static void test_em(void **state)
{
    world          *w = *state;
    void           *t = pending(w);
    const orm_value value = orm_text("x");
    orm_value       read;

    assert_null(orm_fork(NULL, NULL));
    orm_em_close(NULL);
    assert_int_equal(orm_em_error(NULL)->status, ORM_ERR_ARGUMENT);
    assert_null(orm_em_orm(NULL));
    assert_null(orm_create_copy(NULL, TAG, NULL));
    NO_POINTER(orm_create_copy(EM, NULL, NULL));
    assert_null(orm_create_transient_copy(NULL, TAG, NULL));
    NO_POINTER(orm_create_transient_copy(EM, NULL, NULL));
    assert_null(orm_create_with(NULL, TAG, NULL, 0));
    NO_POINTER(orm_create_with(EM, NULL, NULL, 0));
    NO_POINTER(orm_create_with(EM, TAG, NULL, 1));
    assert_null(orm_create_with(EM, TAG, &(orm_assignment){ .property = NULL }, 1));
    assert_null(orm_reference_by_key(NULL, TAG, orm_int(1)));
    NO_POINTER(orm_reference_by_key(EM, NULL, orm_int(1)));
    assert_null(orm_strdup(NULL, "x"));
    assert_null(orm_strdup(EM, NULL));
    REFUSED(orm_get(NULL, t, "name", &read));
    REFUSED(orm_get(EM, NULL, "name", &read));
    REFUSED(orm_get(EM, t, NULL, &read));
    REFUSED(orm_get(EM, t, "name", NULL));
    REFUSED(orm_set(NULL, t, "name", &value));
    REFUSED(orm_set(EM, NULL, "name", &value));
    REFUSED(orm_set(EM, t, NULL, &value));
    REFUSED(orm_set(EM, t, "name", NULL));
    REFUSED(orm_assign(NULL, t, NULL, 0));
    REFUSED(orm_assign(EM, NULL, NULL, 0));
    REFUSED(orm_assign(EM, t, NULL, 1));
    assert_int_not_equal(orm_assign(EM, t, &(orm_assignment){ .property = NULL }, 1), ORM_OK);
    assert_null(orm_entity_of(NULL, t));
    assert_null(orm_entity_of(EM, NULL));
    assert_false(orm_is_initialized(NULL, t));
    assert_false(orm_is_initialized(EM, NULL));
    REFUSED(orm_persist(NULL, t));
    REFUSED(orm_persist(EM, NULL));
    REFUSED(orm_remove(NULL, t));
    REFUSED(orm_remove(EM, NULL));
    REFUSED(orm_flush(NULL));
    REFUSED(orm_clear(NULL));
    REFUSED(orm_set_filter(NULL, "f", ORM_ON));
    REFUSED(orm_set_filter(EM, NULL, ORM_ON));
    REFUSED(orm_set_filter_params(NULL, "f", NULL, 0));
    REFUSED(orm_set_filter_params(EM, NULL, NULL, 0));
    assert_int_not_equal(orm_set_filter_params(EM, "f", NULL, 1), ORM_OK);
    REFUSED(orm_uow_change_sets(NULL, &(orm_changes){ .entity_count = 0 }));
    REFUSED(orm_uow_change_sets(EM, NULL));
    REFUSED(orm_subscribe(NULL, &(orm_subscriber){ .events = 0 }));
    REFUSED(orm_subscribe(EM, NULL));
    REFUSED(orm_subscribe(EM, &(orm_subscriber){ .handle = NULL }));
    still_pending(w);
}

static void test_rows(void **state)
{
    world *w = *state;

    pending(w);
    REFUSED(orm_execute(NULL, "select 1", NULL, 0, NULL));
    REFUSED(orm_execute(EM, NULL, NULL, 0, NULL));
    REFUSED(orm_execute(EM, "select $1::text", NULL, 1, NULL));
    orm_rows_free(EM, NULL);
    orm_rows_free(NULL, NULL);
    assert_int_equal(orm_rows_count(NULL), 0);
    assert_int_equal(orm_rows_columns(NULL), 0);
    assert_null(orm_rows_name(NULL, 0));
    assert_int_equal(orm_rows_type(NULL, 0), 0);
    assert_null(orm_rows_text(NULL, 0, 0));
    assert_int_equal(orm_rows_affected(NULL), -1);
    (void)orm_rows_command(NULL);
    NO_POINTER(orm_map_row_to(EM, TAG, NULL, 0));
    assert_null(orm_map_row_to(NULL, TAG, NULL, 0));
    still_pending(w);
}

static void test_transactions(void **state)
{
    world *w = *state;

    pending(w);
    REFUSED(orm_set_flush_mode(NULL, ORM_FLUSH_AUTO));
    assert_int_equal(orm_flush_mode_of(NULL), ORM_FLUSH_AUTO);
    REFUSED(orm_begin(NULL, NULL));
    REFUSED(orm_commit(NULL));
    REFUSED(orm_rollback(NULL));
    assert_false(orm_in_transaction(NULL));
    REFUSED(orm_transactional(NULL, do_nothing, NULL, NULL));
    REFUSED(orm_transactional(EM, NULL, NULL, NULL));
    assert_int_equal(orm_attempt(NULL), 0);
    REFUSED(orm_cancel(NULL));
    REFUSED(orm_set_deadline(NULL, 0));
    REFUSED(orm_set_label(NULL, "x"));
    check(EM, orm_set_label(EM, NULL));
    REFUSED(orm_lock(NULL, NULL, ORM_LOCK_OPTIMISTIC, NULL));
    REFUSED(orm_lock(EM, NULL, ORM_LOCK_OPTIMISTIC, NULL));
    still_pending(w);
}

static void test_find(void **state)
{
    world             *w = *state;
    orm_list           list;
    uint64_t           total;
    orm_page           page;
    orm_cursor_options options = { .first = 1 };

    pending(w);
    assert_null(orm_list_at(NULL, 0));
    assert_null(orm_list_at(&(orm_list){ .items = NULL }, 0));
    REFUSED(orm_find_entities(NULL, TAG, NULL, NULL, &list));
    REFUSED(orm_find_entities(EM, NULL, NULL, NULL, &list));
    REFUSED(orm_find_entities(EM, TAG, NULL, NULL, NULL));
    assert_null(orm_find_one_entity(NULL, TAG, NULL, NULL));
    NO_POINTER(orm_find_one_entity(EM, NULL, NULL, NULL));
    assert_null(orm_find_one_or_fail_entity(NULL, TAG, NULL, NULL));
    NO_POINTER(orm_find_one_or_fail_entity(EM, NULL, NULL, NULL));
    REFUSED(orm_count_entities(NULL, TAG, NULL, &total));
    REFUSED(orm_count_entities(EM, NULL, NULL, &total));
    REFUSED(orm_count_entities(EM, TAG, NULL, NULL));
    REFUSED(orm_count_entities_with(NULL, TAG, NULL, NULL, &total));
    REFUSED(orm_count_entities_with(EM, NULL, NULL, NULL, &total));
    REFUSED(orm_count_entities_with(EM, TAG, NULL, NULL, NULL));
    REFUSED(orm_find_and_count_entities(NULL, TAG, NULL, NULL, &list, &total));
    REFUSED(orm_find_and_count_entities(EM, NULL, NULL, NULL, &list, &total));
    REFUSED(orm_find_and_count_entities(EM, TAG, NULL, NULL, NULL, &total));
    REFUSED(orm_find_and_count_entities(EM, TAG, NULL, NULL, &list, NULL));
    REFUSED(orm_stream_entities(NULL, TAG, NULL, NULL, visit_nothing, NULL));
    REFUSED(orm_stream_entities(EM, NULL, NULL, NULL, visit_nothing, NULL));
    REFUSED(orm_stream_entities(EM, TAG, NULL, NULL, NULL, NULL));
    REFUSED(orm_find_page(NULL, TAG, NULL, &options, &page));
    REFUSED(orm_find_page(EM, NULL, NULL, &options, &page));
    assert_int_not_equal(orm_find_page(EM, TAG, NULL, NULL, &page), ORM_OK);
    assert_int_not_equal(orm_find_page(EM, TAG, NULL, &options, &page), ORM_OK); /* no find, so no order */
    REFUSED(orm_find_page(EM, TAG, NULL, &options, NULL));
    REFUSED(orm_populate(NULL, NULL, 0, ORM_PATHS("x"), NULL));
    REFUSED(orm_populate(EM, NULL, 1, ORM_PATHS("x"), NULL));
    REFUSED(orm_populate(EM, (void *const[]){ NULL }, 1, ORM_PATHS("x"), NULL));
    assert_int_not_equal(orm_find(EM, tag, &((orm_condition){ .op = ORM_OP_EQ }), NULL, &list), ORM_OK);
    assert_int_not_equal(orm_find(EM, tag, &((orm_condition){ .op = ORM_OP_OR, .child_count = 2 }), NULL, &list),
                         ORM_OK);
    assert_int_not_equal(orm_find(EM, tag, &((orm_condition){ .op = ORM_OP_RELATED }), NULL, &list), ORM_OK);
    assert_int_not_equal(
        orm_find(EM, tag, &orm_in("name", ((orm_value){ .kind = ORM_VALUE_LIST, .as.list.count = 2 })), NULL, &list),
        ORM_OK);
    still_pending(w);
}

static void test_collections(void **state)
{
    world          *w = *state;
    void           *t = pending(w);
    author         *a = orm_create(EM, author, .name = "A", .email = "a@x");
    orm_collection *books = a->books;
    uint64_t        total;
    orm_list        list;

    assert_false(orm_collection_is_initialized(NULL));
    assert_int_equal(orm_collection_count(NULL), 0);
    assert_null(orm_collection_at(NULL, 0));
    assert_false(orm_collection_contains(NULL, t));
    assert_false(orm_collection_contains(books, NULL));
    assert_null(orm_collection_of(NULL, a, "books"));
    NO_POINTER(orm_collection_of(EM, NULL, "books"));
    NO_POINTER(orm_collection_of(EM, a, NULL));
    REFUSED(orm_collection_add(NULL, books, a));
    REFUSED(orm_collection_add(EM, NULL, a));
    REFUSED(orm_collection_add(EM, books, NULL));
    REFUSED(orm_collection_remove(NULL, books, a));
    REFUSED(orm_collection_remove(EM, NULL, a));
    REFUSED(orm_collection_remove(EM, books, NULL));
    REFUSED(orm_collection_set(NULL, books, NULL, 0));
    REFUSED(orm_collection_set(EM, NULL, NULL, 0));
    REFUSED(orm_collection_set(EM, books, NULL, 1));
    REFUSED(orm_collection_set(EM, books, (void *const[]){ NULL }, 1));
    REFUSED(orm_collection_remove_all(NULL, books));
    REFUSED(orm_collection_remove_all(EM, NULL));
    REFUSED(orm_collection_load(NULL, books, NULL));
    REFUSED(orm_collection_load(EM, NULL, NULL));
    REFUSED(orm_collection_load_count(NULL, books, NULL, &total));
    REFUSED(orm_collection_load_count(EM, NULL, NULL, &total));
    REFUSED(orm_collection_load_count(EM, books, NULL, NULL));
    REFUSED(orm_collection_matching(NULL, books, NULL, NULL, &list));
    REFUSED(orm_collection_matching(EM, NULL, NULL, NULL, &list));
    REFUSED(orm_collection_matching(EM, books, NULL, NULL, NULL));
    still_pending(w);
}

static void test_writing(void **state)
{
    world        *w = *state;
    const orm_row row = ORM_ROW({ "name", orm_text("x") });
    const orm_row hollow = { .count = 1 };
    const orm_row unnamed = ORM_ROW({ NULL, orm_text("x") });
    orm_list      list;

    pending(w);
    REFUSED(orm_insert_row(NULL, TAG, &row, NULL));
    REFUSED(orm_insert_row(EM, NULL, &row, NULL));
    REFUSED(orm_insert_row(EM, TAG, NULL, NULL));
    REFUSED(orm_insert_row(EM, TAG, &hollow, NULL));
    assert_int_not_equal(orm_insert_row(EM, TAG, &unnamed, NULL), ORM_OK);
    REFUSED(orm_insert_rows(NULL, TAG, &row, 1, NULL));
    REFUSED(orm_insert_rows(EM, NULL, &row, 1, NULL));
    REFUSED(orm_insert_rows(EM, TAG, NULL, 1, NULL));
    check(EM, orm_insert_rows(EM, TAG, NULL, 0, NULL));
    REFUSED(orm_native_update_rows(NULL, TAG, NULL, &row, NULL));
    REFUSED(orm_native_update_rows(EM, NULL, NULL, &row, NULL));
    REFUSED(orm_native_update_rows(EM, TAG, NULL, NULL, NULL));
    REFUSED(orm_native_update_rows(EM, TAG, NULL, &hollow, NULL));
    assert_int_not_equal(orm_native_update_rows(EM, TAG, NULL, &unnamed, NULL), ORM_OK);
    REFUSED(orm_native_delete_rows(NULL, TAG, NULL, NULL));
    REFUSED(orm_native_delete_rows(EM, NULL, NULL, NULL));
    assert_null(orm_upsert_row(NULL, TAG, &row, NULL));
    NO_POINTER(orm_upsert_row(EM, NULL, &row, NULL));
    NO_POINTER(orm_upsert_row(EM, TAG, NULL, NULL));
    NO_POINTER(orm_upsert_row(EM, TAG, &hollow, NULL));
    assert_null(orm_upsert_row(EM, TAG, &unnamed, NULL));
    REFUSED(orm_upsert_rows(NULL, TAG, &row, 1, NULL, &list));
    REFUSED(orm_upsert_rows(EM, NULL, &row, 1, NULL, &list));
    REFUSED(orm_upsert_rows(EM, TAG, NULL, 1, NULL, &list));
    check(EM, orm_upsert_rows(EM, TAG, NULL, 0, NULL, &list));
    assert_int_equal(list.count, 0);
    assert_null(orm_merge_row(NULL, TAG, &row, false));
    NO_POINTER(orm_merge_row(EM, NULL, &row, false));
    NO_POINTER(orm_merge_row(EM, TAG, NULL, false));
    NO_POINTER(orm_merge_row(EM, TAG, &hollow, false));
    assert_null(orm_merge_row(EM, TAG, &unnamed, false));
    still_pending(w);
}

static void test_json(void **state)
{
    world      *w = *state;
    void       *t = pending(w);
    orm_list    list = { .items = &t, .count = 1 };
    orm_list    hollow = { .items = NULL, .count = 1 };
    void       *no_entity = NULL;
    orm_list    empty = { .items = &no_entity, .count = 1 };
    const char *out;

    REFUSED(orm_to_json(NULL, t, NULL, &out));
    REFUSED(orm_to_json(EM, NULL, NULL, &out));
    REFUSED(orm_to_json(EM, t, NULL, NULL));
    REFUSED(orm_list_to_json(NULL, &list, NULL, &out));
    REFUSED(orm_list_to_json(EM, NULL, NULL, &out));
    REFUSED(orm_list_to_json(EM, &list, NULL, NULL));
    REFUSED(orm_list_to_json(EM, &hollow, NULL, &out));
    REFUSED(orm_list_to_json(EM, &empty, NULL, &out));
    still_pending(w);
}

static void test_orm(void **state)
{
    world             *w = *state;
    orm               *opened = w->db;
    orm_error          error;
    orm_server_info    info;
    orm_builder       *builder = orm_builder_new(NULL);
    orm_entity        *made;
    const orm_entity   options = { .name = "Made" };
    const orm_property property = { .name = "id", .type = ORM_TYPE_UUID, .primary = true };

    pending(w);
    REFUSED(orm_open(NULL, &opened, &error));
    assert_null(opened);
    REFUSED(orm_open(&(orm_config){ .url = "x" }, NULL, NULL));
    orm_close(NULL);
    assert_null(orm_entity_named(NULL, "Tag"));
    assert_null(orm_entity_named(w->db, NULL));
    REFUSED(orm_server(NULL, &info, &error));
    REFUSED(orm_server(w->db, NULL, NULL));
    assert_int_equal(orm_pool_stats_of(NULL).max, 0);
    orm_trim_connections(NULL);
    (void)orm_settings_of(NULL);
    REFUSED(orm_schema_create(NULL, NULL, NULL));
    REFUSED(orm_schema_drop(NULL, NULL, &error));
    REFUSED(orm_schema_update(NULL, NULL, NULL));
    assert_null(orm_schema_create_sql(NULL, NULL));
    assert_null(orm_schema_drop_sql(NULL, NULL, &error));

    assert_non_null(builder);
    assert_null(orm_builder_entity(NULL, &options, NULL));
    assert_null(orm_builder_entity(builder, NULL, &error));
    made = orm_builder_entity(builder, &options, &error);
    assert_non_null(made);
    REFUSED(orm_builder_property(NULL, made, &property, NULL));
    REFUSED(orm_builder_property(builder, NULL, &property, &error));
    REFUSED(orm_builder_property(builder, made, NULL, NULL));
    assert_null(orm_builder_entities(NULL));
    orm_builder_free(builder);
    orm_builder_free(NULL);
    still_pending(w);
}

static void test_values(void **state)
{
    world        *w = *state;
    orm_uuid      uuid;
    orm_date      date;
    orm_timestamp time;
    orm_value     value;
    orm_error     error;

    pending(w);
    assert_int_equal(orm_text(NULL).kind, ORM_VALUE_NULL);
    assert_int_equal(orm_entity_value(NULL).kind, ORM_VALUE_NULL);
    (void)orm_param_value(NULL);
    (void)orm_list_value(NULL, 0);
    assert_false(orm_uuid_parse(NULL, &uuid));
    assert_false(orm_date_parse(NULL, &date));
    assert_false(orm_timestamp_parse(NULL, &time));
    assert_null(orm_filter_value(NULL, "x"));
    assert_null(orm_filter_value(&(orm_filter_call){ .em = EM }, NULL));
    assert_null(orm_filter_alloc(NULL, 1));
    assert_null(orm_filter_alloc(&(orm_filter_call){ .em = NULL }, 1));
    assert_null(orm_memory_alloc(NULL, 1));
    assert_null(orm_memory_strdup(NULL, "x"));
    assert_int_equal(orm_custom_fail(NULL, ORM_ERR_VALIDATION, "%s", "x"), ORM_ERR_VALIDATION);
    assert_int_equal(orm_custom_fail(&error, ORM_ERR_VALIDATION, "%s", "x"), ORM_ERR_VALIDATION);
    REFUSED(orm_generate_now(NULL, NULL, NULL, &value));
    REFUSED(orm_generate_now(EM, &tag_properties[0], NULL, NULL));
    REFUSED(orm_generate_uuid(NULL, NULL, NULL, &value));
    REFUSED(orm_generate_uuid(EM, &tag_properties[0], NULL, NULL));
    assert_non_null(orm_status_name((orm_status)9999));
    assert_null(orm_status_mikroorm_name((orm_status)9999));
    assert_non_null(orm_event_name((orm_event_kind)9999));
    assert_null(orm_operator_word((orm_operator)9999));
    still_pending(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_em, fresh),           cmocka_unit_test_setup(test_rows, fresh),
        cmocka_unit_test_setup(test_transactions, fresh), cmocka_unit_test_setup(test_find, fresh),
        cmocka_unit_test_setup(test_collections, fresh),  cmocka_unit_test_setup(test_writing, fresh),
        cmocka_unit_test_setup(test_json, fresh),         cmocka_unit_test_setup(test_orm, fresh),
        cmocka_unit_test_setup(test_values, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
