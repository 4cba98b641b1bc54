#include "tests/codec_fixture.h"

#include "tests/failing_allocator.h"
#include "tests/seeded.h"

static const char *strange[] = { "",      "NULL",    "null",  "a b",    " a",       "a ", "a,b",         "{a}",
                                 "\"q\"", "back\\",  "\\",    NULL,     "\u20AC\"", "\t", "line\nbreak", "'",
                                 "x",     "\u00A0x", "nUlL ", "[0:1]=", "NULLS" };
#define STRANGE_COUNT (sizeof strange / sizeof strange[0])

static void strange_elements_survive(void **state)
{
    codec_fixture *f = *state;
    orm_text_array array = { strange, STRANGE_COUNT };
    orm_text_array back;

    through_text(f, ORM_TYPE_TEXT_ARRAY, &array, &back);
    assert_true(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &back));
    through_binary(f, ORM_TYPE_TEXT_ARRAY, &array, &back);
    assert_true(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &back));
}

static void literals_are_mikroorms_where_it_is_right(void **state)
{
    codec_fixture *f = *state;
    const char    *items[] = { "a,b", "q\"x", NULL, "", "back\\s", "x", "a b" };
    const char    *defects[] = { " sp", "NULL" };
    int64_t        numbers[] = { 1, -2, 0 };
    bool           nulls[] = { false, false, true };
    orm_text_array array = { items, 7 };
    orm_text_array quoted = { defects, 2 };
    orm_text_array empty = { items, 0 };
    orm_int_array  ints = { numbers, nulls, 3 };

    assert_string_equal(literal_of(f, ORM_TYPE_TEXT_ARRAY, &array),
                        "E'{\"a,b\",\"q\\\\\"x\",NULL,\"\",\"back\\\\\\\\s\",x,a b}'");
    assert_string_equal(literal_of(f, ORM_TYPE_TEXT_ARRAY, &quoted), "'{\" sp\",\"NULL\"}'");
    assert_string_equal(literal_of(f, ORM_TYPE_TEXT_ARRAY, &empty), "'{}'");
    assert_string_equal(literal_of(f, ORM_TYPE_INTEGER_ARRAY, &ints), "'{1,-2,NULL}'");
}

static void what_servers_write_is_read(void **state)
{
    codec_fixture *f = *state;
    orm_text_array a;
    orm_int_array  n;

    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, "{}", &a), ORM_OK);
    assert_int_equal(a.count, 0);
    assert_false(orm_type_slot_is_null(ORM_TYPE_TEXT_ARRAY, &a));
    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, " { a , \"b c\" , NULL,d\\ } ", &a), ORM_OK);
    assert_int_equal(a.count, 4);
    assert_string_equal(a.items[0], "a");
    assert_string_equal(a.items[1], "b c");
    assert_null(a.items[2]);
    assert_string_equal(a.items[3], "d ");
    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, "{\\NULL}", &a), ORM_OK);
    assert_string_equal(a.items[0], "NULL");
    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, "[0:1]={a,b}", &a), ORM_OK);
    assert_string_equal(a.items[1], "b");
    assert_int_equal(decode(f, ORM_TYPE_INTEGER_ARRAY, "{1,NULL,-9223372036854775808}", &n), ORM_OK);
    assert_int_equal(n.count, 3);
    assert_true(n.nulls[1] && !n.nulls[2] && n.items[2] == INT64_MIN);
    assert_int_equal(decode(f, ORM_TYPE_INTEGER_ARRAY, "{\"7\"}", &n), ORM_OK);
    assert_true(n.nulls == NULL && n.items[0] == 7);
}

static void other_text_is_refused(void **state)
{
    static const char *const bad[] = { "",       "{",      "}",     "{a",     "a,b",     "{a}b",     "{a,}",
                                       "{,a}",   "{a,,b}", "{\"a}", "{a\"b}", "{a{}",    "{\"a\"b}", "{a\\",
                                       "{\"a\\", "{}}",    "[0:1]", "[0:1]=", "[0:1{a}", "{ }x",     "{\xFF}" };
    static const char *const bad_numbers[] = {
        "{a}",
        "{1.5}",
        "{\"\"}",
        "{1 2}",
        "{9223372036854775808}",
        "{1111111111111111111111111111111111111111111111111111111111111111111111}"
    };
    codec_fixture *f = *state;
    orm_text_array a;
    orm_int_array  n;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (decode(f, ORM_TYPE_TEXT_ARRAY, bad[i], &a) != ORM_ERR_CONVERSION)
            fail_msg("%s was taken for an array", bad[i]);
    }
    for (size_t i = 0; i < sizeof bad_numbers / sizeof bad_numbers[0]; i++) {
        if (decode(f, ORM_TYPE_INTEGER_ARRAY, bad_numbers[i], &n) != ORM_ERR_CONVERSION)
            fail_msg("%s was taken for an array of integers", bad_numbers[i]);
    }
    assert_int_equal(from_value(f, ORM_TYPE_TEXT_ARRAY, orm_text("x"), &a), ORM_ERR_VALIDATION);
    assert_string_equal(f->error.message, "'x' is not a valid text[]");
}

static void more_dimensions_are_refused_by_name(void **state)
{
    codec_fixture *f = *state;
    orm_text_array a;

    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, "{{a,b},{c,d}}", &a), ORM_ERR_CONVERSION);
    assert_string_equal(f->error.message, "an array of more than one dimension cannot be taken as text[]");
    assert_int_equal(decode(f, ORM_TYPE_TEXT_ARRAY, "[1:1][1:1]={{a}}", &a), ORM_ERR_CONVERSION);
    assert_int_equal(f->error.number, 109);
    assert_int_equal(decode_bytes(f, ORM_TYPE_TEXT_ARRAY, ORM_OID_TEXT_ARRAY,
                                  BYTES("\0\0\0\2\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1a"), &a),
                     ORM_ERR_CONVERSION);
    assert_int_equal(f->error.number, 109);
}

#define HEADER_TEXT "\0\0\0\1\0\0\0\0\0\0\0\x19"
#define HEADER_INT2 "\0\0\0\1\0\0\0\0\0\0\0\x15"
#define HEADER_INT8 "\0\0\0\1\0\0\0\0\0\0\0\x14"

static void binary_arrays_are_checked(void **state)
{
    static const struct {
        const char *data;
        size_t      size;
    } bad[] = {
        { BYTES("") },
        { BYTES("\0\0\0\0\0\0\0\0\0\0\0") },
        { BYTES("\0\0\0\0\0\0\0\0\0\0\0\x19"
                "x") },
        { BYTES(HEADER_TEXT) },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1") },
        { BYTES(HEADER_TEXT "\x7F\xFF\xFF\xFF\0\0\0\1") },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\0\0\0\2a") },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\xFF\xFF\xFF\xFE"
                            "a") },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\0\0\0\1ab") },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\0\0\0\1\xFF") },
        { BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\0\0\0\1\0") },
        { BYTES(HEADER_INT8 "\0\0\0\1\0\0\0\1\0\0\0\x08\0\0\0\0\0\0\0\1") },
        { BYTES("\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1") },
    };
    codec_fixture *f = *state;
    orm_text_array a;
    orm_int_array  n;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (decode_bytes(f, ORM_TYPE_TEXT_ARRAY, ORM_OID_TEXT_ARRAY, bad[i].data, bad[i].size, &a) !=
            ORM_ERR_CONVERSION)
            fail_msg("malformed array %zu was taken", i);
    }
    assert_int_equal(decode_bytes(f, ORM_TYPE_INTEGER_ARRAY, ORM_OID_INT8_ARRAY,
                                  BYTES(HEADER_INT8 "\0\0\0\2\0\0\0\1\0\0\0\x08\0\0\0\1\0\0\0\0\xFF\xFF\xFF\xFF"), &n),
                     ORM_OK);
    assert_true(n.count == 2 && n.items[0] == INT64_C(1) << 32 && n.nulls[1]);
    assert_int_equal(decode_bytes(f, ORM_TYPE_INTEGER_ARRAY, ORM_OID_INT2_ARRAY,
                                  BYTES(HEADER_INT2 "\0\0\0\1\0\0\0\1\0\0\0\2\xFF\xFE"), &n),
                     ORM_OK);
    assert_true(n.count == 1 && n.items[0] == -2);
    assert_int_equal(
        decode_bytes(f, ORM_TYPE_INTEGER_ARRAY, ORM_OID_TEXT_ARRAY, BYTES(HEADER_TEXT "\0\0\0\1\0\0\0\1\0\0\0\1a"), &n),
        ORM_ERR_CONVERSION);
}

static void random_arrays_survive(void **state)
{
    codec_fixture *f = *state;
    uint64_t       seed = 21;

    for (int round = 0; round < 3000; round++) {
        static const char alphabet[] = "aN{}\",\\ \t\nul";
        const char       *items[12];
        char              texts[12][8];
        int64_t           numbers[12];
        bool              nulls[12];
        size_t            count = (size_t)seeded_below(&seed, 12);
        orm_text_array    array = { items, count };
        orm_int_array     ints = { numbers, nulls, count };
        orm_text_array    back;
        orm_int_array     ints_back;

        for (size_t i = 0; i < count; i++) {
            size_t length = (size_t)seeded_below(&seed, 8);

            for (size_t k = 0; k < length; k++)
                texts[i][k] = alphabet[seeded_below(&seed, sizeof alphabet - 1)];
            texts[i][length] = '\0';
            nulls[i] = seeded_below(&seed, 5) == 0;
            items[i] = nulls[i] ? NULL : texts[i];
            numbers[i] = (int32_t)seeded_next(&seed);
        }
        through_text(f, ORM_TYPE_TEXT_ARRAY, &array, &back);
        assert_true(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &back));
        through_binary(f, ORM_TYPE_TEXT_ARRAY, &array, &back);
        assert_true(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &back));
        through_text(f, ORM_TYPE_INTEGER_ARRAY, &ints, &ints_back);
        assert_true(orm_type_equal(ORM_TYPE_INTEGER_ARRAY, &ints, &ints_back));
        through_binary(f, ORM_TYPE_INTEGER_ARRAY, &ints, &ints_back);
        assert_true(orm_type_equal(ORM_TYPE_INTEGER_ARRAY, &ints, &ints_back));
    }
}

static void any_bytes_are_read_or_refused(void **state)
{
    codec_fixture *f = *state;
    uint64_t       seed = 22;
    orm_text_array array = { strange, STRANGE_COUNT };
    char           data[600];
    size_t         size;

    for (int round = 0; round < 20000; round++) {
        bool           binary = round % 2 == 0;
        bool           as_text;
        orm_text_array back;

        orm_buffer_reset(&f->out);
        if (binary)
            assert_int_equal(orm_type_append_binary(ORM_TYPE_TEXT_ARRAY, &array, &f->out, &as_text, &f->error), ORM_OK);
        else
            text_of(f, ORM_TYPE_TEXT_ARRAY, &array);
        size = (size_t)seeded_below(&seed, f->out.length + 1);
        assert_true(size <= sizeof data);
        memcpy(data, f->out.data, size);
        for (int change = 0; change < 3 && size > 0; change++)
            data[seeded_below(&seed, size)] = (char)seeded_below(&seed, 256);
        if (binary)
            decode_bytes(f, ORM_TYPE_TEXT_ARRAY, ORM_OID_TEXT_ARRAY, data, size, &back);
        else
            orm_type_decode_text(ORM_TYPE_TEXT_ARRAY, f->arena, data, size, &back, &f->error);
    }
}

static void copies_are_their_own(void **state)
{
    codec_fixture *f = *state;
    const char    *items[] = { "a", NULL, "b" };
    int64_t        numbers[] = { 1, 2 };
    orm_text_array array = { items, 3 };
    orm_int_array  ints = { numbers, NULL, 2 };
    orm_text_array shallow;
    orm_text_array deep;
    orm_int_array  ints_copy;

    assert_true(orm_type_copy_shallow(ORM_TYPE_TEXT_ARRAY, f->arena, &shallow, &array));
    assert_true(orm_type_copy_deep(ORM_TYPE_TEXT_ARRAY, f->arena, &deep, &array));
    assert_true(orm_type_copy_shallow(ORM_TYPE_INTEGER_ARRAY, f->arena, &ints_copy, &ints));
    assert_ptr_equal(shallow.items[0], items[0]);
    assert_ptr_not_equal(deep.items[0], items[0]);
    assert_true(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &deep));
    items[0] = "changed";
    numbers[1] = 3;
    assert_false(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &shallow));
    assert_false(orm_type_equal(ORM_TYPE_INTEGER_ARRAY, &ints, &ints_copy));
    items[0] = NULL;
    assert_false(orm_type_equal(ORM_TYPE_TEXT_ARRAY, &array, &deep));
}

static void elements_past_32_bits_go_as_text(void **state)
{
    codec_fixture *f = *state;
    int64_t        numbers[] = { INT64_C(1) << 40 };
    orm_int_array  ints = { numbers, NULL, 1 };
    bool           as_text = false;

    assert_int_equal(orm_type_append_binary(ORM_TYPE_INTEGER_ARRAY, &ints, &f->out, &as_text, &f->error), ORM_OK);
    assert_true(as_text);
    assert_string_equal(f->out.data, "{1099511627776}");
}

static void bad_elements_are_found(void **state)
{
    codec_fixture *f = *state;
    const char    *items[] = { "good", "bad\xFF" };
    orm_text_array array = { items, 2 };
    orm_text_array slot;

    assert_int_equal(orm_type_check(ORM_TYPE_TEXT_ARRAY, &array, &f->error), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_TEXT_ARRAY, orm_text_array_value(array), &slot), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_INTEGER_ARRAY, orm_text_array_value(array), &slot), ORM_ERR_VALIDATION);
}

static void every_failed_allocation_is_reported(void **state)
{
    static const char text[] = "{a,\"b c\",NULL,dddddddddddddddddddddddddddd,e,f,g,h,i,j,k}";
    static const char numbers[] = "{1,2,3,4,5,6,7,8,9,10,11,NULL}";
    orm_status        status = ORM_ERR_MEMORY;

    (void)state;
    for (size_t n = 2; status != ORM_OK; n++) {
        failing_allocator memory;
        orm_arena        *arena = orm_arena_new(NULL, failing_allocator_init(&memory, n), "test");
        orm_text_array    array = { 0 };
        orm_int_array     ints = { 0 };
        orm_error         error;

        status = orm_type_decode_text(ORM_TYPE_TEXT_ARRAY, arena, text, sizeof text - 1, &array, &error);
        if (status == ORM_OK)
            status = orm_type_decode_text(ORM_TYPE_INTEGER_ARRAY, arena, numbers, sizeof numbers - 1, &ints, &error);
        if (status != ORM_OK) {
            assert_int_equal(status, ORM_ERR_MEMORY);
            assert_int_equal(error.status, ORM_ERR_MEMORY);
            assert_null(ints.items);
        }
        orm_arena_free(arena);
        assert_int_equal(memory.held, 0);
        assert_true(n < 100);
    }
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(strange_elements_survive),
        WITH_FIXTURE(literals_are_mikroorms_where_it_is_right),
        WITH_FIXTURE(what_servers_write_is_read),
        WITH_FIXTURE(other_text_is_refused),
        WITH_FIXTURE(more_dimensions_are_refused_by_name),
        WITH_FIXTURE(binary_arrays_are_checked),
        WITH_FIXTURE(random_arrays_survive),
        WITH_FIXTURE(any_bytes_are_read_or_refused),
        WITH_FIXTURE(copies_are_their_own),
        WITH_FIXTURE(elements_past_32_bits_go_as_text),
        WITH_FIXTURE(bad_elements_are_found),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
