#include "tests/codec_fixture.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "tests/seeded.h"

static void all_types_are_described(void **state)
{
    const char *const *names = orm_type_names();
    size_t             count = 0;

    (void)state;
    for (orm_type type = ORM_TYPE_NONE + 1; type < ORM_TYPE_COUNT_; type++) {
        const orm_type_info *info = orm_type_info_of(type);

        assert_non_null(info);
        assert_int_equal(info->type, type);
        assert_non_null(info->name);
        assert_true(info->size > 0 && info->alignment > 0 && info->size % info->alignment == 0);
        if (type == ORM_TYPE_REFERENCE || type == ORM_TYPE_COLLECTION) {
            assert_int_equal(info->size, sizeof(void *));
            assert_int_equal(orm_type_named(info->name), ORM_TYPE_NONE);
            continue;
        }
        if (type == ORM_TYPE_EMBEDDED || type == ORM_TYPE_EMBEDDED_LIST) {
            assert_int_equal(orm_type_named(info->name), ORM_TYPE_NONE);
            continue;
        }
        assert_int_equal(orm_type_named(info->name), type);
        assert_string_equal(names[count++], info->name);
    }
    assert_null(names[count]);
    assert_null(orm_type_info_of(ORM_TYPE_NONE));
    assert_null(orm_type_info_of(ORM_TYPE_COUNT_));
    assert_int_equal(orm_type_named("varchar2"), ORM_TYPE_NONE);
    assert_true(orm_type_info_of(ORM_TYPE_BIGINT_TEXT)->is_integer);
    assert_false(orm_type_info_of(ORM_TYPE_DECIMAL)->is_integer);
}

static void relations_have_no_text(void **state)
{
    codec_fixture *f = *state;
    void          *target = f;
    orm_value      value = orm_type_to_value(ORM_TYPE_REFERENCE, &target);

    assert_int_equal(orm_type_append_text(ORM_TYPE_REFERENCE, &target, &f->out, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(orm_type_append_literal(ORM_TYPE_NONE, &target, &f->out, NULL, &f->error), ORM_ERR_ARGUMENT);
    assert_int_equal(decode(f, ORM_TYPE_COLLECTION, "x", &target), ORM_ERR_ARGUMENT);
    assert_int_equal(value.kind, ORM_VALUE_ENTITY);
    assert_ptr_equal(value.as.entity, f);
    assert_false(orm_type_slot_is_null(ORM_TYPE_REFERENCE, &target));
    assert_int_equal(orm_value_append_text(&value, &f->out, &f->error), ORM_ERR_ARGUMENT);
}

static void literals_are_mikroorms(void **state)
{
    codec_fixture *f = *state;
    bool           yes = true;
    int16_t        small = -5;
    int32_t        integer = INT32_MIN;
    int64_t        big = INT64_MAX;
    double         real = 0.1;
    const char    *decimal = "10.50";
    const char    *text = "it's";
    const char    *path = "a\\b";
    orm_uuid       uuid = { { 0x55, 0x0E } };
    orm_date       date = { 0 };
    orm_timestamp  time = { 1763875 };
    const char    *json = "{\"a\":1}";
    orm_bytes      bytes = { "\0\xFF'", 3 };
    orm_bytes      none = { "", 0 };

    assert_string_equal(literal_of(f, ORM_TYPE_BOOLEAN, &yes), "true");
    assert_string_equal(literal_of(f, ORM_TYPE_SMALLINT, &small), "-5");
    assert_string_equal(literal_of(f, ORM_TYPE_INTEGER, &integer), "-2147483648");
    assert_string_equal(literal_of(f, ORM_TYPE_BIGINT, &big), "'9223372036854775807'");
    assert_string_equal(literal_of(f, ORM_TYPE_DOUBLE, &real), "0.1");
    assert_string_equal(literal_of(f, ORM_TYPE_DECIMAL, &decimal), "'10.50'");
    assert_string_equal(literal_of(f, ORM_TYPE_STRING, &text), "'it''s'");
    assert_string_equal(literal_of(f, ORM_TYPE_ENUM, &path), "E'a\\\\b'");
    assert_string_equal(literal_of(f, ORM_TYPE_UUID, &uuid), "'550e0000-0000-0000-0000-000000000000'");
    assert_string_equal(literal_of(f, ORM_TYPE_DATE, &date), "'1970-01-01'");
    assert_string_equal(literal_of(f, ORM_TYPE_TIMESTAMPTZ, &time), "'1970-01-01T00:00:01.763875Z'");
    assert_string_equal(literal_of(f, ORM_TYPE_JSON, &json), "'{\"a\":1}'");
    assert_string_equal(literal_of(f, ORM_TYPE_BYTES, &bytes), "E'\\\\x00ff27'");
    assert_string_equal(literal_of(f, ORM_TYPE_BYTES, &none), "E'\\\\x'");
}

static bool refuse(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    (void)context;
    (void)out;
    (void)text;
    (void)length;
    if (error != NULL)
        error->status = ORM_ERR_CONNECTION;
    return false;
}

static void a_literal_that_fails_says_so(void **state)
{
    const orm_escaper escaper = { .literal = refuse };
    const orm_escaper good = { .literal = fixture_escape };
    codec_fixture    *f = *state;
    const char       *text = "a long text";
    orm_bytes         bytes = { text, 11 };
    orm_buffer        narrow;

    assert_int_equal(orm_type_append_literal(ORM_TYPE_TEXT, &text, &f->out, &escaper, &f->error), ORM_ERR_CONNECTION);
    orm_buffer_init(&narrow, NULL, 8);
    assert_int_equal(orm_type_append_literal(ORM_TYPE_TEXT, &text, &narrow, &good, &f->error), ORM_ERR_MEMORY);
    orm_buffer_reset(&narrow);
    assert_int_equal(orm_type_append_literal(ORM_TYPE_BYTES, &bytes, &narrow, &good, &f->error), ORM_ERR_MEMORY);
    assert_int_equal(orm_type_append_text(ORM_TYPE_BYTES, &bytes, &narrow, NULL), ORM_ERR_MEMORY);
    orm_buffer_free(&narrow);
}

static void booleans(void **state)
{
    codec_fixture *f = *state;
    bool           b = false;

    assert_int_equal(decode(f, ORM_TYPE_BOOLEAN, "t", &b), ORM_OK);
    assert_true(b);
    assert_int_equal(decode(f, ORM_TYPE_BOOLEAN, "false", &b), ORM_OK);
    assert_false(b);
    assert_int_equal(decode(f, ORM_TYPE_BOOLEAN, "yes", &b), ORM_ERR_CONVERSION);
    assert_string_equal(f->error.message, "'yes' is not a valid boolean");
    assert_int_equal(decode_bytes(f, ORM_TYPE_BOOLEAN, ORM_OID_BOOL, BYTES("\1"), &b), ORM_OK);
    assert_true(b);
    assert_int_equal(decode_bytes(f, ORM_TYPE_BOOLEAN, ORM_OID_BOOL, BYTES("\2"), &b), ORM_ERR_CONVERSION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_BOOLEAN, ORM_OID_INT4, BYTES("\0\0\0\1"), &b), ORM_ERR_CONVERSION);
    assert_int_equal(from_value(f, ORM_TYPE_BOOLEAN, orm_value_of(false), &b), ORM_OK);
    assert_false(b);
    assert_int_equal(from_value(f, ORM_TYPE_BOOLEAN, orm_int(2), &b), ORM_ERR_VALIDATION);
    assert_string_equal(f->error.message, "2 cannot be taken as boolean");
    assert_int_equal(from_value(f, ORM_TYPE_BOOLEAN, orm_bool(false), &b), ORM_OK);
    assert_false(b);
}

static void integers_at_their_edges(void **state)
{
    static const int64_t edges[] = {
        INT64_MIN, (int64_t)INT32_MIN - 1, INT32_MIN, INT16_MIN - 1,          INT16_MIN, -1, 0, 1,
        INT16_MAX, INT16_MAX + 1,          INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX
    };
    codec_fixture *f = *state;

    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        int64_t     v = edges[i];
        bool        fits16 = v >= INT16_MIN && v <= INT16_MAX;
        bool        fits32 = v >= INT32_MIN && v <= INT32_MAX;
        int16_t     small = 99;
        int32_t     integer = 99;
        int64_t     big = 99;
        const char *big_text = NULL;
        char        wire[8];
        char        text[32];

        for (int k = 0; k < 8; k++)
            wire[k] = (char)((uint64_t)v >> (56 - 8 * k));
        snprintf(text, sizeof text, "%lld", (long long)v);

        /* CockroachDB's int8, whatever was asked for. */
        assert_int_equal(decode_bytes(f, ORM_TYPE_SMALLINT, ORM_OID_INT8, wire, 8, &small) == ORM_OK, fits16);
        assert_int_equal(small, fits16 ? v : 99);
        assert_int_equal(decode_bytes(f, ORM_TYPE_INTEGER, ORM_OID_INT8, wire, 8, &integer) == ORM_OK, fits32);
        assert_int_equal(integer, fits32 ? v : 99);
        assert_int_equal(decode_bytes(f, ORM_TYPE_BIGINT, ORM_OID_INT8, wire, 8, &big), ORM_OK);
        assert_true(big == v);
        assert_int_equal(decode_bytes(f, ORM_TYPE_BIGINT_TEXT, ORM_OID_INT8, wire, 8, &big_text), ORM_OK);
        assert_string_equal(big_text, text);

        assert_int_equal(decode(f, ORM_TYPE_INTEGER, text, &integer) == ORM_OK, fits32);
        assert_int_equal(from_value(f, ORM_TYPE_SMALLINT, orm_int(v), &small) == ORM_OK, fits16);
        assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_text(text), &big), ORM_OK);
        assert_true(big == v);
        assert_int_equal(from_value(f, ORM_TYPE_BIGINT_TEXT, orm_int(v), &big_text), ORM_OK);
        assert_string_equal(big_text, text);
        through_binary(f, ORM_TYPE_BIGINT, &v, &big);
        assert_true(big == v);
        if (fits32) {
            int32_t written = (int32_t)v;

            through_binary(f, ORM_TYPE_INTEGER, &written, &integer);
            assert_int_equal(integer, v);
        }
        if (fits16) {
            int16_t written = (int16_t)v;

            through_binary(f, ORM_TYPE_SMALLINT, &written, &small);
            assert_int_equal(small, v);
        }
    }
}

static void an_integer_that_does_not_fit_is_named(void **state)
{
    codec_fixture *f = *state;
    int32_t        integer;
    int64_t        big;

    assert_int_equal(from_value(f, ORM_TYPE_INTEGER, orm_int(INT64_C(1018304987162411009)), &integer),
                     ORM_ERR_VALIDATION);
    assert_string_equal(f->error.message, "1018304987162411009 does not fit into integer");
    assert_string_equal(f->error.hint, "use bigint or uuid");
    assert_int_equal(decode(f, ORM_TYPE_INTEGER, "2147483648", &integer), ORM_ERR_CONVERSION);
    assert_string_equal(f->error.hint, "use bigint or uuid");
    assert_int_equal(decode(f, ORM_TYPE_BIGINT, "9223372036854775808", &big), ORM_ERR_CONVERSION);
    assert_string_equal(f->error.message, "'9223372036854775808' does not fit into bigint");
    assert_string_equal(f->error.hint, "");
    assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_text(" 1"), &big), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_text("1.0"), &big), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_text(""), &big), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_double(1.0), &big), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_BIGINT, orm_null(), &big), ORM_ERR_VALIDATION);
    assert_string_equal(f->error.message, "NULL cannot be taken as bigint");
    assert_int_equal(decode_bytes(f, ORM_TYPE_BIGINT, ORM_OID_INT4, BYTES("\0\0\0\1\0"), &big), ORM_ERR_CONVERSION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_BIGINT, ORM_OID_UUID, BYTES("0123456789abcdef"), &big),
                     ORM_ERR_CONVERSION);
}

static void bigint_text(void **state)
{
    codec_fixture *f = *state;
    const char    *a = "007";
    const char    *b = "7";
    const char    *wrong = "9223372036854775808";
    const char    *back;
    bool           as_text = false;

    assert_true(orm_type_equal(ORM_TYPE_BIGINT_TEXT, &a, &b));
    assert_int_equal(orm_type_check(ORM_TYPE_BIGINT_TEXT, &a, &f->error), ORM_OK);
    assert_int_equal(orm_type_check(ORM_TYPE_BIGINT_TEXT, &wrong, &f->error), ORM_ERR_VALIDATION);
    through_binary(f, ORM_TYPE_BIGINT_TEXT, &a, &back);
    assert_string_equal(back, "7");
    orm_buffer_reset(&f->out);
    assert_int_equal(orm_type_append_binary(ORM_TYPE_BIGINT_TEXT, &wrong, &f->out, &as_text, &f->error), ORM_OK);
    assert_true(as_text);
    assert_string_equal(f->out.data, wrong);
}

static void doubles_are_short_and_exact(void **state)
{
    static const struct {
        double      value;
        const char *literal;
    } cases[] = {
        { 0, "0" },           { 1, "1" },
        { -1.5, "-1.5" },     { 0.1, "0.1" },
        { 1e21, "1e+21" },    { 123456789012345680000.0, "123456789012345680000" },
        { 1e-6, "0.000001" }, { 1e-7, "1e-7" },
        { 5e-324, "5e-324" }, { DBL_MAX, "1.7976931348623157e+308" },
        { 100, "100" },       { 0.1 + 0.2, "0.30000000000000004" },
    };
    codec_fixture *f = *state;
    uint64_t       seed = 11;
    double         special = -0.0;
    double         back;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(literal_of(f, ORM_TYPE_DOUBLE, &cases[i].value), cases[i].literal);
    assert_string_equal(literal_of(f, ORM_TYPE_DOUBLE, &special), "'-0'");
    through_text(f, ORM_TYPE_DOUBLE, &special, &back);
    assert_true(back == 0 && signbit(back));
    special = (double)NAN;
    assert_string_equal(literal_of(f, ORM_TYPE_DOUBLE, &special), "'NaN'");
    through_text(f, ORM_TYPE_DOUBLE, &special, &back);
    assert_true(isnan(back) && orm_type_equal(ORM_TYPE_DOUBLE, &special, &back));
    special = -(double)INFINITY;
    assert_string_equal(literal_of(f, ORM_TYPE_DOUBLE, &special), "'-Infinity'");
    through_binary(f, ORM_TYPE_DOUBLE, &special, &back);
    assert_true(isinf(back) && back < 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = seeded_next(&seed);
        double   value;

        memcpy(&value, &bits, sizeof value);
        if (isnan(value))
            continue;
        through_text(f, ORM_TYPE_DOUBLE, &value, &back);
        assert_true(value == back);
        through_binary(f, ORM_TYPE_DOUBLE, &value, &back);
        assert_true(value == back);
    }
}

static void doubles_are_read_strictly(void **state)
{
    static const char *const bad[] = { "",   ".",   "1e",  "1e+",   "1,5",   "0x10", " 1",
                                       "1 ", "inf", "nan", "1.2.3", "1e400", "--1" };
    codec_fixture           *f = *state;
    double                   d = 7;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (decode(f, ORM_TYPE_DOUBLE, bad[i], &d) != ORM_ERR_CONVERSION)
            fail_msg("'%s' was taken for a double", bad[i]);
    }
    assert_int_equal(decode(f, ORM_TYPE_DOUBLE, "1e-400", &d), ORM_OK);
    assert_true(d == 0);
    assert_int_equal(decode(f, ORM_TYPE_DOUBLE, "-1.5E+2", &d), ORM_OK);
    assert_true(d == -150);
    assert_int_equal(from_value(f, ORM_TYPE_DOUBLE, orm_int(INT64_C(1) << 53), &d), ORM_OK);
    assert_int_equal(from_value(f, ORM_TYPE_DOUBLE, orm_int((INT64_C(1) << 53) + 1), &d), ORM_ERR_VALIDATION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_DOUBLE, ORM_OID_FLOAT4, BYTES("\x3F\xC0\0\0"), &d), ORM_OK);
    assert_true(d == 1.5);
    assert_int_equal(decode_bytes(f, ORM_TYPE_DOUBLE, ORM_OID_FLOAT8, BYTES("\x3F\xC0\0\0"), &d), ORM_ERR_CONVERSION);
}

/* Installed ones, else one that is made for us: small images have none. False when there is no way. */
static bool set_comma_locale(void)
{
    static const char *const comma[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
    char                     dir[] = "/tmp/orm-locale.XXXXXX";
    char                     command[160];
    bool                     found = false;

    for (size_t i = 0; i < sizeof comma / sizeof comma[0] && !found; i++)
        found = setlocale(LC_NUMERIC, comma[i]) != NULL;
    if (found || mkdtemp(dir) == NULL)
        return found;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", dir);
    if (system(command) == 0 && setenv("LOCPATH", dir, 1) == 0)
        found = setlocale(LC_NUMERIC, comma[0]) != NULL;
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 && found;
}

static void the_locale_plays_no_part(void **state)
{
    codec_fixture *f = *state;
    double         d = 1234.5;
    double         back;
    char           comma[8];

    if (!set_comma_locale())
        skip();
    snprintf(comma, sizeof comma, "%.1f", d);
    assert_string_equal(comma, "1234,5");
    assert_string_equal(text_of(f, ORM_TYPE_DOUBLE, &d), "1234.5");
    through_text(f, ORM_TYPE_DOUBLE, &d, &back);
    setlocale(LC_NUMERIC, "C");
    assert_true(back == d);
}

static void texts(void **state)
{
    codec_fixture *f = *state;
    const char    *text;
    const char    *broken = "a\xFF";

    assert_int_equal(decode(f, ORM_TYPE_STRING, "\u20AC \U0001F600", &text), ORM_OK);
    assert_string_equal(text, "\u20AC \U0001F600");
    assert_int_equal(orm_type_decode_text(ORM_TYPE_TEXT, f->arena, "abc", 2, &text, &f->error), ORM_OK);
    assert_string_equal(text, "ab");
    assert_int_equal(orm_type_decode_text(ORM_TYPE_TEXT, f->arena, "a\0b", 3, &text, &f->error), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_TEXT, broken, &text), ORM_ERR_CONVERSION);
    assert_string_equal(f->error.message, "'a\uFFFD' is not valid UTF-8: byte 1 is 0xFF");
    assert_int_equal(decode_bytes(f, ORM_TYPE_ENUM, 16500, BYTES("local"), &text), ORM_OK);
    assert_string_equal(text, "local");
    assert_int_equal(decode_bytes(f, ORM_TYPE_TEXT, ORM_OID_BPCHAR, BYTES("x  "), &text), ORM_OK);
    assert_string_equal(text, "x  ");
    assert_int_equal(decode_bytes(f, ORM_TYPE_TEXT, ORM_OID_INT4, BYTES("\0\0\0\1"), &text), ORM_ERR_CONVERSION);
    assert_int_equal(f->error.number, 104);
    assert_int_equal(from_value(f, ORM_TYPE_STRING, orm_int(1), &text), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_STRING, orm_text(broken), &text), ORM_ERR_VALIDATION);
    assert_int_equal(orm_type_check(ORM_TYPE_TEXT, &broken, &f->error), ORM_ERR_VALIDATION);
}

static void json_is_kept_verbatim(void **state)
{
    codec_fixture *f = *state;
    const char    *json = "{\"b\" : 12345678901234567890.10, \"a\":[ ]}";
    const char    *wrong = "{\"a\":}";
    const char    *back;

    through_binary(f, ORM_TYPE_JSON, &json, &back);
    assert_string_equal(back, json);
    assert_int_equal(f->out.data[0], 1);
    assert_int_equal(decode_bytes(f, ORM_TYPE_JSON, ORM_OID_JSON, BYTES("[1]"), &back), ORM_OK);
    assert_string_equal(back, "[1]");
    assert_int_equal(decode_bytes(f, ORM_TYPE_JSON, ORM_OID_JSONB, BYTES("\2[1]"), &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_JSON, ORM_OID_JSONB, "", 0, &back), ORM_ERR_CONVERSION);
    assert_int_equal(from_value(f, ORM_TYPE_JSON, orm_text(wrong), &back), ORM_ERR_VALIDATION);
    assert_string_equal(f->error.message, "'{\"a\":}' is not valid JSON: a value is expected at byte 5");
    assert_int_equal(orm_type_check(ORM_TYPE_JSON, &wrong, &f->error), ORM_ERR_VALIDATION);
    assert_int_equal(orm_type_check(ORM_TYPE_JSON, &json, &f->error), ORM_OK);
}

static void bytes_of_any_kind(void **state)
{
    codec_fixture *f = *state;
    char           all[256];
    orm_bytes      bytes = { all, sizeof all };
    orm_bytes      back;

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    through_text(f, ORM_TYPE_BYTES, &bytes, &back);
    assert_true(orm_type_equal(ORM_TYPE_BYTES, &bytes, &back));
    through_binary(f, ORM_TYPE_BYTES, &bytes, &back);
    assert_true(orm_type_equal(ORM_TYPE_BYTES, &bytes, &back));
    assert_int_equal(from_value(f, ORM_TYPE_BYTES, orm_bytes_value(bytes), &back), ORM_OK);
    assert_ptr_not_equal(back.data, bytes.data);
    assert_true(orm_type_equal(ORM_TYPE_BYTES, &bytes, &back));

    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\x", &back), ORM_OK);
    assert_int_equal(back.size, 0);
    assert_false(orm_type_slot_is_null(ORM_TYPE_BYTES, &back));
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "", &back), ORM_OK);
    assert_int_equal(back.size, 0);
    assert_non_null(back.data);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "a\\000\\\\\\377", &back), ORM_OK);
    assert_int_equal(back.size, 4);
    assert_memory_equal(back.data, "a\0\\\xFF", 4);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\xA bC", &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\xAB c0", &back), ORM_OK);
    assert_memory_equal(back.data, "\xAB\xC0", 2);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\x0", &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\x0g", &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\400", &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "\\12", &back), ORM_ERR_CONVERSION);
    assert_int_equal(decode(f, ORM_TYPE_BYTES, "a\\", &back), ORM_ERR_CONVERSION);
}

static void uuids_dates_and_times(void **state)
{
    codec_fixture *f = *state;
    orm_uuid       uuid;
    orm_uuid       uuid_back;
    orm_date       date;
    orm_date       date_back;
    orm_timestamp  time;
    orm_timestamp  time_back;

    assert_int_equal(decode(f, ORM_TYPE_UUID, "550e8400-e29b-41d4-a716-446655440000", &uuid), ORM_OK);
    through_binary(f, ORM_TYPE_UUID, &uuid, &uuid_back);
    assert_true(orm_type_equal(ORM_TYPE_UUID, &uuid, &uuid_back));
    assert_int_equal(decode(f, ORM_TYPE_UUID, "550e8400", &uuid), ORM_ERR_CONVERSION);
    assert_int_equal(decode_bytes(f, ORM_TYPE_UUID, ORM_OID_UUID, BYTES("short"), &uuid), ORM_ERR_CONVERSION);

    assert_int_equal(decode_bytes(f, ORM_TYPE_DATE, ORM_OID_DATE, BYTES("\0\0\0\0"), &date), ORM_OK);
    assert_string_equal(text_of(f, ORM_TYPE_DATE, &date), "2000-01-01");
    through_binary(f, ORM_TYPE_DATE, &date, &date_back);
    assert_int_equal(date.days, date_back.days);
    assert_int_equal(decode_bytes(f, ORM_TYPE_DATE, ORM_OID_DATE, BYTES("\x7F\xFF\xFF\xFF"), &date), ORM_OK);
    assert_string_equal(text_of(f, ORM_TYPE_DATE, &date), "infinity");
    assert_int_equal(decode_bytes(f, ORM_TYPE_DATE, ORM_OID_DATE, BYTES("\x7F\xFF\xFF\xFE"), &date),
                     ORM_ERR_CONVERSION);
    date.days = INT32_MAX - 1;
    assert_int_equal(orm_type_check(ORM_TYPE_DATE, &date, &f->error), ORM_ERR_VALIDATION);

    assert_int_equal(decode_bytes(f, ORM_TYPE_TIMESTAMPTZ, ORM_OID_TIMESTAMPTZ, BYTES("\0\0\0\0\0\0\0\1"), &time),
                     ORM_OK);
    assert_string_equal(text_of(f, ORM_TYPE_TIMESTAMPTZ, &time), "2000-01-01T00:00:00.000001Z");
    through_binary(f, ORM_TYPE_TIMESTAMPTZ, &time, &time_back);
    assert_true(time.microseconds == time_back.microseconds);
    time.microseconds = INT64_MIN;
    through_binary(f, ORM_TYPE_TIMESTAMPTZ, &time, &time_back);
    assert_true(time_back.microseconds == INT64_MIN);
    assert_int_equal(
        decode_bytes(f, ORM_TYPE_TIMESTAMPTZ, ORM_OID_TIMESTAMPTZ, BYTES("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFE"), &time),
        ORM_ERR_CONVERSION);
    time.microseconds = INT64_MIN + 1;
    assert_int_equal(orm_type_check(ORM_TYPE_TIMESTAMPTZ, &time, &f->error), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_TIMESTAMPTZ, orm_text("2026-11-23T10:00:00Z"), &time), ORM_OK);
    assert_int_equal(from_value(f, ORM_TYPE_TIMESTAMPTZ, orm_text("yesterday"), &time), ORM_ERR_VALIDATION);
    assert_int_equal(from_value(f, ORM_TYPE_UUID, orm_uuid_value(uuid_back), &uuid), ORM_OK);
    assert_true(orm_uuid_equal(uuid, uuid_back));
}

static void values_are_written_and_described(void **state)
{
    const orm_escaper escaper = { .literal = fixture_escape };
    codec_fixture    *f = *state;
    const char       *items[] = { "a b", NULL };
    orm_value         values[] = { orm_null(),      orm_int(-3),    orm_text("x'y"),
                                   orm_double(2.5), orm_bool(true), orm_text_array_value((orm_text_array){ items, 2 }) };
    orm_value         broken = orm_text("\xFF");
    char              shown[80];
    char              long_text[200];

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_int_equal(orm_value_append_literal(&values[i], &f->out, &escaper, &f->error), ORM_OK);
        orm_buffer_append_char(&f->out, ' ');
    }
    assert_string_equal(f->out.data, "null -3 'x''y' 2.5 true '{a b,NULL}' ");
    assert_int_equal(orm_value_append_literal(&broken, &f->out, &escaper, &f->error), ORM_ERR_VALIDATION);
    assert_int_equal(orm_value_append_text(&values[0], &f->out, &f->error), ORM_ERR_ARGUMENT);

    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text + 59, "\u20AC", 3);
    long_text[sizeof long_text - 1] = '\0';
    values[2] = orm_text(long_text);
    orm_value_describe(&values[2], shown, sizeof shown);
    assert_int_equal(strlen(shown), 59 + 5);
    assert_string_equal(shown + 57, "xxx...'");
    orm_value_describe(&values[2], shown, 5);
    assert_string_equal(shown, "'xxx");
    values[2] = orm_text("a\nb");
    orm_value_describe(&values[2], shown, sizeof shown);
    assert_string_equal(shown, "'a b'");
    orm_value_describe(&values[1], shown, sizeof shown);
    assert_string_equal(shown, "-3");
    orm_value_describe(&values[5], shown, sizeof shown);
    assert_string_equal(shown, "an array of 2 texts");
    assert_int_equal(orm_text(NULL).kind, ORM_VALUE_NULL);
    assert_int_equal(orm_value_of((int16_t)3).kind, ORM_VALUE_INT);
    assert_int_equal(orm_value_of("x").kind, ORM_VALUE_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_are_described),
        cmocka_unit_test_setup_teardown(relations_have_no_text, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(literals_are_mikroorms, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_literal_that_fails_says_so, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(booleans, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(integers_at_their_edges, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_integer_that_does_not_fit_is_named, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(bigint_text, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(doubles_are_short_and_exact, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(doubles_are_read_strictly, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_locale_plays_no_part, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(texts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(json_is_kept_verbatim, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(bytes_of_any_kind, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(uuids_dates_and_times, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(values_are_written_and_described, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
