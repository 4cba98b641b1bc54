/*
 * codec_fixture.h - for the tests of the codecs: an arena, a buffer and an error for each test, an escaper that stands
 * in for the connection's, and short ways to say "this slot as a literal".
 */
#ifndef ORM_TESTS_CODEC_FIXTURE_H
#define ORM_TESTS_CODEC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "types/codec.h"

typedef struct codec_fixture {
    orm_arena *arena;
    orm_buffer out;
    orm_error  error;
} codec_fixture;

/* As PQescapeLiteral() does, but for the space in front of an E. */
static inline bool fixture_escape(void *context, orm_buffer *out, const char *text, size_t length, orm_error *error)
{
    (void)context;
    (void)error;
    orm_buffer_append(out, memchr(text, '\\', length) != NULL ? "E'" : "'");
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'' || text[i] == '\\')
            orm_buffer_append_char(out, text[i]);
        orm_buffer_append_char(out, text[i]);
    }
    orm_buffer_append_char(out, '\'');
    return true;
}

static inline int fixture_setup(void **state)
{
    codec_fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (f == NULL)
        return -1;
    f->arena = orm_arena_new(NULL, NULL, "test");
    orm_buffer_init(&f->out, NULL, 0);
    return f->arena == NULL ? -1 : 0;
}

static inline int fixture_teardown(void **state)
{
    codec_fixture *f = *state;

    orm_buffer_free(&f->out);
    orm_arena_free(f->arena);
    free(f);
    return 0;
}

static inline const char *literal_of(codec_fixture *f, orm_type type, const void *slot)
{
    const orm_escaper escaper = { .literal = fixture_escape };

    orm_buffer_reset(&f->out);
    assert_int_equal(orm_type_append_literal(type, slot, &f->out, &escaper, &f->error), ORM_OK);
    return f->out.data;
}

static inline const char *text_of(codec_fixture *f, orm_type type, const void *slot)
{
    orm_buffer_reset(&f->out);
    assert_int_equal(orm_type_append_text(type, slot, &f->out, &f->error), ORM_OK);
    return f->out.data;
}

/* Reads text as the server would send it. */
static inline orm_status decode(codec_fixture *f, orm_type type, const char *text, void *slot)
{
    return orm_type_decode_text(type, f->arena, text, strlen(text), slot, &f->error);
}

/* Reads bytes written as a string literal of known size. */
static inline orm_status decode_bytes(codec_fixture *f, orm_type type, uint32_t oid, const char *data, size_t size,
                                      void *slot)
{
    return orm_type_decode_binary(type, f->arena, data, size, oid, slot, &f->error);
}

/* The literal, without its NUL, and its size. */
#define BYTES(literal) (literal), sizeof(literal) - 1

/* Writes the slot in binary, reads it back into `back`. */
static inline void through_binary(codec_fixture *f, orm_type type, const void *slot, void *back)
{
    bool as_text = true;

    orm_buffer_reset(&f->out);
    assert_int_equal(orm_type_append_binary(type, slot, &f->out, &as_text, &f->error), ORM_OK);
    assert_false(as_text);
    assert_int_equal(orm_type_decode_binary(type, f->arena, f->out.data, f->out.length, orm_type_info_of(type)->oid,
                                            back, &f->error),
                     ORM_OK);
}

static inline void through_text(codec_fixture *f, orm_type type, const void *slot, void *back)
{
    text_of(f, type, slot);
    assert_int_equal(orm_type_decode_text(type, f->arena, f->out.data, f->out.length, back, &f->error), ORM_OK);
}

static inline orm_status from_value(codec_fixture *f, orm_type type, orm_value value, void *slot)
{
    return orm_type_from_value(type, f->arena, &value, slot, &f->error);
}

#endif
