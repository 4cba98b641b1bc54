#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ca_files.h"
#include "driver/connection.h"

static const char certificate[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

static orm_settings resolve(orm_config config)
{
    orm_settings settings;
    orm_error    error;

    memset(&settings, 0x5a, sizeof settings);
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_OK);
    return settings;
}

static void presets_resolve(void **state)
{
    orm_settings native = resolve((orm_config){ 0 });
    orm_settings mikroorm = resolve((orm_config){ .preset = ORM_PRESET_MIKROORM });

    (void)state;
    assert_int_equal(native.preset, ORM_PRESET_NATIVE);
    assert_int_equal(native.protocol, ORM_PROTOCOL_EXTENDED);
    assert_int_equal(native.batch, ORM_BATCH_FAST);
    assert_int_equal(native.batch_size, 300);
    assert_true(native.adaptations);
    assert_true(native.pipeline);
    assert_int_equal(mikroorm.preset, ORM_PRESET_MIKROORM);
    assert_int_equal(mikroorm.protocol, ORM_PROTOCOL_SIMPLE);
    assert_int_equal(mikroorm.batch, ORM_BATCH_MULTI_ROW);
    assert_int_equal(mikroorm.batch_size, 300);
    assert_false(mikroorm.adaptations);
    assert_false(mikroorm.pipeline);
}

static void single_settings_override_the_preset(void **state)
{
    orm_settings s = resolve((orm_config){ .preset = ORM_PRESET_MIKROORM,
                                           .protocol = ORM_PROTOCOL_EXTENDED,
                                           .batch = ORM_BATCH_FAST,
                                           .batch_size = 7,
                                           .adaptations = ORM_ON });

    (void)state;
    assert_int_equal(s.preset, ORM_PRESET_MIKROORM);
    assert_int_equal(s.protocol, ORM_PROTOCOL_EXTENDED);
    assert_int_equal(s.batch, ORM_BATCH_FAST);
    assert_int_equal(s.batch_size, 7);
    assert_true(s.adaptations);

    s = resolve((orm_config){ .protocol = ORM_PROTOCOL_SIMPLE, .adaptations = ORM_OFF });
    assert_false(s.pipeline);
    assert_int_equal(s.batch, ORM_BATCH_MULTI_ROW);
    assert_false(s.adaptations);
}

static void simple_with_fast_is_refused(void **state)
{
    static const orm_config configs[] = {
        { .protocol = ORM_PROTOCOL_SIMPLE, .batch = ORM_BATCH_FAST },
        { .preset = ORM_PRESET_MIKROORM, .batch = ORM_BATCH_FAST },
    };
    orm_settings settings;
    orm_error    error;

    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        assert_int_equal(orm_settings_resolve(&configs[i], &settings, &error), ORM_ERR_CONFIG);
        assert_int_equal(error.number, 312);
        assert_non_null(strstr(error.message, "simple protocol"));
        assert_non_null(strstr(error.hint, "ORM_PROTOCOL_EXTENDED"));
    }
}

static void simple_with_a_pipeline_is_refused(void **state)
{
    const orm_config config = { .preset = ORM_PRESET_MIKROORM, .pipeline = ORM_ON };
    orm_settings     settings;
    orm_error        error;

    (void)state;
    assert_int_equal(orm_settings_resolve(&config, &settings, &error), ORM_ERR_CONFIG);
    assert_int_equal(error.number, 375);
    assert_non_null(strstr(error.hint, "ORM_PROTOCOL_EXTENDED"));
    assert_true(
        resolve((orm_config){ .preset = ORM_PRESET_MIKROORM, .protocol = ORM_PROTOCOL_EXTENDED, .pipeline = ORM_ON })
            .pipeline);
    assert_false(resolve((orm_config){ .pipeline = ORM_OFF }).pipeline);
}

static void nonsense_settings_are_refused(void **state)
{
    orm_config configs[4] = { { 0 } };
    orm_error  error;

    (void)state;
    memset(&configs[0].preset, 0x7f, sizeof configs[0].preset);
    memset(&configs[1].protocol, 0x7f, sizeof configs[1].protocol);
    memset(&configs[2].batch, 0x7f, sizeof configs[2].batch);
    memset(&configs[3].adaptations, 0x7f, sizeof configs[3].adaptations);
    for (size_t i = 0; i < 4; i++) {
        orm_settings settings;

        assert_int_equal(orm_settings_resolve(&configs[i], &settings, &error), ORM_ERR_CONFIG);
        assert_int_equal(error.number, 310);
    }
    assert_int_equal(orm_settings_resolve(NULL, NULL, &error), ORM_ERR_ARGUMENT);
}

/* ---- The connection part, as far as it is checked before anything is connected ---- */

static orm_status try_pool(orm_config config, orm_error *error)
{
    orm_settings settings = resolve((orm_config){ 0 });
    orm_pool    *pool = NULL;
    orm_status   status = orm_pool_new(&config, &settings, &pool, error);

    assert_true((status == ORM_OK) == (pool != NULL));
    orm_pool_free(pool);
    return status;
}

static void good_configurations_connect_nothing(void **state)
{
    static const orm_config configs[] = {
        { 0 },
        { .url = "postgresql://ann:secret@db.example.org:26257/bank?sslmode=require&connect_timeout=3" },
        { .url = "host=db.example.org user=ann password='a b'" },
        { .host = "/nowhere", .port = 65535, .user = "o'brien\\", .password = "'\\ =", .db_name = "a=b c" },
        { .url = "postgresql://h/d?client_encoding=utf-8" },
        { .url = "postgresql:///d?sslrootcert=system&sslmode=require" },
        { .connect_timeout_s = 86400 },
        { .use_environment = true },
    };
    orm_error error;

    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
        assert_int_equal(try_pool(configs[i], &error), ORM_OK);
}

static void bad_configurations_say_what_is_wrong(void **state)
{
    static const struct {
        orm_config  config;
        const char *words;
    } configs[] = {
        { { .url = "postgresql://h/d?colour=red" }, "\"colour\"" },
        { { .url = "host=h colour=red" }, "\"colour\"" },
        { { .url = "hello" }, "hello" },
        { { .url = "host='h" }, "unterminated" },
        { { .url = "postgresql://h/d?service=x" }, "use_environment" },
        { { .url = "postgresql://h/d?client_encoding=latin1" }, "UTF8" },
        { { .url = "postgresql://h/d?connect_timeout=soon" }, "connect_timeout" },
        { { .url = "postgresql://h/d?connect_timeout=-1" }, "connect_timeout" },
        { { .connect_timeout_s = 86401 }, "connect_timeout_s" },
        { { .port = 65536 }, "65536" },
        { { .port = -1 }, "-1" },
        { { .ssl.mode = ORM_SSL_VERIFY_FULL }, "ca_file" },
        { { .url = "postgresql://h/d?sslmode=verify-ca" }, "ca_file" },
        { { .ssl.ca_file = "/nowhere/ca.crt" }, "/nowhere/ca.crt" },
        { { .ssl.ca_text = "rubbish" }, "BEGIN CERTIFICATE" },
        { { .ssl.ca_text = certificate, .ssl.ca_file = "/dev/null" }, "one of the two" },
        { { .ssl.ca_text = certificate, .ssl.mode = ORM_SSL_DISABLE }, "verify-full" },
        { { .ssl.cert_file = "/dev/null" }, "ssl.key_file is missing" },
        { { .ssl.key_file = "/dev/null" }, "ssl.cert_file is missing" },
        { { .ssl.cert_file = "/nowhere/c", .ssl.key_file = "/dev/null" }, "/nowhere/c" },
        { { .ssl.mode = (orm_ssl_mode)77 }, "77" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        orm_error error;

        assert_int_equal(try_pool(configs[i].config, &error), ORM_ERR_CONFIG);
        assert_true(error.number >= 320 && error.number < 340);
        if (strstr(error.message, configs[i].words) == NULL)
            fail_msg("no \"%s\" in: %s", configs[i].words, error.message);
        assert_int_equal(try_pool(configs[i].config, NULL), ORM_ERR_CONFIG);
    }
}

static void a_password_never_shows_in_errors(void **state)
{
    /* Each holds the password "hunter2"; each is broken in another way, the last ones because it is not escaped. */
    static const char *const urls[] = {
        "postgresql://u:hunter2%zz@h/d",
        "postgresql://u:%00hunter2@h/d",
        "postgresql://u:p@h/d?password=hunter2&colour=red",
        "postgresql://u:p@h/d?password=hunter2=3",
        "postgresql://u:p@h/d?password=%zzhunter2",
        "postgresql://u:p@[::1/d?password=hunter2",
        "postgresql://u:hunter2@[]/d",
        "postgresql://u:x/hunter2?hunter2=b@h/d",
        "postgresql://u:p@[::1]hunter2",
        "password=x hunter2 host=h",
        "password=x hunter2=y host=h",
        "user=u PASSWORD=x hunter2",
        "host=h password='hunter2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        orm_error error;

        if (try_pool((orm_config){ .url = urls[i] }, &error) == ORM_OK)
            continue;
        if (strstr(error.message, "hunter2") != NULL || strstr(error.hint, "hunter2") != NULL)
            fail_msg("%s gives: %s", urls[i], error.message);
    }
}

static void the_file_of_a_ca_text_goes_with_the_pool(void **state)
{
    orm_settings settings = resolve((orm_config){ 0 });
    char         text[256];
    orm_pool    *pool;
    orm_error    error;

    (void)state;
    snprintf(text, sizeof text, "# process %ld\n%s", (long)getpid(), certificate);
    assert_int_equal(orm_pool_new(&(orm_config){ .ssl.ca_text = text }, &settings, &pool, &error), ORM_OK);
    assert_int_equal(count_ca_files(text), 1);
    orm_pool_free(pool);
    assert_int_equal(count_ca_files(text), 0);

    /* It is written before the mode is found to contradict it. */
    assert_int_equal(try_pool((orm_config){ .ssl.ca_text = text, .ssl.mode = ORM_SSL_PREFER }, &error), ORM_ERR_CONFIG);
    assert_int_equal(count_ca_files(text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_resolve),
        cmocka_unit_test(single_settings_override_the_preset),
        cmocka_unit_test(simple_with_fast_is_refused),
        cmocka_unit_test(simple_with_a_pipeline_is_refused),
        cmocka_unit_test(nonsense_settings_are_refused),
        cmocka_unit_test(good_configurations_connect_nothing),
        cmocka_unit_test(bad_configurations_say_what_is_wrong),
        cmocka_unit_test(a_password_never_shows_in_errors),
        cmocka_unit_test(the_file_of_a_ca_text_goes_with_the_pool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
