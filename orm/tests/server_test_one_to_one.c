/*
 * One-to-one relations: both sides in memory, and what a flush writes of them.
 */
#include "relations_fixture.h"

static person *make_person(world *w, const char *name)
{
    person *p = orm_create(w->em, person, .name = name);

    assert_non_null(p);
    return p;
}

static void set_entity(world *w, void *entity, const char *property, void *target)
{
    orm_value value = orm_entity_value(target);

    check(w->em, orm_set(w->em, entity, property, &value));
}

/* Whichever side is set, the other follows at once, and what either was tied to is let go. */
static void test_sides_follow(void **state)
{
    world    *w = *state;
    person   *ann = make_person(w, "Ann");
    person   *ben = make_person(w, "Ben");
    passport *a = orm_create(w->em, passport, .number = "A", .person = ann);
    passport *b = orm_create(w->em, passport, .number = "B");

    assert_ptr_equal(ann->passport, a);
    set_entity(w, ben, "passport", b);
    assert_ptr_equal(b->person, ben);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(p.name || n.number, ' ' order by n.id) from passport n join person p on p.id = person_id",
               "AnnA BenB");

    set_entity(w, a, "person", ben);
    assert_ptr_equal(ben->passport, a);
    assert_null(ann->passport);
    assert_null(b->person);
    set_entity(w, ann, "passport", b);
    assert_ptr_equal(b->person, ann);
    set_entity(w, ann, "passport", NULL);
    assert_null(b->person);
    assert_ptr_equal(a->person, ben);

    /* Members that are simply written are followed by the flush; the inverse side counts as well. */
    b->person = ann;
    ben->passport = NULL;
    check(w->em, orm_flush(w->em));
    assert_ptr_equal(ann->passport, b);
    assert_null(a->person);
    assert_sql(w, "select string_agg(coalesce(p.name, '-') || n.number, ' ' order by n.id) from passport n"
                  " left join person p on p.id = person_id", "-A AnnB");
    flush_sends(w, 0);
}

/* The pair was written while its inverse side was new; what that flush saw is not what counts later. */
static void test_there_and_back(void **state)
{
    world    *w = *state;
    person   *ann = make_person(w, "Ann");
    passport *p = orm_create(w->em, passport, .number = "A");
    person   *ben;

    check(w->em, orm_flush(w->em));
    ben = make_person(w, "Ben");
    p->person = ben;
    check(w->em, orm_flush(w->em));
    set_entity(w, ann, "passport", p);
    check(w->em, orm_flush(w->em));
    assert_null(ben->passport);
    set_entity(w, ben, "passport", p);
    assert_ptr_equal(p->person, ben);
    assert_null(ann->passport);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from person join passport p on p.person_id = person.id", "Ben");

    /* Written directly it is followed by the flush. */
    ann->passport = p;
    check(w->em, orm_flush(w->em));
    assert_null(ben->passport);
    ben->passport = p;
    check(w->em, orm_flush(w->em));
    assert_null(ann->passport);
    assert_sql(w, "select name from person join passport p on p.person_id = person.id", "Ben");

    /* Somebody else gives him another one. */
    set_entity(w, ann, "passport", p);
    check(w->em, orm_flush(w->em));
    sql(w, "insert into passport (number, person_id) select 'B', id from person where name = 'Ben'");
    assert_ptr_equal(orm_find_one(w->em, person, &orm_eq("name", "Ben"),
                                  &(orm_find_options){ .populate = ORM_PATHS("passport"), .refresh = true }),
                     ben);
    assert_non_null(ben->passport);
    assert_string_equal(ben->passport->number, "B");
    flush_sends(w, 0);
}

static void test_given_to_create(void **state)
{
    world    *w = *state;
    passport *n = orm_create(w->em, passport, .number = "N");
    person   *p = orm_create(w->em, person, .name = "P", .passport = n);

    assert_ptr_equal(n->person, p);
    flush_sends(w, 4);
    assert_sql(w, "select person_id from passport", "1");
    assert_null(orm_create(w->em, person, .name = "Q", .passport = (passport *)p));
    assert_error(w, ORM_ERR_VALIDATION, "Person", "passport");
    assert_ptr_equal(p->passport, n);
}

/* Row 2.2 of the log "1:1 replace with new (unique)": the old one goes first. */
static void test_orphan_is_replaced(void **state)
{
    world   *w = *state;
    person  *p = make_person(w, "P");
    account *old = orm_create(w->em, account, .iban = "old", .person = p);
    account *new;

    check(w->em, orm_flush(w->em));
    new = orm_create(w->em, account, .iban = "new", .person = p);
    assert_ptr_equal(p->account, new);
    assert_null(old->person);
    flush_sends(w, 4);
    assert_sent(w, 1, is_mikroorm(w) ? "delete from \"account\" where \"id\" in ('1')"
                                     : "delete from \"account\" where \"id\" in ($1)");
    assert_sql(w, "select string_agg(iban, ' ') from account", "new");

    /* Taken away, and given to somebody else in the same unit of work: it stays. */
    set_entity(w, p, "account", NULL);
    assert_null(new->person);
    set_entity(w, make_person(w, "Q"), "account", new);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(iban || person_id, ' ') from account", "new2");

    set_entity(w, new->person, "account", NULL);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from account", "0");
}

/* One flush makes both, whatever came first; the key is the server's. */
static void test_foreign_key_as_key(void **state)
{
    world   *w = *state;
    address *home = orm_create(w->em, address, .city = "Oslo");
    person  *p;

    set_entity(w, home, "person", make_person(w, "P"));
    p = home->person;
    assert_ptr_equal(p->address, home);
    flush_sends(w, 4);
    assert_sql(w, "select city || person_id from address", "Oslo1");
    home->city = "Bergen";
    flush_sends(w, 3);
    assert_sql(w, "select city from address", "Bergen");

    /* The key of a saved row stays. */
    home->person = make_person(w, "Q");
    assert_int_equal(orm_flush(w->em), ORM_ERR_VALIDATION);
    assert_error(w, ORM_ERR_VALIDATION, "Address", "person");
    home->person = p;
    check(w->em, orm_remove(w->em, home));
    assert_null(p->address);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from address", "0");
}

/* A removed owner is no longer seen from the other side; persisted again, it is. */
static void test_removed_side(void **state)
{
    world    *w = *state;
    person   *p = make_person(w, "P");
    passport *n = orm_create(w->em, passport, .number = "N", .person = p);

    check(w->em, orm_flush(w->em));
    check(w->em, orm_remove(w->em, n));
    assert_null(p->passport);
    check(w->em, orm_persist(w->em, n));
    assert_ptr_equal(p->passport, n);
    flush_sends(w, 0);
}

/* The other side knows of what is loaded, and a stub is enough. */
static void test_loaded(void **state)
{
    world    *w = *state;
    passport *n;
    person   *p;

    sql(w, "insert into person (name) values ('P'), ('Q'); insert into passport (number, person_id) values ('N', 1)");
    n = orm_find_one(w->em, passport, &orm_key(1), NULL);
    assert_non_null(n);
    p = n->person;
    assert_false(orm_is_initialized(w->em, p));
    assert_ptr_equal(p->passport, n);
    assert_ptr_equal(orm_find_one(w->em, person, &orm_key(1), NULL), p);
    assert_ptr_equal(p->passport, n);
    flush_sends(w, 0);
    set_entity(w, orm_reference(w->em, person, 2), "passport", n);
    assert_null(p->passport);
    flush_sends(w, 3);
    assert_sql(w, "select person_id from passport", "2");
}

/* What a flush that failed or was rolled back did is taken back, and the call can be repeated. */
static void test_retry(void **state)
{
    world    *w = *state;
    person   *p = make_person(w, "P");
    passport *n = orm_create(w->em, passport, .number = "N", .person = p);
    passport *twin;

    sql(w, "insert into passport (number) values ('N')");
    assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
    assert_ptr_equal(p->passport, n);
    sql(w, "delete from passport");
    check(w->em, orm_flush(w->em));

    twin = orm_create(w->em, passport, .number = "T");
    check(w->em, orm_begin(w->em, NULL));
    set_entity(w, twin, "person", p);
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_ptr_equal(p->passport, twin);
    assert_null(n->person);
    assert_sql(w, "select count(*) from passport", "1");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(number || coalesce(person_id::text, '-'), ' ' order by number) from passport", "N- T2");
}

/* Those without one are found all the same, whether the other side is populated, asked for or reached through another. */
static void test_nobody_is_dropped(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };
    world                    *w = *state;

    sql(w, "insert into person (name) values ('Ann'), ('Ben'); insert into passport (number, person_id) values ('x', 2);"
           "insert into pet (name, owner_id) values ('p', 1)");
    for (size_t i = 0; i < 3; i++) {
        orm_list people;
        orm_list pets;

        check(w->em, orm_clear(w->em));
        check(w->em, orm_find(w->em, person, NULL,
                              (&(orm_find_options){ .populate = ORM_PATHS("passport", "account", "address"),
                                                    .strategy = strategies[i],
                                                    .order_by = ORM_ORDER({ "name", ORM_ASC }) }),
                              &people));
        assert_int_equal(people.count, 2);
        assert_null(ORM_AT(people, person, 0)->passport);
        assert_string_equal(ORM_AT(people, person, 1)->passport->number, "x");
        check(w->em, orm_find(w->em, person, &orm_or(orm_eq("passport.number", "x"), orm_eq("name", "Ann")), NULL, &people));
        assert_int_equal(people.count, 2);
        check(w->em, orm_clear(w->em));
        check(w->em, orm_find(w->em, pet, NULL,
                              (&(orm_find_options){ .populate = ORM_PATHS("owner.passport"), .strategy = strategies[i] }), &pets));
        assert_int_equal(pets.count, 1);
        assert_string_equal(ORM_AT(pets, pet, 0)->owner->name, "Ann");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sides_follow, reset_relations),
        cmocka_unit_test_setup(test_there_and_back, reset_relations),
        cmocka_unit_test_setup(test_given_to_create, reset_relations),
        cmocka_unit_test_setup(test_orphan_is_replaced, reset_relations),
        cmocka_unit_test_setup(test_foreign_key_as_key, reset_relations),
        cmocka_unit_test_setup(test_removed_side, reset_relations),
        cmocka_unit_test_setup(test_loaded, reset_relations),
        cmocka_unit_test_setup(test_retry, reset_relations),
        cmocka_unit_test_setup(test_nobody_is_dropped, reset_relations),
    };

    return RUN_RELATIONS(tests);
}
