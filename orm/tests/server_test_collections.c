/*
 * Collections: loading, counting and matching, one-to-many at its edges, what cascades and what is left behind.
 */
#include "relations_fixture.h"

static person *make_person(world *w, const char *name)
{
    return orm_create(w->em, person, .name = name);
}

static void set_entity(world *w, void *entity, const char *property, void *target)
{
    orm_value value = orm_entity_value(target);

    check(w->em, orm_set(w->em, entity, property, &value));
}

static void insert_rows(world *w)
{
    sql(w, "insert into article (title) values ('a'), ('b'); insert into label (name) values ('x'), ('y'), ('z');"
           "insert into article_label (article_id, label_id) values (1, 1), (1, 2), (2, 2);"
           "insert into step (name) values ('p'), ('q'); insert into article_steps (article_id, step_id) values (1, 2), (1, 1);"
           "insert into person (name) values ('P'), ('Q');"
           "insert into pet (name, owner_id) values ('c', 1), ('d', 1), ('e', null);"
           "insert into bill (sum, payer_id) values ('1', 1), ('2', 1), ('3', 2); insert into note (text, person_id) values ('n', 1)");
    sql_log_clear(&w->log);
}

/* ---- Many-to-many ---- */

static void test_load_many_to_many(void **state)
{
    world   *w = *state;
    article *a;
    label   *y;
    label   *z;
    orm_list list;

    insert_rows(w);
    check(w->em, orm_find(w->em, article, NULL, &(orm_find_options){ .populate = ORM_PATHS("labels") }, &list));
    assert_int_equal(w->log.count, 2);
    if (is_mikroorm(w))
        assert_sent(w, 1,
                    "select \"a0\".\"label_id\", \"a0\".\"article_id\", \"l1\".\"id\" as \"l1__id\", \"l1\".\"name\" as"
                    " \"l1__name\" from \"article_label\" as \"a0\" inner join \"label\" as \"l1\" on \"a0\".\"label_id\" ="
                    " \"l1\".\"id\" where \"a0\".\"article_id\" in ('1', '2')");
    a = ORM_AT(list, article, 0);
    assert_true(orm_collection_is_initialized(a->labels));
    assert_int_equal(orm_collection_count(a->labels), 2);
    flush_sends(w, 0);

    /* Changes on the loaded side are one delete and one insert, though the other side is not loaded. */
    y = orm_reference(w->em, label, 2);
    z = orm_reference(w->em, label, 3);
    check(w->em, orm_collection_remove(w->em, a->labels, y));
    check(w->em, orm_collection_add(w->em, a->labels, z));
    assert_false(orm_collection_is_initialized(z->articles));
    assert_int_equal(orm_collection_count(z->articles), 1);
    flush_sends(w, 4);
    assert_sql(w, "select string_agg(article_id || ':' || label_id, ' ' order by 1) from article_label"
                  " where article_id = 1", "1:1 1:3");

    /* The other side, with what was added before it was loaded. */
    check(w->em, orm_collection_add(w->em, y->articles, a));
    check(w->em, orm_collection_load(w->em, y->articles, NULL));
    assert_int_equal(orm_collection_count(y->articles), 2);
    flush_sends(w, 3);
    if (is_mikroorm(w))
        assert_sent(w, 1, "insert into \"article_label\" (\"label_id\", \"article_id\") values ('2', '1')");
    sql_log_clear(&w->log);
    check(w->em, orm_collection_load(w->em, y->articles, NULL));
    assert_int_equal(w->log.count, 0);

    /* What is gone meanwhile is gone on both sides after a refresh. */
    sql(w, "delete from article_label where label_id = 2 and article_id = 1");
    check(w->em, orm_collection_load(w->em, y->articles, &(orm_find_options){ .refresh = true }));
    assert_int_equal(orm_collection_count(y->articles), 1);
    assert_false(orm_collection_contains(a->labels, y));
    flush_sends(w, 0);
}

/* Of a collection that was loaded in part, what is missing may be there. */
static void test_load_part(void **state)
{
    world   *w = *state;
    article *a;

    insert_rows(w);
    a = orm_find_one(w->em, article, &orm_key(1),
                     (&(orm_find_options){ .populate = ORM_PATHS("labels"),
                                           .strategy = ORM_STRATEGY_SELECT_IN,
                                           .populate_where = &orm_related("labels", orm_eq("name", "x")) }));
    assert_int_equal(orm_collection_count(a->labels), 1);
    check(w->em, orm_collection_add(w->em, a->labels, orm_reference(w->em, label, 2)));
    check(w->em, orm_collection_add(w->em, a->labels, orm_reference(w->em, label, 3)));
    flush_sends(w, 3);
    assert_sql(w, "select count(*) from article_label where article_id = 1", "3");
    check(w->em, orm_collection_load(w->em, a->labels, &(orm_find_options){ .refresh = true }));
    assert_int_equal(orm_collection_count(a->labels), 3);
    flush_sends(w, 0);
}

static void test_load_joined(void **state)
{
    world   *w = *state;
    orm_list list;
    article *a;

    insert_rows(w);
    check(w->em, orm_find(w->em, article, NULL,
                          (&(orm_find_options){ .populate = ORM_PATHS("labels", "steps"),
                                                .strategy = ORM_STRATEGY_JOINED,
                                                .order_by = ORM_ORDER({ "id", ORM_ASC }, { "labels.id", ORM_DESC }) }),
                          &list));
    assert_int_equal(w->log.count, 1);
    assert_int_equal(list.count, 2);
    a = ORM_AT(list, article, 0);
    assert_int_equal(orm_collection_count(a->labels), 2);
    assert_string_equal(ORM_ITEM(a->labels, label, 0)->name, "y");
    assert_int_equal(orm_collection_count(a->steps), 2);
    assert_int_equal(orm_collection_count(ORM_AT(list, article, 1)->steps), 0);
    check(w->em, orm_collection_remove(w->em, a->labels, orm_collection_at(a->labels, 0)));
    flush_sends(w, 3);
}

static void test_load_order(void **state)
{
    world   *w = *state;
    article *a;
    step_   *s[2];

    insert_rows(w);
    a = orm_reference(w->em, article, 1);
    check(w->em, orm_collection_load(w->em, a->steps, NULL));
    s[0] = orm_collection_at(a->steps, 0);
    s[1] = orm_collection_at(a->steps, 1);
    assert_string_equal(s[0]->name, "q");
    assert_string_equal(s[1]->name, "p");
    flush_sends(w, 0);
    check(w->em, orm_collection_remove(w->em, a->steps, s[0]));
    flush_sends(w, 3);
    check(w->em, orm_collection_add(w->em, a->steps, s[0]));
    flush_sends(w, 3);
    assert_sql(w, "select string_agg(step_id::text, ' ' order by id) from article_steps", "1 2");
}

static void test_count_and_matching(void **state)
{
    world   *w = *state;
    article *a;
    person  *p;
    uint64_t count;
    orm_list list;

    insert_rows(w);
    a = orm_reference(w->em, article, 1);
    p = orm_reference(w->em, person, 1);
    check(w->em, orm_collection_load_count(w->em, a->labels, NULL, &count));
    assert_int_equal(count, 2);
    check(w->em, orm_collection_load_count(w->em, a->labels, &orm_eq("name", "y"), &count));
    assert_int_equal(count, 1);
    check(w->em, orm_collection_load_count(w->em, a->steps, &orm_ne("name", "zz"), &count));
    assert_int_equal(count, 2);
    check(w->em, orm_collection_load_count(w->em, a->steps, NULL, &count));
    assert_int_equal(count, 2);
    sql_log_clear(&w->log);
    check(w->em, orm_collection_load_count(w->em, p->bills, NULL, &count));
    assert_int_equal(count, 2);
    if (is_mikroorm(w))
        assert_sent(w, 0, "select count(*) as \"count\" from \"bill\" as \"b0\" where \"b0\".\"payer_id\" = '1'");
    check(w->em, orm_collection_load_count(w->em, make_person(w, "new")->bills, NULL, &count));
    assert_int_equal(count, 0);
    check(w->em, orm_clear(w->em));

    p = orm_reference(w->em, person, 1);
    a = orm_reference(w->em, article, 1);
    sql_log_clear(&w->log);
    check(w->em, orm_collection_matching(w->em, p->bills, &orm_eq("sum", "2"), &(orm_find_options){ .limit = 1 }, &list));
    if (is_mikroorm(w))
        assert_sent(w, 0, "select \"b0\".* from \"bill\" as \"b0\" where \"b0\".\"sum\" = '2' and \"b0\".\"payer_id\" = '1'"
                          " limit 1");
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, bill, 0)->sum, "2");
    assert_false(orm_collection_is_initialized(p->bills));
    check(w->em, orm_collection_matching(w->em, a->labels, &orm_like("name", "%"),
                                         (&(orm_find_options){ .order_by = ORM_ORDER({ "name", ORM_DESC }), .limit = 1 }),
                                         &list));
    assert_int_equal(list.count, 1);
    assert_string_equal(ORM_AT(list, label, 0)->name, "y");
    assert_false(orm_collection_is_initialized(a->labels));
    assert_int_equal(orm_collection_count(a->labels), 0);
    check(w->em, orm_collection_matching(w->em, a->steps, NULL, NULL, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(orm_collection_matching(w->em, a->steps, &orm_eq("nam", "x"), NULL, &list), ORM_ERR_VALIDATION);
    assert_int_equal(orm_collection_matching(w->em, NULL, NULL, NULL, &list), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_load_count(w->em, a->steps, NULL, NULL), ORM_ERR_ARGUMENT);
    flush_sends(w, 0);
}

/* ---- One-to-many ---- */

static void test_remove_and_move(void **state)
{
    world  *w = *state;
    person *p = make_person(w, "P");
    person *q = make_person(w, "Q");
    pet    *c = orm_create(w->em, pet, .name = "c", .owner = p);
    bill   *b = orm_create(w->em, bill, .sum = "1", .payer = p);
    note   *n = orm_create(w->em, note, .text = "n", .person = p);

    check(w->em, orm_flush(w->em));
    check(w->em, orm_collection_remove(w->em, p->pets, c));
    assert_null(c->owner);
    flush_sends(w, 3);
    assert_sql(w, "select count(*) from pet where owner_id is null", "1");

    /* Row 32: an orphan that finds another parent is an update. */
    check(w->em, orm_collection_remove(w->em, p->bills, b));
    assert_int_equal(orm_collection_count(p->bills), 0);
    check(w->em, orm_collection_add(w->em, q->bills, b));
    flush_sends(w, 3);
    assert_sql(w, "select payer_id from bill", "2");
    set_entity(w, b, "payer", p);
    assert_true(orm_collection_contains(p->bills, b));
    assert_int_equal(orm_collection_count(q->bills), 0);
    flush_sends(w, 3);
    check(w->em, orm_collection_remove(w->em, p->bills, b));
    flush_sends(w, 3);
    assert_sql(w, "select count(*) from bill", "0");

    /* Required, and nobody removes it. */
    assert_int_equal(orm_collection_remove(w->em, p->notes, n), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "notes");
    assert_int_equal(orm_collection_remove_all(w->em, p->notes), ORM_ERR_VALIDATION);
    assert_true(orm_collection_contains(p->notes, n));
    assert_ptr_equal(n->person, p);
    flush_sends(w, 0);
}

/* Row 31 */
static void test_orphans_are_set(void **state)
{
    world  *w = *state;
    person *p;
    void   *items[1];

    insert_rows(w);
    p = orm_find_one(w->em, person, &orm_key(1), &(orm_find_options){ .populate = ORM_PATHS("bills") });
    items[0] = orm_create(w->em, bill, .sum = "new");
    check(w->em, orm_collection_set(w->em, p->bills, items, 1));
    flush_sends(w, 4);
    assert_sql(w, "select string_agg(sum, ' ' order by id) from bill where payer_id = 1", "new");
    assert_sql(w, "select count(*) from bill", "2");
}

static void test_set_not_loaded(void **state)
{
    world  *w = *state;
    person *p;
    pet    *loaded;
    void   *items[2];

    insert_rows(w);
    sql(w, "insert into pet (name, owner_id) values ('f', 1)");
    p = orm_reference(w->em, person, 1);
    loaded = orm_find_one(w->em, pet, &orm_key(1), NULL);
    items[0] = orm_create(w->em, pet, .name = "new");
    items[1] = orm_reference(w->em, pet, 2);
    check(w->em, orm_collection_set(w->em, p->pets, items, 2));
    assert_null(loaded->owner);
    assert_true(orm_collection_is_initialized(p->pets));
    flush_sends(w, 5);
    if (is_mikroorm(w))
        assert_sent(w, 3, "update \"pet\" set \"owner_id\" = null where \"owner_id\" in ('1') and \"id\" not in ('5', '2')");
    assert_sql(w, "select string_agg(name, ' ' order by id) from pet where owner_id = 1", "d new");

    check(w->em, orm_collection_remove_all(w->em, p->bills));
    flush_sends(w, 3);
    if (is_mikroorm(w))
        assert_sent(w, 1, "delete from \"bill\" where \"payer_id\" in ('1')");
    assert_sql(w, "select count(*) from bill", "1");
    assert_int_equal(orm_collection_remove_all(w->em, p->notes), ORM_ERR_VALIDATION);
}

/* Rows 33 and 34: orphans go first, children that need no parent let go of it. */
static void test_remove_parent(void **state)
{
    world  *w = *state;
    person *p;
    pet    *c;

    insert_rows(w);
    sql(w, "delete from note");
    p = orm_find_one(w->em, person, &orm_key(1), &(orm_find_options){ .populate = ORM_PATHS("bills", "pets") });
    c = orm_collection_at(p->pets, 0);
    check(w->em, orm_remove(w->em, p));
    assert_null(c->owner);
    flush_sends(w, is_mikroorm(w) ? 5 : 5);
    if (is_mikroorm(w)) {
        assert_sent(w, 2, "delete from \"bill\" where \"id\" in ('1', '2')");
        assert_sent(w, 3, "delete from \"person\" where \"id\" in ('1')");
    }
    assert_sql(w, "select count(*) from bill", "1");
    assert_sql(w, "select count(*) from pet where owner_id is null", "3");
}

/* A failed flush and a rollback leave everything as it was, cascades among it. */
static void test_remove_parent_fails(void **state)
{
    world  *w = *state;
    person *p;
    bill   *late;

    insert_rows(w);
    p = orm_find_one(w->em, person, &orm_key(1), &(orm_find_options){ .populate = ORM_PATHS("bills") });
    check(w->em, orm_remove(w->em, p));
    assert_int_equal(orm_flush(w->em), ORM_ERR_FOREIGN_KEY_CONSTRAINT);
    assert_sql(w, "select count(*) from bill", "3");
    sql(w, "delete from note");
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select count(*) from bill", "3");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from bill", "1");

    p = orm_find_one(w->em, person, &orm_key(2), NULL);
    check(w->em, orm_remove(w->em, p));
    late = orm_find_one(w->em, bill, &orm_key(3), &(orm_find_options){ .flush_mode = ORM_FLUSH_COMMIT });
    set_entity(w, late, "payer", make_person(w, "R"));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from person p join bill on p.id = payer_id", "R");
}

/* ---- Persisting what can be reached ---- */

static void test_transient(void **state)
{
    world   *w = *state;
    person  *p = orm_create_transient(w->em, person, .name = "P");
    pet     *c = orm_create_transient(w->em, pet, .name = "c", .owner = p);
    article *a = orm_create_transient(w->em, article, .title = "a");
    label   *x = orm_create_transient(w->em, label, .name = "x");

    assert_true(orm_collection_contains(p->pets, c));
    check(w->em, orm_collection_add(w->em, a->labels, x));
    flush_sends(w, 0);
    check(w->em, orm_persist(w->em, c));
    flush_sends(w, 4);
    assert_sql(w, "select p.name || c.name from person p join pet c on owner_id = p.id", "Pc");
    check(w->em, orm_persist(w->em, x));
    flush_sends(w, 5);
    assert_sql(w, "select count(*) from article_label", "1");

    /* A flush that is refused has persisted nothing. */
    p = orm_create_transient(w->em, person, .name = NULL);
    c = orm_create(w->em, pet, .name = "d", .owner = p);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    c->owner = NULL;
    flush_sends(w, 3);
    check(w->em, orm_clear(w->em));
}

/* ---- Unique values that change hands ---- */

static void test_swap(void **state)
{
    world    *w = *state;
    person   *p = make_person(w, "P");
    person   *q = make_person(w, "Q");
    passport *a = orm_create(w->em, passport, .number = "A", .person = p);
    passport *b = orm_create(w->em, passport, .number = "B", .person = q);
    passport *c = orm_create(w->em, passport, .number = "C");

    check(w->em, orm_flush(w->em));
    a->number = "B";
    b->number = "A";
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(number, '' order by id) from passport", "BAC");
    a->number = "C";
    b->number = "B";
    c->number = "A";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(number, '' order by id) from passport", "CBA");
    a->number = "Z";
    b->number = "C";
    c->number = "B";
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(number, '' order by id) from passport", "ZCB");
    assert_non_null(orm_create(w->em, passport, .number = "Z"));
    a->number = "Y";
    flush_sends(w, 4);

    /* One-to-ones: both people keep a passport, the other's. */
    set_entity(w, a, "person", NULL);
    a->person = q;
    b->person = p;
    flush_sends(w, 5);
    assert_sql(w, "select string_agg(person_id::text, '' order by id) from passport where person_id is not null", "21");
    assert_ptr_equal(p->passport, b);
    assert_ptr_equal(q->passport, a);

    /* Handed on to a row that takes the place of a deleted one. */
    check(w->em, orm_remove(w->em, b));
    c->number = "C";
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from passport where number = 'C'", "1");
}

static void test_swap_required(void **state)
{
    world   *w = *state;
    person  *p = make_person(w, "P");
    person  *q = make_person(w, "Q");
    account *a = orm_create(w->em, account, .iban = "A", .person = p);
    account *b = orm_create(w->em, account, .iban = "B", .person = q);

    check(w->em, orm_flush(w->em));
    a->person = q;
    b->person = p;
    sql_log_clear(&w->log);
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Account", "person");
    assert_int_equal(w->log.count, 0);
    a->person = p;
    b->person = q;
    flush_sends(w, 0);
}

/* ---- What a flush would write ---- */

static const orm_property_change *change_of(const orm_entity_change *change, const char *property)
{
    for (size_t i = 0; i < change->property_count; i++)
        if (strcmp(change->properties[i].property, property) == 0)
            return &change->properties[i];
    return NULL;
}

static void test_change_sets(void **state)
{
    world                     *w = *state;
    person                    *p = make_person(w, "P");
    pet                       *c = orm_create(w->em, pet, .name = "c");
    article                   *a = orm_create(w->em, article, .title = "a");
    label                     *x = orm_create(w->em, label, .name = "x");
    bill                      *b = orm_create(w->em, bill, .sum = "1", .payer = p);
    const orm_property_change *owner;
    orm_changes                changes;

    check(w->em, orm_uow_change_sets(w->em, &changes));
    assert_int_equal(changes.entity_count, 5);
    assert_int_equal(changes.entities[0].kind, ORM_CHANGE_CREATE);
    assert_ptr_equal(changes.entities[0].entity, p);
    assert_null(change_of(&changes.entities[0], "id"));
    assert_string_equal(change_of(&changes.entities[0], "name")->new_value.as.text, "P");
    check(w->em, orm_collection_add(w->em, a->labels, x));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_uow_change_sets(w->em, &changes));
    assert_int_equal(changes.entity_count + changes.pair_count, 0);

    c->name = "d";
    set_entity(w, c, "owner", p);
    check(w->em, orm_collection_remove(w->em, a->labels, x));
    check(w->em, orm_collection_remove(w->em, p->bills, b));
    sql_log_clear(&w->log);
    check(w->em, orm_uow_change_sets(w->em, &changes));
    assert_int_equal(w->log.count, 0);
    assert_int_equal(changes.entity_count, 2);
    assert_int_equal(changes.entities[0].kind, ORM_CHANGE_UPDATE);
    assert_ptr_equal(changes.entities[0].entity, c);
    assert_int_equal(changes.entities[0].property_count, 2);
    owner = change_of(&changes.entities[0], "owner");
    assert_int_equal(owner->old_value.kind, ORM_VALUE_NULL);
    assert_ptr_equal(owner->new_value.as.entity, p);
    assert_string_equal(change_of(&changes.entities[0], "name")->old_value.as.text, "c");
    assert_int_equal(changes.entities[1].kind, ORM_CHANGE_DELETE);
    assert_ptr_equal(changes.entities[1].entity, b);
    assert_int_equal(changes.pair_count, 1);
    assert_ptr_equal(changes.pairs[0].owner, a);
    assert_string_equal(changes.pairs[0].property, "labels");
    assert_ptr_equal(changes.pairs[0].target, x);
    assert_false(changes.pairs[0].added);

    /* It would fail, and says so; nothing has changed. */
    p->name = NULL;
    assert_int_equal(orm_uow_change_sets(w->em, &changes), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "name");
    assert_int_equal(changes.entity_count, 0);
    assert_int_equal(orm_uow_change_sets(w->em, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_uow_change_sets(NULL, &changes), ORM_ERR_ARGUMENT);
    p->name = "P";
    flush_sends(w, 5);
}

/* ---- Bad input ---- */

static void test_bad_input(void **state)
{
    world     *w = *state;
    person    *p = make_person(w, "P");
    pet       *c = orm_create(w->em, pet, .name = "c", .owner = p);
    orm_error  error;
    orm_em    *other = orm_fork(w->db, &error);
    pet       *foreign = orm_create(other, pet, .name = "f");
    void      *mixed[2];
    orm_value  list[] = { orm_entity_value(c), orm_int(7) };
    orm_value  value = orm_list_value(list, 2);

    assert_int_equal(orm_collection_add(w->em, p->pets, foreign), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_add(w->em, p->pets, p), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "pets");
    assert_int_equal(orm_collection_add(w->em, p->pets, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_add(w->em, NULL, c), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_add(other, p->pets, foreign), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_add(NULL, p->pets, c), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_remove(w->em, p->pets, p), ORM_ERR_VALIDATION);
    assert_int_equal(orm_collection_remove(w->em, p->pets, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_set(w->em, p->pets, NULL, 1), ORM_ERR_ARGUMENT);
    mixed[0] = orm_create(w->em, pet, .name = "d");
    mixed[1] = foreign;
    assert_int_equal(orm_collection_set(w->em, p->pets, mixed, 2), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_collection_count(p->pets), 1);
    assert_true(orm_collection_contains(p->pets, c));
    assert_int_equal(orm_collection_load(w->em, NULL, NULL), ORM_ERR_ARGUMENT);
    orm_em_close(other);

    /* A list by name: entities and keys. */
    check(w->em, orm_set(w->em, p, "pets", &value));
    assert_int_equal(orm_collection_count(p->pets), 2);
    value = orm_int(7);
    assert_int_equal(orm_set(w->em, p, "pets", &value), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "pets");
    assert_int_equal(orm_collection_count(p->pets), 2);
    value = orm_list_value(NULL, 0);
    check(w->em, orm_set(w->em, p, "pets", &value));
    assert_int_equal(orm_collection_count(p->pets), 0);

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, c));
    assert_int_equal(orm_collection_add(w->em, p->pets, c), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "pets");
}

static void test_each(void **state)
{
    world  *w = *state;
    person *p = make_person(w, "P");
    size_t  seen = 0;

    for (size_t i = 0; i < 5; i++)
        orm_create(w->em, pet, .name = "c", .owner = p);
    ORM_EACH(p->pets, pet, c)
    {
        assert_ptr_equal(c->owner, p);
        if (++seen == 4)
            break;
    }
    assert_int_equal(seen, 4);
    ORM_EACH(make_person(w, "Q")->pets, pet, c) fail_msg("%s", c->name);
    check(w->em, orm_clear(w->em));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_load_many_to_many, reset_relations),
        cmocka_unit_test_setup(test_load_part, reset_relations),
        cmocka_unit_test_setup(test_load_joined, reset_relations),
        cmocka_unit_test_setup(test_load_order, reset_relations),
        cmocka_unit_test_setup(test_count_and_matching, reset_relations),
        cmocka_unit_test_setup(test_remove_and_move, reset_relations),
        cmocka_unit_test_setup(test_orphans_are_set, reset_relations),
        cmocka_unit_test_setup(test_set_not_loaded, reset_relations),
        cmocka_unit_test_setup(test_remove_parent, reset_relations),
        cmocka_unit_test_setup(test_remove_parent_fails, reset_relations),
        cmocka_unit_test_setup(test_transient, reset_relations),
        cmocka_unit_test_setup(test_swap, reset_relations),
        cmocka_unit_test_setup(test_swap_required, reset_relations),
        cmocka_unit_test_setup(test_change_sets, reset_relations),
        cmocka_unit_test_setup(test_bad_input, reset_relations),
        cmocka_unit_test_setup(test_each, reset_relations),
    };

    return RUN_RELATIONS(tests);
}
