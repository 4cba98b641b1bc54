/* Single-table inheritance: one table, instances of the right types, and what is written of them. */
#include "em_fixture.h"

typedef struct animal animal;
typedef struct person {
    int32_t         id;
    const char     *name;
    animal         *favourite;
    orm_collection *pets;
    orm_collection *trained;
} person;

struct animal {
    int32_t         id;
    const char     *name;
    person         *owner;
    orm_collection *friends;
    orm_collection *friend_of;
};
typedef struct cat {
    animal        base;
    orm_opt_int32 lives;
} cat;
typedef struct dog {
    animal       base;
    orm_opt_bool barks;
    const char  *breed;
    person      *trainer;
} dog;
typedef struct puppy {
    dog             base;
    orm_opt_int32   weeks;
    orm_collection *toys;
} puppy;
typedef struct toy {
    int32_t     id;
    const char *name;
    puppy      *puppy;
} toy;

/* A concrete root with a discriminator of its own, versions, a filter and events. */
typedef struct doc {
    int32_t     id;
    const char *kind;
    const char *title;
    int32_t     version;
} doc;
typedef struct letter {
    doc            base;
    const char    *code;
    orm_text_array lines;
} letter;

static const orm_property person_properties[] = {
    ORM_INTEGER(person, id, .primary = true),
    ORM_STRING(person, name),
    ORM_MANY_TO_ONE(person, favourite, .target = "Animal", .nullable = true),
    ORM_ONE_TO_MANY(person, pets, .target = "Animal", .mapped_by = "owner"),
    ORM_ONE_TO_MANY(person, trained, .target = "Dog", .mapped_by = "trainer"),
};
static const orm_property animal_properties[] = {
    ORM_INTEGER(animal, id, .primary = true),
    ORM_STRING(animal, name),
    ORM_MANY_TO_ONE(animal, owner, .target = "Person", .nullable = true),
    ORM_MANY_TO_MANY(animal, friends, .target = "Animal"),
    ORM_MANY_TO_MANY(animal, friend_of, .target = "Animal", .mapped_by = "friends"),
};
static const orm_property cat_properties[] = { ORM_INTEGER(cat, lives, .default_raw = "9") };
static const orm_property dog_properties[] = {
    ORM_BOOLEAN(dog, barks, .nullable = true),
    ORM_STRING(dog, breed, .unique = true, .nullable = true),
    ORM_MANY_TO_ONE(dog, trainer, .target = "Person"),
};
static const orm_property puppy_properties[] = {
    ORM_INTEGER(puppy, weeks, .nullable = true),
    ORM_ONE_TO_MANY(puppy, toys, .target = "Toy", .mapped_by = "puppy"),
};
static const orm_property toy_properties[] = {
    ORM_INTEGER(toy, id, .primary = true),
    ORM_STRING(toy, name),
    ORM_MANY_TO_ONE(toy, puppy, .target = "Puppy"),
};
static const orm_property doc_properties[] = {
    ORM_INTEGER(doc, id, .primary = true),
    ORM_STRING(doc, kind),
    ORM_STRING(doc, title),
    ORM_INTEGER(doc, version, .version = true),
};
static const orm_property letter_properties[] = {
    ORM_STRING(letter, code, .nullable = true),
    ORM_TEXT_ARRAY(letter, lines, .nullable = true),
};

static const orm_condition titled = { .op = ORM_OP_NE,
                                      .property = "title",
                                      .value = { .kind = ORM_VALUE_TEXT, .as.text = "secret" } };
static int                 told;

static orm_status note_event(void *context, const orm_event *event)
{
    (void)context;
    told += event->kind == ORM_EVENT_BEFORE_CREATE;
    return ORM_OK;
}

ORM_ENTITY(person, "Person", person_properties);
ORM_ENTITY(animal, "Animal", animal_properties, .discriminator_column = "type", .abstract = true);
ORM_ENTITY(cat, "Cat", cat_properties, ORM_EXTENDS(cat, base, "Animal"));
ORM_ENTITY(dog, "Dog", dog_properties, ORM_EXTENDS(dog, base, "Animal"), .discriminator_value = "dog");
ORM_ENTITY(puppy, "Puppy", puppy_properties, ORM_EXTENDS(puppy, base, "Dog"));
ORM_ENTITY(toy, "Toy", toy_properties);
ORM_ENTITY(doc, "Doc", doc_properties, .discriminator_column = "kind", .on_event = note_event,
           ORM_FILTERS({ .name = "titled", .where = &titled }));
ORM_ENTITY(letter, "Letter", letter_properties, ORM_EXTENDS(letter, base, "Doc"), .discriminator_value = "mail",
           .on_event = note_event);

static const orm_entity *const zoo[] = { &orm_entity_person, &orm_entity_animal, &orm_entity_cat,
                                         &orm_entity_dog,    &orm_entity_puppy,  &orm_entity_toy,
                                         &orm_entity_doc,    &orm_entity_letter, NULL };

static int open_zoo_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, zoo);
}

static int open_zoo_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, zoo);
}

/* 1 Ann owns Tom (cat 1), Rex (dog 2) and Fido (puppy 3); 2 Bob trains both dogs. */
static int empty_zoo(void **state)
{
    world    *w = *state;
    orm_error error;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    sql(w, "truncate person, animal, toy, doc, animal_friends restart identity cascade");
    sql(w, "insert into person (name) values ('Ann'), ('Bob')");
    sql(w, "insert into animal (name, owner_id, type, lives, barks, breed, trainer_id, weeks) values"
           " ('Tom', 1, 'cat', 7, null, null, null, null), ('Rex', 1, 'dog', 9, true, 'collie', 2, null),"
           " ('Fido', 1, 'puppy', 9, false, 'beagle', 2, 6)");
    sql(w, "update person set favourite_id = 3 where id = 1");
    sql(w, "insert into toy (name, puppy_id) values ('ball', 3)");
    sql(w, "insert into animal_friends values (1, 2), (2, 3)");
    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    sql_log_clear(&w->log);
    return 0;
}

static bool mikro(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

static void assert_is(const world *w, const void *entity, const char *name)
{
    const orm_entity *d = orm_entity_of(w->em, entity);

    assert_non_null(d);
    assert_string_equal(d->name, name);
}

static void test_ddl(void **state)
{
    world      *w = *state;
    orm_error   error;
    const char *ddl = orm_schema_create_sql(w->db, &error);

    assert_non_null(ddl);
    assert_non_null(strstr(
        ddl,
        "create table \"animal\" (\"id\" serial primary key, \"name\" varchar(255) not null, \"owner_id\" int null, "
        "\"type\" text not null, \"lives\" int null default 9, \"barks\" boolean null, \"breed\" varchar(255) null, "
        "\"trainer_id\" int null, \"weeks\" int null);\n"
        "create index \"animal_type_index\" on \"animal\" (\"type\");\n"
        "alter table \"animal\" add constraint \"animal_breed_unique\" unique (\"breed\");\n"
        "alter table \"animal\" add constraint \"animal_type_check\" check (\"type\" in ('cat', 'dog', 'puppy'));"));
    assert_non_null(strstr(ddl, "add constraint \"animal_trainer_id_foreign\" foreign key (\"trainer_id\") references "
                                "\"person\" (\"id\") on delete set null;"));
    assert_non_null(strstr(ddl, "create table \"doc\" (\"id\" serial primary key, \"kind\" varchar(255) not null, "
                                "\"title\" varchar(255) not null, \"version\" int not null default 1, "
                                "\"code\" varchar(255) null, \"lines\" text[] null);\n"
                                "create index \"doc_kind_index\" on \"doc\" (\"kind\");"));
    assert_null(strstr(ddl, "create table \"dog\""));
    assert_null(strstr(ddl, "doc_kind_check"));
}

static void test_insert(void **state)
{
    world  *w = *state;
    person *bob = orm_reference(w->em, person, 2);
    cat    *tom;
    dog    *rex;

    tom = orm_create(w->em, cat, .base = { .id = 11, .name = "Mia" });
    rex = orm_create(w->em, dog, .base = { .id = 12, .name = "Ace", .owner = bob }, .barks = ORM_SOME(true),
                     .trainer = bob);
    (void)orm_create(w->em, puppy, .base = { .base = { .id = 13, .name = "Pip" }, .trainer = bob },
                     .weeks = ORM_SOME(3));
    check(w->em, orm_flush(w->em));
    /* One statement for all types of the table. */
    assert_int_equal(w->log.count, 3);
    if (mikro(w))
        assert_sent(w, 1,
                    "insert into \"animal\" (\"id\", \"name\", \"owner_id\", \"type\", \"barks\", \"trainer_id\", "
                    "\"weeks\") values "
                    "(11, 'Mia', default, 'cat', default, default, default), (12, 'Ace', 2, 'dog', true, 2, default), "
                    "(13, 'Pip', default, 'puppy', default, 2, 3) returning \"lives\", \"id\"");
    assert_int_equal(tom->lives.value, 9);
    assert_true(rex->barks.value);
    assert_sql(w, "select string_agg(type || coalesce(weeks, 0), ',' order by id) from animal where id > 3",
               "cat0,dog0,puppy3");
    /* Nothing is to be written again. */
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 0);
    assert_null(orm_create(w->em, animal, .name = "none"));
    assert_error(w, ORM_ERR_VALIDATION, "Animal", "");
}

static void test_find_root(void **state)
{
    world   *w = *state;
    orm_list list;

    check(w->em, orm_find(w->em, animal, NULL, &(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }, &list));
    if (mikro(w))
        assert_sent(w, 0, "select \"a0\".* from \"animal\" as \"a0\" order by \"a0\".\"id\" asc");
    assert_int_equal(list.count, 3);
    assert_is(w, list.items[0], "Cat");
    assert_is(w, list.items[1], "Dog");
    assert_is(w, list.items[2], "Puppy");
    assert_int_equal(((cat *)list.items[0])->lives.value, 7);
    assert_true(((dog *)list.items[1])->barks.value);
    assert_string_equal(((puppy *)list.items[2])->base.breed, "beagle");
    assert_int_equal(((puppy *)list.items[2])->weeks.value, 6);
    assert_ptr_equal(((dog *)list.items[1])->base.owner, ((cat *)list.items[0])->base.owner);

    /* What only some types have can be asked for. */
    check(w->em, orm_find(w->em, animal, &orm_gt("weeks", 3), NULL, &list));
    assert_int_equal(list.count, 1);
    check(w->em, orm_find(w->em, animal, &orm_eq("trainer.name", "Bob"), NULL, &list));
    assert_int_equal(list.count, 2);
    assert_int_not_equal(orm_find(w->em, animal, &orm_eq("wheels", 3), NULL, &list), ORM_OK);
}

static void test_find_child(void **state)
{
    world   *w = *state;
    uint64_t count = 0;
    orm_list list;

    check(w->em, orm_find(w->em, dog, &orm_ne("name", "x"), NULL, &list));
    assert_int_equal(list.count, 2);
    if (mikro(w))
        assert_sent(w, 0,
                    "select \"d0\".* from \"animal\" as \"d0\" where \"d0\".\"name\" != 'x' and \"d0\".\"type\" in "
                    "('dog', 'puppy')");
    check(w->em, orm_find(w->em, cat, NULL, NULL, &list));
    assert_int_equal(list.count, 1);
    if (mikro(w))
        assert_sent(w, 1, "select \"c0\".* from \"animal\" as \"c0\" where \"c0\".\"type\" = 'cat'");
    check(w->em, orm_count(w->em, dog, NULL, &count));
    assert_int_equal(count, 2);
    if (mikro(w))
        assert_sent(w, 2,
                    "select count(*) as \"count\" from \"animal\" as \"d0\" where \"d0\".\"type\" in ('dog', 'puppy')");

    /* The key of another type finds nothing, whether that is in memory or not. */
    assert_null(orm_find_one(w->em, cat, &orm_key(2), NULL));
    assert_null(orm_find_one(w->em, puppy, &orm_key(2), NULL));
    assert_ptr_equal(orm_find_one(w->em, dog, &orm_key(3), NULL), orm_find_one(w->em, animal, &orm_key(3), NULL));
    assert_int_not_equal(orm_find(w->em, cat, &orm_eq("weeks", 3), NULL, &list), ORM_OK);
}

static void test_references(void **state)
{
    world  *w = *state;
    animal *stub;
    person *ann = orm_find_one(w->em, person, &orm_key(1), NULL);

    /* The type of a reference to the root is not known before it is loaded; it is the same struct then. */
    stub = ann->favourite;
    assert_is(w, stub, "Animal");
    assert_false(orm_is_initialized(w->em, stub));
    assert_int_equal(stub->id, 3);
    check(w->em, orm_populate(w->em, (void *[]){ ann }, 1, ORM_PATHS("favourite"), NULL));
    assert_ptr_equal(ann->favourite, stub);
    assert_is(w, stub, "Puppy");
    assert_int_equal(((puppy *)stub)->weeks.value, 6);
    assert_non_null(((puppy *)stub)->toys);

    /* A stub of a wrong type. */
    assert_null(orm_reference(w->em, cat, 3));
    assert_error(w, ORM_ERR_VALIDATION, "Cat", "");
    assert_ptr_equal(orm_reference(w->em, dog, 3), stub);
    assert_non_null(orm_reference(w->em, cat, 2));
    assert_null(orm_find_one(w->em, dog, &orm_key(2), NULL));
    assert_error(w, ORM_ERR_VALIDATION, "Dog", "");
}

static void populate_with(world *w, orm_strategy strategy)
{
    orm_list  list;
    orm_error error;
    animal   *tom;
    dog      *rex;
    puppy    *fido;
    person   *ann;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    check(w->em,
          orm_find(w->em, animal, NULL,
                   &(orm_find_options){ .populate = ORM_PATHS("owner.pets", "trainer", "toys", "friends.friends"),
                                        .strategy = strategy,
                                        .order_by = ORM_ORDER({ "id", ORM_ASC }) },
                   &list));
    assert_int_equal(list.count, 3);
    tom = list.items[0];
    rex = list.items[1];
    fido = list.items[2];
    ann = tom->owner;
    assert_string_equal(ann->name, "Ann");
    assert_string_equal(rex->trainer->name, "Bob");
    assert_ptr_equal(fido->base.trainer, rex->trainer);
    assert_int_equal(orm_collection_count(ann->pets), 3);
    assert_int_equal(orm_collection_count(fido->toys), 1);
    assert_ptr_equal(((toy *)orm_collection_at(fido->toys, 0))->puppy, fido);
    assert_int_equal(orm_collection_count(tom->friends), 1);
    assert_ptr_equal(orm_collection_at(tom->friends, 0), rex);
    assert_ptr_equal(orm_collection_at(rex->base.friends, 0), fido);

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    check(w->em, orm_find(w->em, person, NULL,
                          &(orm_find_options){ .populate = ORM_PATHS("trained.toys", "pets.toys", "favourite.trainer"),
                                               .strategy = strategy,
                                               .order_by = ORM_ORDER({ "id", ORM_ASC }) },
                          &list));
    assert_int_equal(list.count, 2);
    ann = list.items[0];
    assert_is(w, ann->favourite, "Puppy");
    assert_ptr_equal(((puppy *)ann->favourite)->base.trainer, list.items[1]);
    assert_int_equal(orm_collection_count(((person *)list.items[1])->trained), 2);
    assert_int_equal(orm_collection_count(((puppy *)ann->favourite)->toys), 1);
    assert_int_equal(orm_collection_count(ann->pets), 3);
}

static void test_populate(void **state)
{
    populate_with(*state, ORM_STRATEGY_SELECT_IN);
    populate_with(*state, ORM_STRATEGY_JOINED);
    populate_with(*state, ORM_STRATEGY_BALANCED);
}

static void test_update_and_remove(void **state)
{
    world   *w = *state;
    orm_list list;
    cat     *tom;
    dog     *rex;

    check(w->em, orm_find(w->em, animal, NULL, &(orm_find_options){ .order_by = ORM_ORDER({ "id", ORM_ASC }) }, &list));
    tom = list.items[0];
    rex = list.items[1];
    tom->lives.value = 6;
    rex->breed = "pug";
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(coalesce(breed, '') || lives, ',' order by id) from animal", "6,pug9,beagle9");
    tom->lives.value = 5;
    rex->barks.value = false;
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    if (mikro(w))
        assert_sent(w, 1,
                    "update \"animal\" set \"lives\" = case when (\"id\" = 1) then 5 else \"lives\" end, "
                    "\"barks\" = case when (\"id\" = 2) then false else \"barks\" end where \"id\" in (1, 2) "
                    "returning \"id\"");
    check(w->em, orm_remove(w->em, tom));
    check(w->em, orm_remove(w->em, rex));
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count, 3);
    if (mikro(w))
        assert_sent(w, 1, "delete from \"animal\" where \"id\" in (1, 2)");
}

static void test_collections(void **state)
{
    world  *w = *state;
    person *ann =
        orm_find_one(w->em, person, &orm_key(1), &(orm_find_options){ .populate = ORM_PATHS("pets", "trained") });
    dog *ace = orm_create_transient(w->em, dog, .base.name = "Ace");
    cat *mia = orm_create(w->em, cat, .base.name = "Mia");
    dog *rex;

    check(w->em, orm_collection_add(w->em, ann->trained, ace));
    assert_ptr_equal(ace->trainer, ann);
    check(w->em, orm_collection_add(w->em, ann->pets, mia));
    assert_ptr_equal(mia->base.owner, ann);
    assert_int_not_equal(orm_collection_add(w->em, ann->trained, mia), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Person", "trained");
    rex = orm_find_one(w->em, dog, &orm_key(2), &(orm_find_options){ .populate = ORM_PATHS("friends", "friend_of") });
    check(w->em, orm_collection_add(w->em, rex->base.friends, mia));
    assert_true(orm_collection_contains(mia->base.friend_of, rex));
    check(w->em, orm_collection_remove(w->em, rex->base.friend_of, orm_reference(w->em, cat, 1)));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select string_agg(animal_1_id || '-' || animal_2_id, ',' order by 1) from animal_friends",
               "2-3,2-5");
    assert_sql(w, "select count(*) from animal where owner_id = 1", "4");
    assert_sql(w, "select trainer_id from animal where name = 'Ace'", "1");
    check(w->em, orm_remove(w->em, mia));
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select count(*) from animal_friends", "1");
}

static void test_native(void **state)
{
    world    *w = *state;
    int64_t   affected = 0;
    orm_value keys[1];
    cat      *mia;

    check(w->em, orm_native_update(w->em, dog, NULL, &ORM_ROW({ "name", orm_text("Dog") }), &affected));
    assert_int_equal(affected, 2);
    if (mikro(w))
        assert_sent(w, 0, "update \"animal\" set \"name\" = 'Dog' where \"type\" in ('dog', 'puppy')");
    check(w->em, orm_native_delete(w->em, cat, &orm_eq("lives", 7), &affected));
    assert_int_equal(affected, 1);
    if (mikro(w))
        assert_sent(w, 1, "delete from \"animal\" where \"lives\" = 7 and \"type\" = 'cat'");
    assert_int_not_equal(orm_native_update(w->em, dog, NULL, &ORM_ROW({ "type", orm_text("cat") }), NULL), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Dog", "type");
    check(w->em, orm_insert(w->em, cat, &ORM_ROW({ "name", orm_text("Mia") }), &keys[0]));
    assert_sql(w, "select type from animal where name = 'Mia'", "cat");
    assert_int_not_equal(orm_insert(w->em, animal, &ORM_ROW({ "name", orm_text("x") }), NULL), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Animal", "");
    check(w->em, orm_insert(w->em, animal, &ORM_ROW({ "name", orm_text("Zoe") }, { "type", orm_text("cat") }), NULL));
    mia = orm_upsert(w->em, cat, &ORM_ROW({ "id", orm_int(4) }, { "name", orm_text("Mimi") }), NULL);
    check(w->em, orm_em_error(w->em)->status);
    assert_is(w, mia, "Cat");
    assert_sql(w, "select name || type from animal where id = 4", "Mimicat");
    /* Rows of other types are not touched. */
    assert_null(orm_upsert(w->em, cat, &ORM_ROW({ "id", orm_int(2) }, { "name", orm_text("Mimi") }), NULL));
    assert_sql(w, "select name || type from animal where id = 2", "Dogdog");
}

static void test_discriminator(void **state)
{
    world  *w = *state;
    letter *l = orm_create(w->em, letter, .base.title = "Hello", .code = "x");
    doc    *d;

    assert_string_equal(l->base.kind, "mail");
    assert_null(orm_create(w->em, letter, .base = { .title = "Hello", .kind = "doc" }));
    assert_error(w, ORM_ERR_VALIDATION, "Letter", "kind");
    d = orm_create(w->em, doc, .title = "Plain", .kind = "doc");
    told = 0;
    check(w->em, orm_flush(w->em));
    assert_int_equal(told, 2);
    assert_int_equal(l->base.version, 1);
    l->base.kind = "doc";
    assert_int_not_equal(orm_flush(w->em), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Letter", "kind");
    l->base.kind = "mail";
    assert_int_not_equal(orm_set(w->em, d, "kind", &(orm_value){ .kind = ORM_VALUE_TEXT, .as.text = "mail" }), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Doc", "kind");
    l->base.title = "secret";
    d->title = "also";
    check(w->em, orm_flush(w->em));
    assert_int_equal(l->base.version, 2);
    assert_int_equal(d->version, 2);
}

static void test_concrete_root(void **state)
{
    world   *w = *state;
    orm_list list;

    sql(w, "insert into doc (kind, title, code, lines) values ('doc', 'a', null, null), ('mail', 'b', 'x', '{1,2}'), "
           "('mail', 'secret', null, null)");
    sql_log_clear(&w->log);
    check(w->em, orm_find(w->em, doc, NULL, NULL, &list));
    if (mikro(w))
        assert_sent(w, 0, "select \"d0\".* from \"doc\" as \"d0\" where \"d0\".\"kind\" in ('doc', 'mail')");
    assert_int_equal(list.count, 3);
    /* The filter of the root is one of its children. */
    check(w->em, orm_find(w->em, letter, NULL,
                          &(orm_find_options){ .filters = (const orm_filter_use[]){ { .name = "titled" }, { .name = NULL } } },
                          &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(((letter *)list.items[0])->lines.count, 2);
    check(w->em, orm_find(w->em, doc, NULL, &(orm_find_options){ .fields = ORM_NAMES("title", "code") }, &list));
    assert_int_equal(list.count, 3);
    /* What nobody knows is told. */
    sql(w, "truncate animal cascade; alter table animal drop constraint animal_type_check;"
           "insert into animal (name, type) values ('?', 'bird')");
    assert_int_not_equal(orm_find(w->em, animal, NULL, NULL, &list), ORM_OK);
    assert_error(w, ORM_ERR_VALIDATION, "Animal", "type");
    assert_non_null(strstr(orm_em_error(w->em)->message, "\"bird\""));
    sql(w, "truncate animal cascade; alter table animal add constraint animal_type_check check (type in ('cat', 'dog', "
           "'puppy'))");
}

static void test_auto_flush(void **state)
{
    world   *w = *state;
    orm_list list;

    (void)orm_create(w->em, cat, .base.name = "Mia");
    check(w->em, orm_find(w->em, animal, NULL, NULL, &list));
    assert_int_equal(list.count, 4);
    (void)orm_create(w->em, cat, .base.name = "Max");
    check(w->em, orm_find(w->em, dog, NULL, NULL, &list));
    assert_sql(w, "select count(*) from animal", "5");
    check(w->em, orm_begin(w->em, NULL));
    check(w->em, orm_remove(w->em, list.items[0]));
    check(w->em, orm_flush(w->em));
    check(w->em, orm_rollback(w->em));
    assert_sql(w, "select count(*) from animal", "5");
}

static void test_merge_and_json(void **state)
{
    world      *w = *state;
    puppy      *fido;
    const char *json = NULL;

    fido = orm_merge(w->em, puppy,
                     &ORM_ROW({ "id", orm_int(3) }, { "name", orm_text("Fido") }, { "weeks", orm_int(6) }), false);
    assert_non_null(fido);
    assert_is(w, fido, "Puppy");
    fido = orm_find_one(w->em, animal, &orm_key(3), &(orm_find_options){ .refresh = true }) == NULL ? NULL : fido;
    check(w->em, orm_to_json(w->em, fido, NULL, &json));
    assert_non_null(json);
    assert_non_null(strstr(json, "\"weeks\":6"));
    assert_non_null(strstr(json, "\"type\":\"puppy\""));
}

#define ZOO(test) cmocka_unit_test_setup(test, empty_zoo)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ZOO(test_ddl),
        ZOO(test_insert),
        ZOO(test_find_root),
        ZOO(test_find_child),
        ZOO(test_references),
        ZOO(test_populate),
        ZOO(test_update_and_remove),
        ZOO(test_collections),
        ZOO(test_native),
        ZOO(test_discriminator),
        ZOO(test_concrete_root),
        ZOO(test_auto_flush),
        ZOO(test_merge_and_json),
    };

    return cmocka_run_group_tests_name("native", tests, open_zoo_native, close_emptied) +
           cmocka_run_group_tests_name("mikroorm", tests, open_zoo_mikroorm, close_emptied);
}
