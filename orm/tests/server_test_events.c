/* Who is told of what, in which order, and what handlers may and may not do. */
#include "em_fixture.h"

typedef struct note {
    int64_t         id;
    const char     *text;
    const char     *code;
    orm_opt_int32   touched;
    struct note    *parent;
    orm_collection *children;
} note;
static const orm_property note_properties[] = {
    ORM_BIGINT(note, id, .primary = true),
    ORM_STRING(note, text),
    ORM_STRING(note, code, .unique = true),
    ORM_INTEGER(note, touched, .nullable = true),
    ORM_MANY_TO_ONE(note, parent, .target = "Note", .nullable = true),
    ORM_ONE_TO_MANY(note, children, .target = "Note", .mapped_by = "parent"),
};
ORM_ENTITY(note, "Note", note_properties);

typedef struct event_tag {
    int64_t     id;
    const char *name;
} event_tag;
static orm_status         tag_event(void *context, const orm_event *event);
static char               tag_events[512];
static const orm_property event_tag_properties[] = { ORM_BIGINT(event_tag, id, .primary = true),
                                                     ORM_STRING(event_tag, name) };
ORM_ENTITY(event_tag, "Tag", event_tag_properties, .on_event = tag_event, .event_context = tag_events);

/* One subscriber writes down what it hears, and does what the test wants done at one kind of event. */
typedef struct listener {
    char           heard[4096];
    orm_event_kind at;
    orm_status (*act)(struct listener *l, const orm_event *event);
    note      *other;
    orm_status got;
} listener;

static void write_down(char *to, size_t size, const orm_event *event)
{
    size_t      used = strlen(to);
    const note *n = event->descriptor == &orm_entity_note ? event->entity : NULL;

    (void)snprintf(to + used, size - used, "%s%s%s%s", used > 0 ? " " : "", orm_event_name(event->kind),
                   n != NULL ? ":" : "", n != NULL ? n->text : "");
    used = strlen(to);
    if (event->level > 0)
        (void)snprintf(to + used, size - used, "%u", event->level);
}

static orm_status listen(void *context, const orm_event *event)
{
    listener *l = context;

    write_down(l->heard, sizeof l->heard, event);
    return l->act != NULL && event->kind == l->at ? l->act(l, event) : ORM_OK;
}

static orm_status tag_event(void *context, const orm_event *event)
{
    write_down(context, sizeof tag_events, event);
    return ORM_OK;
}

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(note, event_tag));
}

static int in_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, ORM_ENTITIES(note, event_tag));
}

static int empty(void **state)
{
    world    *w = *state;
    orm_error error;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    sql(w, "truncate note, tag restart identity cascade");
    sql_log_clear(&w->log);
    tag_events[0] = '\0';
    return 0;
}

static void subscribe(world *w, listener *l)
{
    check(w->em, orm_subscribe(w->em, &(orm_subscriber){ .handle = listen, .context = l }));
}

static void test_order(void **state)
{
    world   *w = *state;
    listener l = { .act = NULL };
    note    *a;
    note    *b;

    subscribe(w, &l);
    a = orm_create(w->em, note, .text = "a", .code = "a");
    b = orm_create(w->em, note, .text = "b", .code = "b");
    check(w->em, orm_flush(w->em));
    assert_string_equal(l.heard, "onInit:a onInit:b beforeFlush onFlush beforeTransactionStart1 afterTransactionStart1 "
                                 "beforeCreate:a beforeCreate:b afterCreate:a afterCreate:b beforeTransactionCommit1 "
                                 "afterTransactionCommit1 afterFlush");
    l.heard[0] = '\0';
    check(w->em, orm_flush(w->em));
    assert_string_equal(l.heard, "beforeFlush onFlush afterFlush");
    l.heard[0] = '\0';
    a->text = "A";
    a->code = "A";
    check(w->em, orm_remove(w->em, b));
    check(w->em, orm_flush(w->em));
    assert_string_equal(l.heard, "beforeFlush onFlush beforeTransactionStart1 afterTransactionStart1 beforeUpdate:A "
                                 "afterUpdate:A beforeDelete:b afterDelete:b beforeTransactionCommit1 "
                                 "afterTransactionCommit1 afterFlush");
}

static void test_transactions(void **state)
{
    world   *w = *state;
    listener l = { .act = NULL };

    subscribe(w, &l);
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_rollback(w->em));
    check(w->em, orm_rollback(w->em));
    assert_string_equal(l.heard, "beforeTransactionStart1 afterTransactionStart1 beforeTransactionStart2 "
                                 "afterTransactionStart2 beforeTransactionRollback2 afterTransactionRollback2 "
                                 "beforeTransactionRollback1 afterTransactionRollback1");
}

static void test_loading(void **state)
{
    world   *w = *state;
    listener l = { .act = NULL };
    orm_list list;

    sql(w, "insert into note (text, code) values ('a', 'a'), ('b', 'b'); update note set parent_id = 1 where id = 2");
    check(w->em, orm_subscribe(w->em, &(orm_subscriber){ .handle = listen,
                                                         .context = &l,
                                                         .events = ORM_EVENT_BIT(ORM_EVENT_INIT) |
                                                                   ORM_EVENT_BIT(ORM_EVENT_LOAD) }));
    assert_non_null(orm_find_one(w->em, note, &orm_eq("code", "b"), NULL));
    assert_string_equal(l.heard, "onInit:b onLoad:b");
    l.heard[0] = '\0';
    /* The parent was a stub; what is loaded already is not told again, but for a refresh. */
    check(w->em, orm_find(w->em, note, NULL, (&(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_string_equal(l.heard, "onLoad:a");
    l.heard[0] = '\0';
    check(w->em, orm_find(w->em, note, NULL,
                          (&(orm_find_options){ .refresh = true, .order_by = ORM_ORDER({ "id", ORM_ASC }) }), &list));
    assert_string_equal(l.heard, "onLoad:a onLoad:b");
}

static void test_entity_s_own(void **state)
{
    world     *w = *state;
    listener   l = { .act = NULL };
    event_tag *t;

    check(w->em, orm_subscribe(w->em, &(orm_subscriber){ .handle = listen,
                                                         .context = &l,
                                                         .entities = ORM_ENTITIES(note),
                                                         .events = ORM_EVENT_BIT(ORM_EVENT_INIT) }));
    t = orm_create(w->em, event_tag, .name = "t");
    assert_non_null(t);
    check(w->em, orm_flush(w->em));
    assert_string_equal(l.heard, "");
    assert_string_equal(tag_events, "onInit beforeCreate afterCreate");
}

static orm_status touch(listener *l, const orm_event *event)
{
    note *n = event->entity;
    char  text[] = "changed";

    (void)l;
    n->text = orm_strdup(event->em, text);
    n->touched = (orm_opt_int32)ORM_SOME(1);
    return ORM_OK;
}

static void test_changes_before_are_written(void **state)
{
    world   *w = *state;
    listener l = { .at = ORM_EVENT_BEFORE_CREATE, .act = touch };
    note    *a;

    subscribe(w, &l);
    a = orm_create(w->em, note, .text = "a", .code = "a");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select text || touched from note", "changed1");
    a->touched.has = false;
    l.at = ORM_EVENT_BEFORE_UPDATE;
    a->text = "b";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select text || touched from note", "changed1");
    sql_log_clear(&w->log);
    l.act = NULL;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
}

static orm_status add_child(listener *l, const orm_event *event)
{
    l->act = NULL;
    return orm_create(event->em, note, .text = "child", .code = "child", .parent = l->other) != NULL ? ORM_OK
                                                                                                     : ORM_ERR_DRIVER;
}

static void test_flush_events_may_add(void **state)
{
    world   *w = *state;
    listener l = { .at = ORM_EVENT_ON_FLUSH, .act = add_child };

    subscribe(w, &l);
    l.other = orm_create(w->em, note, .text = "a", .code = "a");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select c.text from note c join note p on p.id = c.parent_id where p.text = 'a'", "child");
    /* In a flush that has nothing to write otherwise, too. */
    sql(w, "delete from note where text = 'child'");
    l.act = add_child;
    l.at = ORM_EVENT_BEFORE_FLUSH;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from note where text = 'child'", "1");
}

static orm_status refer_to_new(listener *l, const orm_event *event)
{
    note *n = event->entity;

    l->act = NULL;
    n->parent = orm_create(event->em, note, .text = "late", .code = "late");
    return ORM_OK;
}

static void test_too_late_for_something_new(void **state)
{
    world   *w = *state;
    listener l = { .at = ORM_EVENT_BEFORE_CREATE, .act = refer_to_new };

    subscribe(w, &l);
    orm_create(w->em, note, .text = "a", .code = "a");
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Note", "parent");
    /* Nothing is lost: the next flush knows both. */
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from note", "2");
}

static orm_status do_what_is_refused(listener *l, const orm_event *event)
{
    orm_status all[] = {
        orm_flush(event->em),       orm_clear(event->em),
        orm_begin(event->em, NULL), orm_commit(event->em),
        orm_rollback(event->em),    orm_subscribe(event->em, &(orm_subscriber){ .handle = listen, .context = l })
    };
    orm_list list;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] != ORM_ERR_VALIDATION)
            l->got = all[i] == ORM_OK ? ORM_ERR_DRIVER : all[i];
    /* Reading is allowed, and what was read stays. */
    if (orm_find(event->em, note, NULL, NULL, &list) != ORM_OK)
        return ORM_ERR_DRIVER;
    l->other = orm_list_at(&list, 0);
    return ORM_OK;
}

static void test_what_is_refused(void **state)
{
    static const orm_event_kind kinds[] = { ORM_EVENT_BEFORE_CREATE, ORM_EVENT_AFTER_CREATE, ORM_EVENT_ON_FLUSH,
                                            ORM_EVENT_BEFORE_TRANSACTION_COMMIT };
    world                      *w = *state;

    sql(w, "insert into note (text, code) values ('there', 'there')");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        listener  l = { .at = kinds[i], .act = do_what_is_refused };
        orm_error error;
        char      code[2] = { (char)('0' + (int)i), '\0' };

        orm_em_close(w->em);
        w->em = orm_fork(w->db, &error);
        subscribe(w, &l);
        orm_create(w->em, note, .text = "x", .code = code);
        check(w->em, orm_flush(w->em));
        assert_int_equal(l.got, ORM_OK);
        assert_non_null(l.other);
        assert_string_equal(l.other->text, "there");
    }
    assert_sql(w, "select count(*) from note", "5");
}

static orm_status refuse(listener *l, const orm_event *event)
{
    (void)event;
    return l->got;
}

static void test_a_handler_that_fails(void **state)
{
    static const orm_event_kind kinds[] = { ORM_EVENT_BEFORE_FLUSH,
                                            ORM_EVENT_ON_FLUSH,
                                            ORM_EVENT_BEFORE_TRANSACTION_START,
                                            ORM_EVENT_AFTER_TRANSACTION_START,
                                            ORM_EVENT_BEFORE_CREATE,
                                            ORM_EVENT_AFTER_CREATE,
                                            ORM_EVENT_BEFORE_TRANSACTION_COMMIT };
    world                      *w = *state;
    listener                    l = { .got = ORM_ERR_READ_ONLY };
    note                       *a;

    subscribe(w, &l);
    a = orm_create(w->em, note, .text = "a", .code = "a");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        l.at = kinds[i];
        l.act = refuse;
        assert_int_equal(orm_flush(w->em), ORM_ERR_READ_ONLY);
        assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_READ_ONLY);
        assert_non_null(strstr(orm_em_error(w->em)->message, orm_event_name(kinds[i])));
        assert_false(orm_in_transaction(w->em));
        l.act = NULL;
        assert_sql(w, "select count(*) from note", "0");
    }
    check(w->em, orm_flush(w->em));
    l.act = refuse;
    l.at = ORM_EVENT_BEFORE_DELETE;
    check(w->em, orm_remove(w->em, a));
    assert_int_equal(orm_flush(w->em), ORM_ERR_READ_ONLY);
    l.act = NULL;
    assert_sql(w, "select count(*) from note", "1");
    l.act = refuse;
    l.at = ORM_EVENT_INIT;
    assert_null(orm_create(w->em, note, .text = "b", .code = "b"));
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_READ_ONLY);
    l.act = NULL;
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from note", "0");
    sql(w, "insert into note (text, code) values ('x', 'x')");
    l.act = refuse;
    l.at = ORM_EVENT_LOAD;
    assert_null(orm_find_one(w->em, note, NULL, NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_READ_ONLY);
}

static orm_status look_at_row(listener *l, const orm_event *event)
{
    assert_non_null(event->row);
    assert_null(event->entity);
    assert_ptr_equal(event->descriptor, &orm_entity_note);
    return strcmp(event->row->values[1].value.as.text, "bad") == 0 ? l->got : ORM_OK;
}

static void test_upserts(void **state)
{
    world   *w = *state;
    listener l = { .at = ORM_EVENT_BEFORE_UPSERT, .act = look_at_row, .got = ORM_ERR_READ_ONLY };
    orm_row  rows[] = { ORM_ROW({ "code", orm_text("a") }, { "text", orm_text("A") }),
                        ORM_ROW({ "code", orm_text("b") }, { "text", orm_text("B") }) };
    orm_list list;

    subscribe(w, &l);
    check(w->em, orm_upsert_many(w->em, note, rows, 2, NULL, &list));
    assert_string_equal(l.heard, "beforeUpsert beforeUpsert onInit:A onInit:B onLoad:A onLoad:B afterUpsert:A afterUpsert:B");
    l.heard[0] = '\0';
    rows[0] = ORM_ROW({ "code", orm_text("a") }, { "text", orm_text("again") });
    assert_non_null(orm_upsert(w->em, note, &rows[0], NULL));
    assert_string_equal(l.heard, "beforeUpsert onLoad:again afterUpsert:again");

    /* Who hears of it before can refuse it; nothing is sent then. */
    sql_log_clear(&w->log);
    rows[1] = ORM_ROW({ "code", orm_text("b") }, { "text", orm_text("bad") });
    assert_int_equal(orm_upsert_many(w->em, note, rows, 2, NULL, &list), ORM_ERR_READ_ONLY);
    assert_int_equal(w->log.count, 0);
}

static void test_bad_input(void **state)
{
    world         *w = *state;
    orm_error      error;
    orm           *db = NULL;
    orm_subscriber deaf = { .handle = NULL };

    assert_int_equal(orm_subscribe(NULL, &deaf), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_subscribe(w->em, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_subscribe(w->em, &deaf), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_open(&(orm_config){ .lazy = true, .subscribers = &deaf, .subscriber_count = 1 }, &db, &error),
                     ORM_ERR_CONFIG);
    assert_int_equal(orm_open(&(orm_config){ .lazy = true, .subscriber_count = 1 }, &db, &error), ORM_ERR_CONFIG);
    assert_string_equal(orm_event_name(ORM_EVENT_COUNT_), "unknown event");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_order, empty),
        cmocka_unit_test_setup(test_transactions, empty),
        cmocka_unit_test_setup(test_loading, empty),
        cmocka_unit_test_setup(test_entity_s_own, empty),
        cmocka_unit_test_setup(test_changes_before_are_written, empty),
        cmocka_unit_test_setup(test_flush_events_may_add, empty),
        cmocka_unit_test_setup(test_too_late_for_something_new, empty),
        cmocka_unit_test_setup(test_what_is_refused, empty),
        cmocka_unit_test_setup(test_a_handler_that_fails, empty),
        cmocka_unit_test_setup(test_upserts, empty),
        cmocka_unit_test_setup(test_bad_input, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, in_mikroorm, close_emptied);
}
