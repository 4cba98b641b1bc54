/*
 * What is loaded, whatever the statements: strategies, limits of what is populated, partial loading, pages; and what is
 * refused before anything is sent.
 */
#include "mikro_fixture.h"

static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };

static void test_strategies_load_the_same(void **state)
{
    mikro_world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        orm_list  authors;
        m_author *john;
        m_book   *b3;

        must(w, orm_clear(w->em));
        must(w, orm_find(w->em, m_author, NULL,
                         (&(orm_find_options){ .populate = ORM_PATHS("books.publisher", "fav.books", "profile"),
                                               .strategy = strategies[i],
                                               .order_by = ORM_ORDER({ "name", ORM_ASC }, { "books.title", ORM_ASC }) }),
                         &authors));
        assert_int_equal(authors.count, 3);
        john = ORM_AT(authors, m_author, 2);
        assert_string_equal(john->name, "John");
        assert_int_equal(orm_collection_count(john->books), 3);
        b3 = ORM_ITEM(john->books, m_book, 2);
        assert_string_equal(b3->title, "b3");
        assert_ptr_equal(b3->author, john);
        assert_string_equal(b3->publisher->name, "Pub");
        assert_string_equal(john->profile->bio, "bio");
        assert_ptr_equal(john->fav, ORM_AT(authors, m_author, 1));
        assert_int_equal(orm_collection_count(john->fav->books), 1);
        assert_null(john->fav->profile);
        assert_true(orm_collection_is_initialized(ORM_AT(authors, m_author, 0)->books));
        assert_int_equal(orm_collection_count(ORM_AT(authors, m_author, 0)->books), 0);
        mikro_log_clear(w);
        must(w, orm_flush(w->em));
        assert_int_equal(w->count, 0);
    }
}

static void test_many_to_many(void **state)
{
    mikro_world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        orm_list books;
        m_book  *b1;

        must(w, orm_clear(w->em));
        must(w, orm_find(w->em, m_book, NULL,
                         (&(orm_find_options){ .populate = ORM_PATHS("tags"),
                                               .strategy = strategies[i],
                                               .order_by = ORM_ORDER({ "id", ORM_ASC }, { "tags.name", ORM_DESC }) }),
                         &books));
        b1 = ORM_AT(books, m_book, 0);
        assert_int_equal(books.count, 4);
        assert_int_equal(orm_collection_count(b1->tags), 2);
        assert_string_equal(ORM_ITEM(b1->tags, m_tag, 0)->name, "t2");
        assert_int_equal(orm_collection_count(ORM_AT(books, m_book, 3)->tags), 0);
        assert_true(orm_collection_is_initialized(ORM_AT(books, m_book, 3)->tags));

        must(w, orm_clear(w->em));
        must(w, orm_find(w->em, m_book, &orm_eq("tags.name", "t2"),
                         (&(orm_find_options){ .populate = ORM_PATHS("tags", "author.books"),
                                               .strategy = strategies[i],
                                               .populate_infer = true,
                                               .order_by = ORM_ORDER({ "id", ORM_ASC }) }),
                         &books));
        assert_int_equal(books.count, 2);
        assert_int_equal(orm_collection_count(ORM_AT(books, m_book, 0)->tags), 1);
        assert_int_equal(orm_collection_count(ORM_AT(books, m_book, 0)->author->books), 3);

        must(w, orm_clear(w->em));
        b1 = orm_find_one(w->em, m_book, &orm_key("1"),
                          (&(orm_find_options){ .populate = ORM_PATHS("tags:ref"), .strategy = strategies[i] }));
        assert_int_equal(orm_collection_count(b1->tags), 2);
        assert_false(orm_is_initialized(w->em, ORM_ITEM(b1->tags, m_tag, 0)));
        mikro_log_clear(w);
        must(w, orm_flush(w->em));
        assert_int_equal(w->count, 0);
    }
}

/* A collection that is limited holds what fits; the other one all. */
static void test_what_limits_the_populated(void **state)
{
    mikro_world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        m_author *john;

        must(w, orm_clear(w->em));
        john = orm_find_one(w->em, m_author, &orm_eq("books.title", "b1"),
                            (&(orm_find_options){ .populate = ORM_PATHS("books"), .strategy = strategies[i] }));
        assert_int_equal(orm_collection_count(john->books), 3);

        must(w, orm_clear(w->em));
        john = orm_find_one(w->em, m_author, &orm_eq("books.title", "b1"),
                            (&(orm_find_options){
                                .populate = ORM_PATHS("books"), .strategy = strategies[i], .populate_infer = true }));
        assert_int_equal(orm_collection_count(john->books), 1);

        must(w, orm_clear(w->em));
        john = orm_find_one(w->em, m_author, &orm_key(JOHN),
                            (&(orm_find_options){ .populate = ORM_PATHS("books"),
                                                  .strategy = strategies[i],
                                                  .populate_where = &orm_in("books.title", orm_list_of(orm_text("b1"),
                                                                                                       orm_text("b3"))) }));
        assert_int_equal(orm_collection_count(john->books), 2);
    }
}

static void test_limit_for_each_owner(void **state)
{
    mikro_world *w = *state;
    orm_list     authors;

    must(w, orm_find(w->em, m_author, NULL,
                     (&(orm_find_options){
                         .populate = ORM_PATHS("books"),
                         .strategy = ORM_STRATEGY_JOINED,
                         .order_by = ORM_ORDER({ "name", ORM_ASC }),
                         .hints = ORM_HINTS({ .path = "books", .limit = 1, .offset = 1, .order_by = ORM_ORDER({ "title", ORM_DESC }) }) }),
                     &authors));
    assert_int_equal(w->count, 2);
    assert_int_equal(orm_collection_count(ORM_AT(authors, m_author, 1)->books), 0);
    assert_int_equal(orm_collection_count(ORM_AT(authors, m_author, 2)->books), 1);
    assert_string_equal(ORM_ITEM(ORM_AT(authors, m_author, 2)->books, m_book, 0)->title, "b2");
}

/* What was not loaded stays as it is in the database, unless it is set. */
static void test_partial(void **state)
{
    mikro_world *w = *state;
    m_author    *john;

    john = orm_find_one(w->em, m_author, &orm_key(JOHN), (&(orm_find_options){ .fields = ORM_PATHS("name") }));
    assert_string_equal(john->name, "John");
    assert_null(john->email);
    assert_false(john->age.has);
    mikro_log_clear(w);
    must(w, orm_flush(w->em));
    assert_int_equal(w->count, 0);

    must(w, orm_begin(w->em, NULL));
    john->name = "Johnny";
    john->age = (orm_opt_int32)ORM_SOME(31);
    must(w, orm_flush(w->em));
    must(w, orm_rollback(w->em));
    must(w, orm_clear(w->em));

    john = orm_find_one(w->em, m_author, &orm_key(JOHN), (&(orm_find_options){ .exclude = ORM_PATHS("email", "meta") }));
    assert_int_equal(john->age.value, 30);
    assert_null(john->email);
    john->name = "mine";
    mikro_log_clear(w);
    assert_ptr_equal(orm_find_one(w->em, m_author, &orm_key(JOHN), NULL), john);
    assert_int_equal(w->count, 1); /* something is missing, so the server is asked */
    assert_string_equal(john->email, "john@x");
    assert_string_equal(john->name, "mine");
    assert_ptr_equal(orm_find_one(w->em, m_author, &orm_key(JOHN), NULL), john);
    assert_int_equal(w->count, 1);
}

static void test_partial_of_relations(void **state)
{
    mikro_world *w = *state;

    for (size_t i = 0; i < 3; i++) {
        m_author *john;
        m_book   *b1;

        must(w, orm_clear(w->em));
        john = orm_find_one(w->em, m_author, &orm_key(JOHN),
                            (&(orm_find_options){ .fields = ORM_PATHS("name", "books.title"),
                                                  .strategy = strategies[i],
                                                  .populate_order_by = ORM_ORDER({ "books.title", ORM_ASC }) }));
        assert_int_equal(orm_collection_count(john->books), 3);
        b1 = ORM_ITEM(john->books, m_book, 0);
        assert_string_equal(b1->title, "b1");
        assert_null(b1->price);
        assert_ptr_equal(b1->author, john);
        mikro_log_clear(w);
        must(w, orm_flush(w->em));
        assert_int_equal(w->count, 0);
    }
}

static void test_references_only(void **state)
{
    mikro_world *w = *state;
    m_author    *john;
    m_book      *b;

    for (size_t i = 0; i < 3; i++) {
        must(w, orm_clear(w->em));
        john = orm_find_one(w->em, m_author, &orm_key(JOHN),
                            (&(orm_find_options){ .populate = ORM_PATHS("books:ref"), .strategy = strategies[i] }));
        assert_int_equal(orm_collection_count(john->books), 3);
        b = ORM_ITEM(john->books, m_book, 0);
        assert_false(orm_is_initialized(w->em, b));
        assert_ptr_equal(b->author, john);
    }
}

static void test_populate_loaded(void **state)
{
    mikro_world *w = *state;
    orm_list     books;

    must(w, orm_find(w->em, m_book, NULL, NULL, &books));
    must(w, orm_populate(w->em, books.items, books.count, ORM_PATHS("author.profile", "publisher"), NULL));
    assert_int_equal(w->count, 3);
    must(w, orm_populate(w->em, books.items, books.count, ORM_PATHS("author", "publisher"), NULL));
    assert_int_equal(w->count, 3);
    must(w, orm_populate(w->em, books.items, 0, ORM_PATHS("author"), NULL));
    assert_int_equal(orm_populate(w->em, books.items, books.count, ORM_PATHS("autor"), NULL), ORM_ERR_VALIDATION);
    assert_int_equal(w->count, 3);
}

static void test_everything(void **state)
{
    mikro_world *w = *state;
    m_book      *b = orm_find_one(w->em, m_book, &orm_key("1"), (&(orm_find_options){ .populate = ORM_PATHS("*") }));

    assert_string_equal(b->author->name, "John");
    assert_string_equal(b->publisher->name, "Pub");
    assert_null(orm_find_one(w->em, m_book, &orm_key("99"), NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_OK);
    assert_null(orm_find_one_or_fail(w->em, m_book, &orm_key("99"), NULL));
    assert_int_equal(orm_em_error(w->em)->status, ORM_ERR_NOT_FOUND);
    assert_string_equal(orm_em_error(w->em)->entity, "Book");
}

/* ---- Pages ---- */

static void test_cursor(void **state)
{
    mikro_world       *w = *state;
    orm_find_options   by_title = { .order_by = ORM_ORDER({ "title", ORM_ASC }) };
    orm_cursor_options o = { .find = &by_title, .first = 2 };
    orm_page           page;

    must(w, orm_find_by_cursor(w->em, m_book, NULL, &o, &page));
    assert_int_equal(w->count, 2);
    assert_int_equal(page.items.count, 2);
    assert_int_equal(page.total, 4);
    assert_true(page.has_next);
    assert_false(page.has_previous);
    assert_string_equal(page.end_cursor, "WyJiMiJd"); /* MikroORM's for ["b2"] */

    o.after = page.end_cursor;
    o.without_total = true;
    must(w, orm_find_by_cursor(w->em, m_book, NULL, &o, &page));
    assert_string_equal(ORM_AT(page.items, m_book, 0)->title, "b3");
    assert_string_equal(ORM_AT(page.items, m_book, 1)->title, "c1");
    assert_false(page.has_next);
    assert_true(page.has_previous);

    o = (orm_cursor_options){ .find = &by_title, .last = 2, .before = page.start_cursor, .without_total = true };
    must(w, orm_find_by_cursor(w->em, m_book, NULL, &o, &page));
    assert_string_equal(ORM_AT(page.items, m_book, 0)->title, "b1");
    assert_string_equal(ORM_AT(page.items, m_book, 1)->title, "b2");
    assert_false(page.has_previous);
    assert_true(page.has_next);
}

/* Over two properties, one of them of a relation, both ways: every book once, in order. */
static void test_cursor_of_several(void **state)
{
    mikro_world      *w = *state;
    orm_find_options  find = { .populate = ORM_PATHS("author"),
                               .order_by = ORM_ORDER({ "author.name", ORM_DESC }, { "id", ORM_ASC }) };
    static const char forward[][3] = { "b1", "b2", "b3", "c1" };
    orm_page          page = { .total = 0 };

    for (size_t i = 0; i < 4; i++) {
        orm_cursor_options o = { .find = &find, .first = 1, .after = page.end_cursor, .without_total = true };

        must(w, orm_find_by_cursor(w->em, m_book, NULL, &o, &page));
        assert_int_equal(page.items.count, 1);
        assert_string_equal(ORM_AT(page.items, m_book, 0)->title, forward[i]);
        assert_int_equal(page.has_next, i < 3);
    }
    for (size_t i = 3; i-- > 0;) {
        orm_cursor_options o = { .find = &find, .last = 1, .before = page.start_cursor, .without_total = true };

        must(w, orm_find_by_cursor(w->em, m_book, NULL, &o, &page));
        assert_string_equal(ORM_AT(page.items, m_book, 0)->title, forward[i]);
        assert_int_equal(page.has_previous, i > 0);
    }
}

static void test_bad_cursors(void **state)
{
    static const char *const bad[] = { "", "!!", "bm8", "WyJhIiwiYiJd", "W10", "W251bGxd", "e30" };
    mikro_world             *w = *state;
    orm_find_options         by_title = { .order_by = ORM_ORDER({ "title", ORM_ASC }) };
    orm_find_options         by_price = { .order_by = ORM_ORDER({ "price", ORM_ASC }) };
    orm_cursor_options       o = { .find = &by_title, .first = 2 };
    orm_page                 page;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        o.after = bad[i];
        assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, &o, &page), ORM_ERR_VALIDATION);
        was_refused(w, ORM_ERR_VALIDATION, "cursor");
    }
    o = (orm_cursor_options){ .find = &by_title };
    assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, &o, &page), ORM_ERR_ARGUMENT);
    o = (orm_cursor_options){ .find = &by_title, .first = 1, .last = 1 };
    assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, &o, &page), ORM_ERR_ARGUMENT);
    o = (orm_cursor_options){ .first = 1 };
    assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, &o, &page), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, NULL, &page), ORM_ERR_ARGUMENT);
    assert_int_equal(w->count, 0);
    o = (orm_cursor_options){ .find = &by_price, .last = 4, .without_total = true };
    assert_int_equal(orm_find_by_cursor(w->em, m_book, NULL, &o, &page), ORM_ERR_VALIDATION);
    assert_string_equal(orm_em_error(w->em)->property, "price");
    assert_int_equal(page.items.count, 0);
}

/* ---- Streams ---- */

typedef struct seen {
    char       names[64];
    size_t     books;
    size_t     count;
    orm_status status; /* what to return at the second one */
    orm_em    *em;
} seen;

static orm_status visit(orm_em *rows, void *entity, void *context)
{
    m_author *a = entity;
    seen     *s = context;
    orm_value name;
    orm_list  list;
    size_t    used;

    assert_int_equal(orm_get(rows, a, "name", &name), ORM_OK);
    used = strlen(s->names);
    assert_true(snprintf(s->names + used, sizeof s->names - used, "%s ", name.as.text) < (int)(sizeof s->names - used));
    s->books += orm_collection_count(a->books);
    for (size_t i = 0; i < orm_collection_count(a->books); i++)
        assert_ptr_equal(ORM_ITEM(a->books, m_book, i)->author, a);
    /* The connection is busy with the stream. */
    assert_int_equal(orm_find(s->em, m_tag, NULL, NULL, &list), ORM_ERR_ARGUMENT);
    return ++s->count == 2 ? s->status : ORM_OK;
}

static void test_stream(void **state)
{
    mikro_world     *w = *state;
    orm_find_options options = { .populate = ORM_PATHS("books.publisher"), .order_by = ORM_ORDER({ "name", ORM_ASC }) };
    seen             s = { .em = w->em };
    orm_list         list;

    must(w, orm_stream(w->em, m_author, NULL, &options, visit, &s));
    assert_string_equal(s.names, "A Ann John ");
    assert_int_equal(s.books, 4);

    s = (seen){ .em = w->em, .status = ORM_ERR_CANCELLED };
    assert_int_equal(orm_stream(w->em, m_author, NULL, &options, visit, &s), ORM_ERR_CANCELLED);
    assert_string_equal(s.names, "A Ann ");
    must(w, orm_find(w->em, m_tag, NULL, NULL, &list));
    assert_int_equal(list.count, 3);

    s = (seen){ .em = w->em };
    must(w, orm_stream(w->em, m_author, &orm_eq("name", "nobody"), &options, visit, &s));
    assert_int_equal(s.count, 0);
    mikro_log_clear(w);
    options.strategy = ORM_STRATEGY_SELECT_IN;
    assert_int_equal(orm_stream(w->em, m_author, NULL, &options, visit, &s), ORM_ERR_VALIDATION);
    was_refused(w, ORM_ERR_VALIDATION, "a stream loads by joins alone");
    assert_int_equal(orm_stream(w->em, m_author, NULL, NULL, NULL, NULL), ORM_ERR_ARGUMENT);
}

/* Many rows take no more memory than few: the peak of what the allocator gave is compared. */
typedef struct meter {
    size_t now;
    size_t peak;
} meter;

static void *meter_alloc(void *context, size_t size)
{
    meter  *m = context;
    size_t *block = malloc(size + 16);

    if (block == NULL)
        return NULL;
    block[0] = size;
    m->now += size;
    m->peak = m->now > m->peak ? m->now : m->peak;
    return (char *)block + 16;
}

static void meter_release(void *context, void *memory)
{
    meter  *m = context;
    size_t *block = (size_t *)(void *)((char *)memory - 16);

    m->now -= block[0];
    free(block);
}

static void *meter_resize(void *context, void *memory, size_t size)
{
    void *made = meter_alloc(context, size);

    if (made != NULL && memory != NULL) {
        size_t old = *(size_t *)(void *)((char *)memory - 16);

        memcpy(made, memory, old < size ? old : size);
        meter_release(context, memory);
    }
    return made;
}

static orm_status count_one(orm_em *rows, void *entity, void *context)
{
    (void)rows;
    (void)entity;
    ++*(size_t *)context;
    return ORM_OK;
}

static void test_stream_is_bounded(void **state)
{
    mikro_world  *w = *state;
    meter         m = { .now = 0 };
    orm_allocator allocator = { .context = &m, .alloc = meter_alloc, .resize = meter_resize, .release = meter_release };
    orm_config    config = { .entities = mikro_entities,
                             .url = getenv("ORM_TEST_URL"),
                             .preset = orm_settings_of(w->db).preset,
                             .allocator = &allocator };
    orm_error     error;
    orm          *db;
    orm_em       *em;
    size_t        few = 0;
    size_t        many = 0;
    size_t        before;

    must(w, orm_execute(w->em, "insert into publisher (name) select repeat('x', 200) from generate_series(1, 20000)", NULL, 0,
                        NULL));
    assert_int_equal(orm_open(&config, &db, &error), ORM_OK);
    em = orm_fork(db, &error);
    must(w, orm_stream(em, m_publisher, NULL, (&(orm_find_options){ .limit = 10 }), count_one, &few));
    before = m.peak;
    assert_int_equal(orm_stream(em, m_publisher, NULL, NULL, count_one, &many), ORM_OK);
    assert_int_equal(few, 10);
    assert_int_equal(many, 20002);
    assert_true(m.peak < before + 200000);
    orm_close(db);
    assert_int_equal(m.now, 0);
    must(w, orm_execute(w->em, "delete from publisher where id > 2", NULL, 0, NULL));
}

/* ---- What is refused ---- */

static orm_status try_find(mikro_world *w, const orm_condition *where, const orm_find_options *options)
{
    orm_list list;

    return orm_find(w->em, m_author, where, options, &list);
}

static void refuse_where(mikro_world *w, const orm_condition *where, const char *part)
{
    if (try_find(w, where, NULL) == ORM_OK)
        fail_msg("it was not refused with \"%s\"", part);
    was_refused(w, ORM_ERR_VALIDATION, part);
}

static void test_bad_conditions(void **state)
{
    mikro_world *w = *state;
    uint64_t     count;

    refuse_where(w, &orm_eq("boks.title", 1), "did you mean \"books\"");
    refuse_where(w, &orm_eq("books.titel", 1), "did you mean \"title\"");
    refuse_where(w, &orm_eq("name.x", 1), "no path leads through it");
    refuse_where(w, &orm_eq("books.", 1), "no property");
    refuse_where(w, &orm_eq("", 1), "no property");
    refuse_where(w, &orm_eq(NULL, 1), "names no property");
    refuse_where(w, &orm_related("name", orm_eq("id", 1)), "no path leads through it");
    refuse_where(w, &orm_related(NULL, orm_eq("id", 1)), "names no relation");
    refuse_where(w, &orm_in("age", orm_int(1)), "$in needs a list");
    refuse_where(w, &orm_in("age", orm_list_of(orm_int(1), orm_text("x"))), "Author.age");
    refuse_where(w, &orm_in("age", ((orm_value){ .kind = ORM_VALUE_LIST, .as.list.count = 3 })), "is NULL");
    refuse_where(w, &orm_like("age", "1%"), "$like compares texts");
    refuse_where(w, &orm_like("name", 1), "$like needs a text");
    refuse_where(w, &((orm_condition){ .op = ORM_OP_GT, .property = "age" }), "$gt cannot compare with NULL");
    refuse_where(w, &((orm_condition){ .op = ORM_OP_EXISTS, .property = "age", .value = orm_int(1) }), "true or false");
    refuse_where(w, &orm_gt("age", "old"), "Author.age");
    refuse_where(w, &((orm_condition){ .op = ORM_OP_OR, .child_count = 2 }), "no list of them");
    refuse_where(w, &((orm_condition){ .op = (orm_operator)77, .property = "age" }), "unknown operator");
    refuse_where(w, &orm_key(orm_list_of(orm_text("x"))), "Author.id");
    assert_int_equal(orm_count(w->em, m_author, &orm_eq("nmae", "x"), &count), ORM_ERR_VALIDATION);
    assert_int_equal(orm_count(w->em, m_author, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_count_entities(NULL, &orm_entity_m_author, NULL, &count), ORM_ERR_ARGUMENT);
}

static void refuse_options(mikro_world *w, orm_status status, const orm_find_options *options, const char *part)
{
    assert_int_equal(try_find(w, NULL, options), status);
    was_refused(w, status, part);
}

static void test_bad_options(void **state)
{
    mikro_world *w = *state;
    char         path[600] = "fav";

    for (size_t i = 1; i <= 40; i++)
        memcpy(path + 4 * i - 1, ".fav", sizeof ".fav");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .populate = ORM_PATHS("name") }, "not a relation");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .populate = ORM_PATHS("books:ref.author") }, "books");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .populate = ORM_PATHS(path) }, "more than 32 steps");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .fields = ORM_PATHS("nmae") }, "did you mean \"name\"");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .exclude = ORM_PATHS("nmae") }, "did you mean \"name\"");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .fields = ORM_PATHS("name.x") }, "has no fields");
    refuse_options(w, ORM_ERR_ARGUMENT,
                   &(orm_find_options){ .fields = ORM_PATHS("name"), .exclude = ORM_PATHS("name") }, "give one");
    refuse_options(w, ORM_ERR_ARGUMENT, &(orm_find_options){ .strategy = (orm_strategy)9 }, "unknown strategy 9");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .hints = ORM_HINTS({ .path = "books" }) }, "not populated");
    refuse_options(w, ORM_ERR_VALIDATION,
                   &(orm_find_options){ .populate = ORM_PATHS("fav"), .hints = ORM_HINTS({ .path = "fav", .limit = 1 }) },
                   "not a collection");
    refuse_options(w, ORM_ERR_ARGUMENT,
                   &(orm_find_options){ .populate_infer = true, .populate_where = &orm_eq("books.title", "x") }, "both");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .order_by = ORM_ORDER({ "books", ORM_ASC }) },
                   "no column to order by");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .order_by = ORM_ORDER({ "name", (orm_direction)9 }) },
                   "unknown direction");
    refuse_options(w, ORM_ERR_VALIDATION, &(orm_find_options){ .order_by = ORM_ORDER({ "books.titel", ORM_ASC }) },
                   "did you mean \"title\"");
}

/* The protocol counts parameters in 16 bits; literals have no such bound. */
static void test_huge_lists(void **state)
{
    mikro_world *w = *state;
    orm_value   *values = calloc(70000, sizeof *values);
    uint64_t     count = 0;
    orm_status   status;

    for (int i = 0; i < 70000; i++)
        values[i] = orm_int(i);
    status = orm_count(w->em, m_author, &orm_in("age", orm_list_value(values, 70000)), &count);
    if (orm_settings_of(w->db).protocol == ORM_PROTOCOL_EXTENDED) {
        was_refused(w, ORM_ERR_VALIDATION, "Author.age: a statement takes at most 65535 values");
    } else {
        must(w, status);
        assert_int_equal(count, 2);
    }
    mikro_log_clear(w);
    must(w, orm_count(w->em, m_author, &orm_not_in("age", orm_list_value(values, 60000)), &count));
    assert_int_equal(count, 0);
    free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_strategies_load_the_same, mikro_fresh),
        cmocka_unit_test_setup(test_many_to_many, mikro_fresh),
        cmocka_unit_test_setup(test_what_limits_the_populated, mikro_fresh),
        cmocka_unit_test_setup(test_limit_for_each_owner, mikro_fresh),
        cmocka_unit_test_setup(test_partial, mikro_fresh),
        cmocka_unit_test_setup(test_partial_of_relations, mikro_fresh),
        cmocka_unit_test_setup(test_references_only, mikro_fresh),
        cmocka_unit_test_setup(test_populate_loaded, mikro_fresh),
        cmocka_unit_test_setup(test_everything, mikro_fresh),
        cmocka_unit_test_setup(test_cursor, mikro_fresh),
        cmocka_unit_test_setup(test_cursor_of_several, mikro_fresh),
        cmocka_unit_test_setup(test_bad_cursors, mikro_fresh),
        cmocka_unit_test_setup(test_stream, mikro_fresh),
        cmocka_unit_test_setup(test_stream_is_bounded, mikro_fresh),
        cmocka_unit_test_setup(test_bad_conditions, mikro_fresh),
        cmocka_unit_test_setup(test_bad_options, mikro_fresh),
        cmocka_unit_test_setup(test_huge_lists, mikro_fresh),
    };

    return cmocka_run_group_tests_name("native", tests, mikro_open_native, mikro_close) +
           cmocka_run_group_tests_name("mikroorm", tests, mikro_open_mikroorm, mikro_close);
}
