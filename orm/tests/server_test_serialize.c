/* Entities as JSON: values, keys, relations on demand, what is left out, circles. */
#include "em_fixture.h"

typedef struct place {
    const char *city;
    const char *secret;
} place;
static const orm_property place_properties[] = { ORM_STRING(place, city),
                                                 ORM_STRING(place, secret, .nullable = true, .hidden = true) };
ORM_EMBEDDABLE(place, "Place", place_properties);

struct post;
typedef struct person {
    orm_uuid          id;
    const char       *name;
    const char       *password;
    orm_opt_int32     age;
    int64_t           big;
    const char       *price;
    double            ratio;
    orm_opt_timestamp seen;
    orm_bytes         bytes;
    const char       *meta;
    orm_text_array    tags;
    place             home;
    place             work;
    orm_embedded_list places;
    struct person    *boss;
    orm_collection   *posts;
} person;
typedef struct post {
    int64_t     id;
    const char *title;
    person     *author;
} post;
typedef struct vote {
    person *person;
    post   *post;
    bool    up;
} vote;
static const orm_property person_properties[] = {
    ORM_UUID(person, id, .primary = true),
    ORM_STRING(person, name),
    ORM_STRING(person, password, .hidden = true),
    ORM_INTEGER(person, age, .nullable = true),
    ORM_BIGINT(person, big),
    ORM_DECIMAL(person, price, .nullable = true),
    ORM_DOUBLE(person, ratio),
    ORM_TIMESTAMPTZ(person, seen, .nullable = true),
    ORM_BYTES(person, bytes, .nullable = true),
    ORM_JSON(person, meta, .nullable = true),
    ORM_TEXT_ARRAY(person, tags, .nullable = true),
    ORM_EMBEDDED(person, home, place),
    ORM_EMBEDDED(person, work, place, .object = true, .nullable = true),
    ORM_EMBEDDED_LIST(person, places, place, .nullable = true),
    ORM_MANY_TO_ONE(person, boss, .target = "Person", .nullable = true),
    ORM_ONE_TO_MANY(person, posts, .target = "Post", .mapped_by = "author"),
};
static const orm_property post_properties[] = {
    ORM_BIGINT(post, id, .primary = true),
    ORM_STRING(post, title),
    ORM_MANY_TO_ONE(post, author, .target = "Person"),
};
static const orm_property vote_properties[] = {
    ORM_MANY_TO_ONE(vote, person, .target = "Person", .primary = true),
    ORM_MANY_TO_ONE(vote, post, .target = "Post", .primary = true),
    ORM_BOOLEAN(vote, up),
};
ORM_ENTITY(person, "Person", person_properties);
ORM_ENTITY(post, "Post", post_properties);
ORM_ENTITY(vote, "Vote", vote_properties);

#define ID "11111111-1111-4111-8111-111111111111"

static int in_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, ORM_ENTITIES(person, post, vote));
}

static int empty(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "delete from vote; delete from post; delete from person");
    return 0;
}

static person *make(world *w, const char *id, const char *name)
{
    orm_uuid key;

    assert_true(orm_uuid_parse(id, &key));
    return orm_create(w->em, person, .id = key, .name = name, .password = "p",
                      .home = { .city = "Rome", .secret = "s" });
}

static void expect_json(world *w, const void *entity, const orm_json_options *options, const char *expected)
{
    const char *text = NULL;

    check(w->em, orm_to_json(w->em, entity, options, &text));
    assert_string_equal(text, expected);
}

static void test_values(void **state)
{
    world      *w = *state;
    const char *tags[] = { "a\n", NULL };
    person     *ann = make(w, ID, "An\"n");
    place       places[] = { { .city = "Oslo" } };

    expect_json(w, ann, &(orm_json_options){ .skip_null = true },
                "{\"id\":\"" ID "\",\"name\":\"An\\\"n\",\"big\":\"0\",\"ratio\":0,\"home\":{\"city\":\"Rome\"},"
                "\"work\":null,\"places\":null,\"posts\":[]}");
    ann->age = (orm_opt_int32)ORM_SOME(30);
    ann->big = INT64_MIN;
    ann->price = "1.50";
    ann->ratio = 0.1;
    assert_true(orm_timestamp_parse("2026-01-02 03:04:05.5+00", &ann->seen.value));
    ann->seen.has = true;
    ann->bytes = (orm_bytes){ "\x01\xff", 2 };
    ann->meta = "{\"b\":1,  \"a\":[]}";
    ann->tags = (orm_text_array){ tags, 2 };
    ann->work = (place){ .city = "Bern" };
    ann->places = (orm_embedded_list){ places, 1 };
    ann->boss = ann;
    expect_json(
        w, ann, NULL,
        "{\"id\":\"" ID "\",\"name\":\"An\\\"n\",\"age\":30,\"big\":\"-9223372036854775808\",\"price\":\"1.50\","
        "\"ratio\":0.1,\"seen\":\"2026-01-02T03:04:05.500Z\",\"bytes\":\"\\\\x01ff\",\"meta\":{\"b\":1,  \"a\":[]},"
        "\"tags\":[\"a\\u000a\",null],\"home\":{\"city\":\"Rome\"},\"work\":{\"city\":\"Bern\",\"secret\":null},"
        "\"places\":[{\"city\":\"Oslo\",\"secret\":null}],\"boss\":\"" ID "\",\"posts\":[]}");
}

static void test_relations(void **state)
{
    world      *w = *state;
    person     *ann = make(w, ID, "Ann");
    post       *one = orm_create(w->em, post, .title = "One", .author = ann);
    vote       *v;
    const char *text = NULL;
    orm_list    list;

    check(w->em, orm_flush(w->em));
    one->id = 1;
    check(w->em, orm_clear(w->em));
    sql(w, "update post set id = 7");
    one = orm_find_one(w->em, post, NULL, NULL);
    expect_json(w, one, NULL, "{\"id\":\"7\",\"title\":\"One\",\"author\":\"" ID "\"}");
    /* Not loaded: a key, whatever was asked for. */
    expect_json(w, one, &(orm_json_options){ .populate = ORM_PATHS("author") },
                "{\"id\":\"7\",\"title\":\"One\",\"author\":\"" ID "\"}");
    expect_json(w, one->author, NULL, "{\"id\":\"" ID "\"}");
    check(w->em, orm_find(w->em, post, NULL, (&(orm_find_options){ .populate = ORM_PATHS("author.posts") }), &list));
    expect_json(w, one,
                &(orm_json_options){ .populate = ORM_PATHS("author"),
                                     .exclude = ORM_PATHS("author.age", "author.big", "author.price", "author.ratio",
                                                          "author.seen", "author.bytes", "author.meta", "author.tags",
                                                          "author.home.city", "author.work", "author.places") },
                "{\"id\":\"7\",\"title\":\"One\",\"author\":{\"id\":\"" ID "\",\"name\":\"Ann\",\"boss\":null,"
                "\"posts\":[\"7\"]}}");
    /* A circle ends with the key. */
    check(w->em, orm_to_json(w->em, one, &(orm_json_options){ .populate = ORM_PATHS("*") }, &text));
    assert_non_null(strstr(text, "\"posts\":[\"7\"]"));
    check(w->em, orm_list_to_json(w->em, &list, NULL, &text));
    assert_string_equal(text, "[{\"id\":\"7\",\"title\":\"One\",\"author\":\"" ID "\"}]");
    v = orm_create(w->em, vote, .person = one->author, .post = one, .up = true);
    check(w->em, orm_flush(w->em));
    expect_json(w, v, NULL, "{\"person\":\"" ID "\",\"post\":\"7\",\"up\":true}");
}

static void test_bad_paths(void **state)
{
    world                   *w = *state;
    person                  *ann = make(w, ID, "Ann");
    const char              *text = "";
    static const char *const wrong[][2] = { { "nmae", "name" }, { "boss.nmae", "name" }, { "name.x", NULL } };

    assert_int_equal(orm_to_json(w->em, ann, &(orm_json_options){ .populate = ORM_PATHS("bos") }, &text),
                     ORM_ERR_VALIDATION);
    assert_null(text);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(orm_to_json(w->em, ann,
                                     &(orm_json_options){ .exclude = (const char *const[]){ wrong[i][0], NULL } },
                                     &text),
                         ORM_ERR_VALIDATION);
        if (wrong[i][1] != NULL)
            assert_non_null(strstr(orm_em_error(w->em)->message, wrong[i][1]));
        assert_non_null(strstr(orm_em_error(w->em)->detail, wrong[i][0]));
    }
    assert_int_equal(orm_to_json(w->em, w, NULL, &text), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_to_json(w->em, ann, NULL, NULL), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_list_to_json(w->em, NULL, NULL, &text), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_to_json(NULL, ann, NULL, &text), ORM_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_values, empty),
        cmocka_unit_test_setup(test_relations, empty),
        cmocka_unit_test_setup(test_bad_paths, empty),
    };

    return cmocka_run_group_tests_name("native", tests, in_native, close_emptied);
}
