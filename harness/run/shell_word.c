#include <string.h>

#include "harness/run/run.h"

const char *cc_shell_word(orm_arena *arena, const char *text)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    orm_buffer        word;
    const char       *copy = NULL;

    if (text[0] != '\0' && text[strspn(text, harmless)] == '\0')
        return text;
    orm_buffer_init(&word, NULL, 0);
    orm_buffer_append_char(&word, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            orm_buffer_append(&word, "'\\''");
        else
            orm_buffer_append_char(&word, *text);
    }
    orm_buffer_append_char(&word, '\'');
    if (!word.broken)
        copy = orm_arena_strdup(arena, word.data);
    orm_buffer_free(&word);
    return copy;
}
