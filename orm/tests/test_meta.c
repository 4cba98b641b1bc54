/* Discovery: what good descriptors become, and what is said of bad ones. */
#include "meta_fixture.h"

typedef struct author {
    orm_uuid          id;
    const char       *name;
    orm_opt_timestamp createdAt;
    struct author    *mentor;
    orm_collection   *books;
    orm_collection   *pupils;
} author;
typedef struct book {
    int64_t     id;
    const char *title;
    author     *author;
} book;

static const orm_property author_properties[] = {
    ORM_STRING(author, name, .unique = true),
    ORM_UUID(author, id, .primary = true),
    ORM_TIMESTAMPTZ(author, createdAt, .default_raw = "now()"),
    ORM_MANY_TO_ONE(author, mentor, .target = "Author", .nullable = true),
    ORM_ONE_TO_MANY(author, books, .target = "Book", .mapped_by = "author"),
    ORM_ONE_TO_MANY(author, pupils, .target = "Author", .mapped_by = "mentor"),
};
static const orm_property book_properties[] = {
    ORM_BIGINT(book, id, .primary = true),
    ORM_STRING(book, title, .column = "Title"),
    ORM_MANY_TO_ONE(book, author, .target = "Author", .inversed_by = "books"),
};
ORM_ENTITY(author, "Author", author_properties);
ORM_ENTITY(book, "Book", book_properties, .table = "books");

static void names_relations_and_columns_are_resolved(void **state)
{
    const orm_meta          *meta = discover(*state, ORM_ENTITIES(author, book));
    const orm_meta_entity   *a = orm_meta_named(meta, "Author");
    const orm_meta_entity   *b = orm_meta_named(meta, "Book");
    const orm_meta_property *owner = orm_meta_property_named(b, "author");
    const orm_meta_property *books = orm_meta_property_named(a, "books");

    assert_int_equal(meta->entity_count, 2);
    assert_string_equal(a->table, "author");
    assert_string_equal(b->table, "books");
    assert_int_equal(a->size, sizeof(author));

    /* The key comes first among the columns, as in MikroORM; properties stay as declared. */
    assert_string_equal(a->properties[0].name, "name");
    assert_int_equal(a->column_count, 4);
    assert_string_equal(a->columns[0]->name, "id");
    assert_string_equal(a->columns[1]->name, "name");
    assert_string_equal(a->columns[2]->name, "created_at");
    assert_string_equal(a->columns[3]->name, "mentor_id");
    assert_int_equal(a->columns[3]->index, 3);
    assert_ptr_equal(a->key, a->columns[0]->property);
    assert_int_equal(a->key_column_count, 1);
    assert_string_equal(b->columns[1]->name, "Title");
    assert_ptr_equal(orm_map_get_text(&b->by_column, "author_id"), &owner->columns[0]);

    assert_ptr_equal(owner->target, a);
    assert_ptr_equal(owner->inverse, books);
    assert_ptr_equal(books->inverse, owner);
    assert_int_equal(books->column_count, 0);
    assert_int_equal(owner->type, ORM_TYPE_REFERENCE);
    assert_int_equal(owner->columns[0].type, ORM_TYPE_UUID);
    assert_ptr_equal(owner->columns[0].refers_to, a->columns[0]);
    assert_ptr_equal(orm_meta_property_named(a, "mentor")->inverse, orm_meta_property_named(a, "pupils"));
    assert_int_equal(owner->delete_rule, ORM_RULE_NO_ACTION);
    assert_int_equal(orm_meta_property_named(a, "mentor")->delete_rule, ORM_RULE_SET_NULL);
    assert_null(orm_meta_property_named(a, "nothing"));
    assert_null(orm_meta_property_named(a, NULL));
    assert_null(orm_meta_named(meta, "author"));
}

static void keys_say_who_generates_them(void **state)
{
    typedef struct one {
        int32_t  id;
        orm_uuid uuid;
    } one;
    static const orm_property serial[] = { ORM_INTEGER(one, id, .primary = true) };
    static const orm_property plain[] = { ORM_INTEGER(one, id, .primary = true, .autoincrement = ORM_OFF) };
    static const orm_property raw[] = { ORM_INTEGER(one, id, .primary = true, .default_raw = "unique_rowid()") };
    static const orm_property client[] = { ORM_UUID(one, uuid, .primary = true) };
    static const orm_property server[] = { ORM_UUID(one, uuid, .primary = true, .default_raw = "gen_random_uuid()") };
    static const struct {
        const orm_property *property;
        bool                autoincrement, client_uuid, has_default, zero_is_unset;
    } keys[] = {
        { serial, true, false, true, true },  { plain, false, false, false, false }, { raw, false, false, true, true },
        { client, false, true, false, true }, { server, false, false, true, true },
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        orm_entity entity = { .name = "One", .size = sizeof(one), .properties = keys[i].property, .property_count = 1 };
        const orm_entity        *list[] = { &entity, NULL };
        const orm_meta_property *key = discover(*state, list)->entities[0]->key;
        one                      instance = { .id = 0 };

        assert_int_equal(key->autoincrement, keys[i].autoincrement);
        assert_int_equal(key->client_uuid, keys[i].client_uuid);
        assert_int_equal(key->has_default, keys[i].has_default);
        assert_int_equal(key->zero_is_unset, keys[i].zero_is_unset);
        assert_int_equal(orm_meta_is_present(key, &instance), !keys[i].zero_is_unset);
        memset(orm_meta_slot(key, &instance), 1, 4);
        assert_true(orm_meta_is_present(key, &instance));
        orm_meta_set_present(key, &instance, false);
        assert_int_equal(orm_meta_is_present(key, &instance), !keys[i].zero_is_unset);
    }
}

/* What a version begins with is MikroORM's; what the descriptor says counts before that. */
static void versions_begin_as_in_mikroorm(void **state)
{
    static const struct {
        orm_property property;
        const char  *default_raw;
        unsigned     length;
    } versions[] = {
        { { .name = "v", .type = ORM_TYPE_INTEGER, .version = true }, "1", 0 },
        { { .name = "v", .type = ORM_TYPE_BIGINT, .version = true, .default_raw = "100" }, "100", 0 },
        { { .name = "v", .type = ORM_TYPE_TIMESTAMPTZ, .version = true }, "current_timestamp(3)", 3 },
        { { .name = "v", .type = ORM_TYPE_TIMESTAMPTZ, .version = true, .has_length = true }, "current_timestamp(0)", 0 },
        { { .name = "v", .type = ORM_TYPE_TIMESTAMPTZ, .version = true, .length = 6 }, "current_timestamp(6)", 6 },
    };

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        orm_property             properties[] = { SERIAL(ORM_TYPE_INTEGER),
                                                  versions[i].property,
                                                  { .name = "n", .type = ORM_TYPE_TEXT, .concurrency_check = true } };
        orm_entity               entity = { .name = "One", .properties = properties, .property_count = 3 };
        const orm_entity        *list[] = { &entity, NULL };
        const orm_meta_entity   *meta = discover(*state, list)->entities[0];
        const orm_meta_property *version = orm_meta_property_named(meta, "v");

        assert_ptr_equal(meta->version, version);
        assert_string_equal(version->descriptor->default_raw, versions[i].default_raw);
        assert_int_equal(version->descriptor->length, versions[i].length);
        assert_true(version->zero_is_unset && version->has_default);
        assert_int_equal(meta->guard_count, 2);
        assert_string_equal(meta->guards[0]->name, "v");
        assert_string_equal(meta->guards[1]->name, "n");
        assert_true(meta->has_checks);
    }
}

static void entities_are_found_by_address_or_by_a_copy(void **state)
{
    const orm_meta *meta = discover(*state, ORM_ENTITIES(author, book));
    orm_entity      copy = orm_entity_book;

    assert_string_equal(orm_meta_find(meta, &orm_entity_book)->name, "Book");
    assert_ptr_equal(orm_meta_find(meta, &copy), orm_meta_find(meta, &orm_entity_book));
    copy.size++; /* another struct that happens to have the same name */
    assert_null(orm_meta_find(meta, &copy));
    copy.name = "Other";
    assert_null(orm_meta_find(meta, &copy));
    copy.name = NULL;
    assert_null(orm_meta_find(meta, &copy));
    assert_null(orm_meta_find(meta, NULL));
}

static void presence_is_read_and_written(void **state)
{
    const orm_meta_entity   *a = orm_meta_named(discover(*state, ORM_ENTITIES(author, book)), "Author");
    const orm_meta_property *created = orm_meta_property_named(a, "createdAt");
    const orm_meta_property *name = orm_meta_property_named(a, "name");
    const orm_meta_property *mentor = orm_meta_property_named(a, "mentor");
    author                   one = { .name = "", .mentor = &one };

    assert_ptr_equal(orm_meta_slot(created, &one), &one.createdAt.value);
    assert_ptr_equal(orm_meta_slot_const(name, &one), &one.name);
    assert_false(orm_meta_is_present(created, &one));
    orm_meta_set_present(created, &one, true);
    assert_true(one.createdAt.has);
    assert_true(orm_meta_is_present(created, &one));
    orm_meta_set_present(created, &one, false);
    assert_false(one.createdAt.has);

    assert_true(orm_meta_is_present(name, &one)); /* the empty text is a text */
    orm_meta_set_present(name, &one, true);
    assert_string_equal(one.name, "");
    orm_meta_set_present(name, &one, false);
    assert_null(one.name);
    assert_false(orm_meta_is_present(name, &one));

    assert_true(orm_meta_is_present(mentor, &one));
    orm_meta_set_present(mentor, &one, false);
    assert_null(one.mentor);
}

static void a_presence_member_beside_the_value_is_used(void **state)
{
    typedef struct counter {
        int64_t id;
        int32_t n;
        bool    has_n;
    } counter;
    static const orm_property properties[] = {
        ORM_BIGINT(counter, id, .primary = true),
        ORM_INTEGER(counter, n, .nullable = true, ORM_PRESENCE(counter, has_n)),
    };
    ORM_ENTITY(counter, "Counter", properties);
    const orm_meta          *meta = discover(*state, ORM_ENTITIES(counter));
    const orm_meta_property *n = orm_meta_property_named(meta->entities[0], "n");
    counter                  c = { .n = 5 };

    assert_false(orm_meta_is_present(n, &c));
    orm_meta_set_present(n, &c, true);
    assert_true(c.has_n);
}

static void unknown_properties_come_with_the_nearest_word(void **state)
{
    const orm_meta_entity *a = orm_meta_named(discover(*state, ORM_ENTITIES(author, book)), "Author");
    orm_error              error;

    assert_int_equal(orm_meta_unknown_property(a, "naem", &error), ORM_ERR_VALIDATION);
    assert_string_equal(error.message, "Author has no property \"naem\"; did you mean \"name\"?");
    assert_string_equal(error.entity, "Author");
    assert_string_equal(error.property, "naem");
    assert_int_equal(orm_meta_unknown_property(a, "zzzzzz", &error), ORM_ERR_VALIDATION);
    assert_string_equal(error.message, "Author has no property \"zzzzzz\"");
    assert_int_equal(orm_meta_unknown_property(a, NULL, NULL), ORM_ERR_VALIDATION);
}

/* Two entities that need each other, and one without a required way out of a cycle, are fine as metadata. */
static void cycles_of_required_references_are_allowed(void **state)
{
    typedef struct hen {
        int64_t     id;
        struct egg *from;
    } hen;
    typedef struct egg {
        int64_t     id;
        struct hen *by;
    } egg;
    static const orm_property hen_properties[] = { ORM_BIGINT(hen, id, .primary = true),
                                                   ORM_MANY_TO_ONE(hen, from, .target = "Egg") };
    static const orm_property egg_properties[] = { ORM_BIGINT(egg, id, .primary = true),
                                                   ORM_MANY_TO_ONE(egg, by, .target = "Hen") };
    ORM_ENTITY(hen, "Hen", hen_properties);
    ORM_ENTITY(egg, "Egg", egg_properties);

    assert_int_equal(discover(*state, ORM_ENTITIES(hen, egg))->entity_count, 2);
}

/* ---- What is refused ---- */

#define LONG_NAME "x123456789x123456789x123456789x123456789x123456789x123456789x123"
#define KEY SERIAL(ORM_TYPE_BIGINT)
#define BAD_UTF8 "a\xFF"

static const char *const twice[] = { "a", "b", "a" };
static const char *const hole[] = { "a", NULL };

/* One entity "Thing" at run time with these properties is refused with this message. */
static const struct refused {
    const char  *message;
    const char  *property;
    orm_property properties[4];
} refused[] = {
    { "Thing: the entity has no properties", "", { { .name = NULL } } },
    { "Thing: property 2 has no name", "", { KEY, { .name = "", .type = ORM_TYPE_TEXT } } },
    { "Thing: the entity has no primary key", "", { { .name = "a", .type = ORM_TYPE_TEXT } } },
    { "Thing.a: 0 is not a type", "a", { KEY, { .name = "a" } } },
    { "Thing.a: 99 is not a type", "a", { KEY, { .name = "a", .type = (orm_type)99 } } },
    { "Thing.a.b: a property's name has no dot", "a.b", { KEY, { .name = "a.b", .type = ORM_TYPE_TEXT } } },
    { "the property's name is not valid UTF-8", NULL, { KEY, { .name = BAD_UTF8, .type = ORM_TYPE_TEXT } } },
    { "Thing.a: the entity has two properties of this name",
      "a",
      { KEY, { .name = "a", .type = ORM_TYPE_TEXT }, { .name = "a", .type = ORM_TYPE_DATE } } },
    { "Thing.aB: the column \"a_b\" belongs to the property a_b already",
      "aB",
      { KEY, { .name = "a_b", .type = ORM_TYPE_TEXT }, { .name = "aB", .type = ORM_TYPE_TEXT } } },
    { "Thing.a: the column has an empty name", "a", { KEY, { .name = "a", .type = ORM_TYPE_TEXT, .column = "" } } },
    { "Thing.a: the name of the column, \"" LONG_NAME "\", has 64 bytes; identifiers have at most 63",
      "a",
      { KEY, { .name = "a", .type = ORM_TYPE_TEXT, .column = LONG_NAME } } },
    { "Thing.a: the name of the column is not valid UTF-8",
      "a",
      { KEY, { .name = "a", .type = ORM_TYPE_TEXT, .column = BAD_UTF8 } } },
    { "Thing.a: default_raw or comment is not valid UTF-8",
      "a",
      { KEY, { .name = "a", .type = ORM_TYPE_TEXT, .comment = BAD_UTF8 } } },
    { "Thing.a: default_raw is empty", "a", { KEY, { .name = "a", .type = ORM_TYPE_TEXT, .default_raw = "" } } },

    { "Thing.id: a primary key cannot be nullable",
      "id",
      { { .name = "id", .type = ORM_TYPE_UUID, .primary = true, .nullable = true } } },
    { "Thing.id: the option primary is for integers, texts, decimals, uuids, dates, times, bytes, enums "
      "and to-one relations, not for json",
      "id",
      { { .name = "id", .type = ORM_TYPE_JSON, .primary = true } } },
    { "Thing.id: it is part of a key that is made of references in a circle",
      "id",
      { TO("id", "Thing", .primary = true) } },
    { "Thing.b: the option autoincrement is for a single primary key, and this one is composite",
      "b",
      { KEY, { .name = "b", .type = ORM_TYPE_INTEGER, .primary = true, .autoincrement = ORM_ON } } },
    { "Thing.v: the option version is for smallint, integer, bigint and timestamptz, not for string",
      "v",
      { KEY, { .name = "v", .type = ORM_TYPE_STRING, .version = true } } },
    { "Thing.w: an entity has one version, and v is it already",
      "w",
      { KEY,
        { .name = "v", .type = ORM_TYPE_INTEGER, .version = true },
        { .name = "w", .type = ORM_TYPE_BIGINT, .version = true } } },
    { "Thing.id: a primary key never changes: it is no version and no check",
      "id",
      { { .name = "id", .type = ORM_TYPE_INTEGER, .primary = true, .concurrency_check = true } } },
    { "Thing.v: a version cannot be nullable",
      "v",
      { KEY, { .name = "v", .type = ORM_TYPE_INTEGER, .nullable = true, .version = true } } },
    { "Thing.v: a version is always checked",
      "v",
      { KEY, { .name = "v", .type = ORM_TYPE_INTEGER, .concurrency_check = true, .version = true } } },
    { "Thing.id: the option autoincrement is for integer primary keys, not for uuid",
      "id",
      { { .name = "id", .type = ORM_TYPE_UUID, .primary = true, .autoincrement = ORM_ON } } },
    { "Thing.n: the option autoincrement is for integer primary keys; add",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_INTEGER, .autoincrement = ORM_ON } } },
    { "Thing.id: autoincrement and default_raw contradict each other",
      "id",
      { { .name = "id", .type = ORM_TYPE_BIGINT, .primary = true, .autoincrement = ORM_ON, .default_raw = "1" } } },

    { "Thing.n: the option length is for string and timestamptz, not for integer",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_INTEGER, .length = 5 } } },
    { "Thing.n: the option length is for string and timestamptz, not for text",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_TEXT, .length = 5 } } },
    { "Thing.n: a string's length is 1 to 10485760, not 10485761",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_STRING, .length = 10485761 } } },
    { "Thing.n: a string's length is 1 to 10485760, not 0",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_STRING, .has_length = true } } },
    { "Thing.n: a timestamptz has at most 6 fractional digits, not 7",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_TIMESTAMPTZ, .length = 7 } } },
    { "Thing.n: the option precision and scale is for decimal, not for double",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_DOUBLE, .precision = 5 } } },
    { "Thing.n: numeric(5,6) does not exist",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_DECIMAL, .precision = 5, .scale = 6 } } },
    { "Thing.n: numeric(1001,0) does not exist",
      "n",
      { KEY, { .name = "n", .type = ORM_TYPE_DECIMAL, .precision = 1001 } } },
    { "Thing.n: numeric(0,2) does not exist", "n", { KEY, { .name = "n", .type = ORM_TYPE_DECIMAL, .scale = 2 } } },

    { "Thing.e: an enum needs items", "e", { KEY, { .name = "e", .type = ORM_TYPE_ENUM } } },
    { "Thing.e: an enum needs items", "e", { KEY, { .name = "e", .type = ORM_TYPE_ENUM, .enum_items = twice } } },
    { "Thing.e: item 2 of the enum is NULL",
      "e",
      { KEY, { .name = "e", .type = ORM_TYPE_ENUM, .enum_items = hole, .enum_count = 2 } } },
    { "Thing.e: the enum has the item \"a\" twice",
      "e",
      { KEY, { .name = "e", .type = ORM_TYPE_ENUM, .enum_items = twice, .enum_count = 3 } } },
    { "Thing.e: the option enum_items is for enum, not for text",
      "e",
      { KEY, { .name = "e", .type = ORM_TYPE_TEXT, .enum_items = twice, .enum_count = 2 } } },

    { "Thing.r: type and relation do not fit",
      "r",
      { KEY, { .name = "r", .type = ORM_TYPE_REFERENCE, .target = "Thing" } } },
    { "Thing.r: type and relation do not fit",
      "r",
      { KEY, { .name = "r", .type = ORM_TYPE_TEXT, .relation = ORM_RELATION_MANY_TO_ONE } } },
    { "Thing.r: the relation names no target",
      "r",
      { KEY, { .name = "r", .type = ORM_TYPE_REFERENCE, .relation = ORM_RELATION_MANY_TO_ONE } } },
    { "Thing.r: the target \"Thnig\" is not an entity that was given to orm_open(); did you mean \"Thing\"?",
      "r",
      { KEY, TO("r", "Thnig", .reserved_ = 0) } },
    { "Thing.r: the target \"Spoon\" is not an entity that was given to orm_open()",
      "r",
      { KEY, MANY("r", "Spoon", "x") } },
    { "Thing.r: the option target is for relations, not for uuid",
      "r",
      { KEY, { .name = "r", .type = ORM_TYPE_UUID, .target = "Thing" } } },
    { "Thing.r: a many-to-one always owns its relation: leave mapped_by out",
      "r",
      { KEY, TO("r", "Thing", .mapped_by = "x") } },
    { "Thing.r: the option column is for properties with a column, not for a to-many relation",
      "r",
      { KEY,
        { .name = "r",
          .type = ORM_TYPE_COLLECTION,
          .relation = ORM_RELATION_ONE_TO_MANY,
          .target = "Thing",
          .mapped_by = "x",
          .column = "c" } } },
    { "Thing.r: the option delete_rule and update_rule is for relations, not for text",
      "r",
      { KEY, { .name = "r", .type = ORM_TYPE_TEXT, .delete_rule = ORM_RULE_CASCADE } } },
    { "Thing.r: the rule \"set null\" needs a nullable reference",
      "r",
      { KEY, TO("r", "Thing", .delete_rule = ORM_RULE_SET_NULL) } },
    { "Thing.r: delete_rule or update_rule is not one of orm_reference_rule",
      "r",
      { KEY, TO("r", "Thing", .update_rule = (orm_reference_rule)42) } },

    { "Thing.all: the relation says not which property of Thing points back",
      "all",
      { KEY,
        { .name = "all", .type = ORM_TYPE_COLLECTION, .relation = ORM_RELATION_ONE_TO_MANY, .target = "Thing" } } },
    { "Thing.all: mapped_by names \"parnet\", and Thing has no such property; did you mean \"parent\"?",
      "all",
      { KEY, TO("parent", "Thing", .reserved_ = 0), MANY("all", "Thing", "parnet") } },
    { "Thing.all: mapped_by names Thing.id, which is not a many-to-one relation to Thing",
      "all",
      { KEY, MANY("all", "Thing", "id") } },
    { "Thing.b: Thing.parent is mapped by a already",
      "b",
      { KEY, TO("parent", "Thing", .reserved_ = 0), MANY("a", "Thing", "parent"), MANY("b", "Thing", "parent") } },
    { "Thing.parent: inversed_by names \"als\", and Thing has no such property; did you mean \"all\"?",
      "parent",
      { KEY, TO("parent", "Thing", .inversed_by = "als"), MANY("all", "Thing", "parent") } },
    { "Thing.parent: inversed_by names Thing.id, which is not a one-to-many relation to Thing",
      "parent",
      { KEY, TO("parent", "Thing", .inversed_by = "id") } },
    { "Thing.r: column and join_columns say the same: leave one out",
      "r",
      { KEY, TO("r", "Thing", .column = "a", .join_columns = ORM_COLUMNS("a")) } },
    { "Thing.r: 2 columns are named, and the key of Thing has 1",
      "r",
      { KEY, TO("r", "Thing", .join_columns = ORM_COLUMNS("a", "b")) } },
    { "Thing.r: only a many-to-many has a pivot table",
      "r",
      { KEY,
        { .name = "r",
          .type = ORM_TYPE_COLLECTION,
          .relation = ORM_RELATION_ONE_TO_MANY,
          .target = "Thing",
          .mapped_by = "x",
          .pivot_table = "p" } } },
    { "Thing.r: the option unique is for the side that owns the relation",
      "r",
      { KEY, ONE("o", "Thing", .reserved_ = 0), ONE("r", "Thing", .mapped_by = "o", .unique = true) } },
    { "Thing.r: both sides say mapped_by",
      "r",
      { KEY, ONE("r", "Thing", .mapped_by = "s"), ONE("s", "Thing", .mapped_by = "r") } },
    { "Thing.r: mapped_by names Thing.o, which is not a many-to-many relation to Thing",
      "r",
      { KEY, ONE("o", "Thing", .reserved_ = 0), MANY_TO_MANY("r", "Thing", .mapped_by = "o") } },
    { "Thing.r: fixed_order_column needs .fixed_order = true",
      "r",
      { KEY, MANY_TO_MANY("r", "Thing", .fixed_order_column = "position") } },
    { "Thing.r: pivot_entity \"Thign\" is not an entity that was given to orm_open(); did you mean \"Thing\"?",
      "r",
      { KEY, MANY_TO_MANY("r", "Thing", .pivot_entity = "Thign") } },
    { "Thing.r: the entity Thing says what its table and columns are",
      "r",
      { KEY, MANY_TO_MANY("r", "Thing", .pivot_entity = "Thing", .pivot_table = "p") } },
    { "Thing.r: the pivot entity Thing needs a to-one reference to Thing for each of the two sides",
      "r",
      { KEY, TO("a", "Thing", .reserved_ = 0), MANY_TO_MANY("r", "Thing", .pivot_entity = "Thing") } },
    { "Thing.r: the pivot entity Thing needs a to-one reference to Thing",
      "r",
      { KEY, MANY_TO_MANY("r", "Thing", .pivot_entity = "Thing") } },
    { "Thing.r: inversed_by names Thing.s, which has no mapped_by",
      "r",
      { KEY, ONE("r", "Thing", .inversed_by = "s"), ONE("s", "Thing", .reserved_ = 0) } },
    { "Thing.other: inversed_by names Thing.all, which is mapped by parent",
      "other",
      { KEY, TO("parent", "Thing", .reserved_ = 0), TO("other", "Thing", .inversed_by = "all"),
        MANY("all", "Thing", "parent") } },
};

static void expect_refusal(orm_arena *arena, const orm_entity *const *entities, const char *message, const char *entity,
                           const char *property)
{
    orm_error error;
    orm_meta *meta = (orm_meta *)arena; /* something that must be overwritten */

    memset(&error, 0x5a, sizeof error);
    assert_int_equal(orm_meta_discover(arena, entities, &meta, &error), ORM_ERR_METADATA);
    assert_null(meta);
    assert_int_equal(error.status, ORM_ERR_METADATA);
    assert_true(error.number > 200 && error.number < 300);
    if (strstr(error.message, message) == NULL)
        assert_string_equal(error.message, message);
    if (entity != NULL)
        assert_string_equal(error.entity, entity);
    if (property != NULL)
        assert_string_equal(error.property, property);
    assert_int_equal(orm_meta_discover(arena, entities, &meta, NULL), ORM_ERR_METADATA);
}

static void wrong_properties_are_refused_by_name(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct refused *r = &refused[i];
        orm_entity            entity = { .name = "Thing", .properties = r->properties };
        const orm_entity     *list[] = { &entity, NULL };

        while (entity.property_count < 4 && r->properties[entity.property_count].name != NULL)
            entity.property_count++;
        expect_refusal(*state, list, r->message, "Thing", r->property);
    }
}

static void wrong_entities_are_refused(void **state)
{
    static const orm_property key[] = { KEY };
    orm_entity                good = { .name = "Good", .properties = key, .property_count = 1 };
    orm_entity                bad = good;
    const orm_entity         *list[] = { &good, &bad, NULL };

    expect_refusal(*state, list, "Good: two entities have this name", "Good", "");
    bad.size = 64;
    expect_refusal(*state, list, "Good: two entities have this name, and their structs differ", "Good", "");
    bad.size = 0;
    bad.name = NULL;
    expect_refusal(*state, list, "an entity has no name", "", "");
    bad.name = "";
    expect_refusal(*state, list, "an entity has no name", "", "");
    bad.name = BAD_UTF8;
    expect_refusal(*state, list, "the entity's name is not valid UTF-8", NULL, "");
    bad.name = "Bad";
    bad.table = "good";
    expect_refusal(*state, list, "Bad: the table \"good\" belongs to the entity Good already", "Bad", "");
    bad.table = "";
    expect_refusal(*state, list, "Bad: the table has an empty name", "Bad", "");
    bad.table = LONG_NAME;
    expect_refusal(*state, list, "identifiers have at most 63", "Bad", "");
    bad.table = NULL;
    bad.name = LONG_NAME;
    expect_refusal(*state, list, "the name of the table", LONG_NAME, "");
    bad.name = "Bad";
    bad.schema = "";
    expect_refusal(*state, list, "Bad: the schema has an empty name", "Bad", "");
    bad.schema = NULL;
    bad.comment = BAD_UTF8;
    expect_refusal(*state, list, "Bad: the comment is not valid UTF-8", "Bad", "");
    bad.comment = NULL;
    bad.properties = NULL;
    expect_refusal(*state, list, "Bad: the entity has no properties", "Bad", "");
}

static void the_other_side_must_point_back(void **state)
{
    static const orm_property hand[] = { KEY, MANY("fingers", "Finger", "ring") };
    static const orm_property finger[] = { KEY, TO("ring", "Ring", .reserved_ = 0) };
    static const orm_property ring[] = { KEY };
    orm_entity                a = { .name = "Hand", .properties = hand, .property_count = 2 };
    orm_entity                b = { .name = "Finger", .properties = finger, .property_count = 2 };
    orm_entity                c = { .name = "Ring", .properties = ring, .property_count = 1 };
    const orm_entity         *list[] = { &a, &b, &c, NULL };

    expect_refusal(*state, list, "mapped_by names Finger.ring, which is not a many-to-one relation to Hand", "Hand",
                   "fingers");
}

/* An orm without entities is one for raw SQL. */
static void no_entities_are_no_error(void **state)
{
    const orm_entity *none[] = { NULL };

    assert_int_equal(discover(*state, none)->entity_count, 0);
    assert_int_equal(discover(*state, NULL)->entity_count, 0);
    assert_null(orm_meta_named(discover(*state, NULL), "Author"));
    assert_null(orm_meta_find(discover(*state, NULL), &orm_entity_author));
}

static void the_same_table_in_two_schemas_is_two_tables(void **state)
{
    static const orm_property key[] = { KEY };
    orm_entity                a = { .name = "A", .table = "t", .schema = "s", .properties = key, .property_count = 1 };
    orm_entity                b = { .name = "B", .table = "t", .properties = key, .property_count = 1 };
    const orm_entity         *list[] = { &a, &b, NULL };

    assert_int_equal(discover(*state, list)->entity_count, 2);
    b.schema = "s";
    expect_refusal(*state, list, "B: the table \"s\".\"t\" belongs to the entity A already", "B", "");
}

static void memory_that_runs_out_is_told(void **state);

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_relations_and_columns_are_resolved, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keys_say_who_generates_them, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(versions_begin_as_in_mikroorm, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(entities_are_found_by_address_or_by_a_copy, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(presence_is_read_and_written, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_presence_member_beside_the_value_is_used, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(unknown_properties_come_with_the_nearest_word, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(cycles_of_required_references_are_allowed, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(wrong_properties_are_refused_by_name, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(wrong_entities_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_other_side_must_point_back, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(no_entities_are_no_error, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_same_table_in_two_schemas_is_two_tables, open_arena, close_arena),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ---- Every allocation fails once ---- */

typedef struct stingy {
    size_t left;
} stingy;

static void *stingy_alloc(void *context, size_t size)
{
    stingy *s = context;

    if (s->left == 0)
        return NULL;
    s->left--;
    return orm_default_allocator()->alloc(NULL, size);
}

static void *stingy_resize(void *context, void *block, size_t size)
{
    stingy *s = context;

    if (s->left == 0)
        return NULL;
    s->left--;
    return orm_default_allocator()->resize(NULL, block, size);
}

static void stingy_release(void *context, void *block)
{
    (void)context;
    orm_default_allocator()->release(NULL, block);
}

static void memory_that_runs_out_is_told(void **state)
{
    stingy        purse = { 0 };
    orm_allocator allocator = { stingy_alloc, stingy_resize, stingy_release, &purse };
    orm_status    status = ORM_ERR_MEMORY;

    (void)state;
    for (size_t allowed = 0; status != ORM_OK; allowed++) {
        orm_arena *arena;
        orm_meta  *meta;
        orm_error  error;

        assert_true(allowed < 1000);
        purse.left = allowed;
        arena = orm_arena_new(NULL, &allocator, "test");
        if (arena == NULL)
            continue;
        status = orm_meta_discover(arena, ORM_ENTITIES(author, book), &meta, &error);
        if (status != ORM_OK) {
            assert_int_equal(status, ORM_ERR_MEMORY);
            assert_null(meta);
        }
        orm_arena_free(arena);
    }
}
