/* Templates: {name} stands for a value, {name:sql} for its list of values with strings quoted, {{ and }} for braces. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "harness/wire/profile_private.h"

typedef struct placeholder {
    char name[48];
    bool sql;
    bool sound;
} placeholder;

/* `*at` stands on '{' and moves behind '}'. */
static placeholder read_placeholder(const char **at)
{
    placeholder p = { .sound = false };
    const char *end = strchr(*at, '}');
    size_t      length = end == NULL ? strlen(*at) - 1 : (size_t)(end - *at) - 1;

    if (end != NULL && length < sizeof p.name) {
        memcpy(p.name, *at + 1, length);
        p.name[length] = '\0';
        p.sound = length > 0;
        if (length > 4 && strcmp(p.name + length - 4, ":sql") == 0) {
            p.name[length - 4] = '\0';
            p.sql = true;
        }
    }
    *at = end == NULL ? *at + strlen(*at) : end + 1;
    return p;
}

static bool find(const cc_values *values, orm_arena *arena, const char *name, const char **out)
{
    if (strcmp(name, "profile") == 0)
        *out = values->profile->name;
    else if (strcmp(name, "version") == 0)
        *out = values->profile->version;
    else if (strcmp(name, "issue") == 0 && values->issue != NULL)
        *out = values->issue;
    else
        return values->find(values->context, arena, name, out);
    return true;
}

/* Numbers and truth values stand as they are; the types of the columns are not known here. */
static bool stands_bare(const char *text, size_t length)
{
    static const char *const words[] = { "true", "false", "NULL", "null", "t", "f" };
    size_t                   i = 0;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
            return i < 4;
    }
    i = length > 0 && text[0] == '-' ? 1 : 0;
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (!isdigit((unsigned char)text[i]) && text[i] != '.')
            return false;
    }
    return true;
}

static void append_list(orm_buffer *out, const char *text)
{
    for (;;) {
        const char *end = strstr(text, ", ");
        size_t      length = end == NULL ? strlen(text) : (size_t)(end - text);
        bool        bare = stands_bare(text, length);

        if (!bare)
            orm_buffer_append_char(out, '\'');
        for (size_t i = 0; i < length; i++) {
            if (text[i] == '\'' && !bare)
                orm_buffer_append_char(out, '\'');
            orm_buffer_append_char(out, text[i]);
        }
        if (!bare)
            orm_buffer_append_char(out, '\'');
        if (end == NULL)
            return;
        orm_buffer_append(out, ", ");
        text = end + 2;
    }
}

const char *cc_template_fill(orm_arena *arena, const char *text, const cc_values *values)
{
    orm_buffer  out;
    const char *result;

    orm_buffer_init(&out, NULL, 0);
    while (*text != '\0') {
        const char *value = NULL;
        placeholder p;

        if ((*text == '{' || *text == '}') && text[1] == text[0]) {
            orm_buffer_append_char(&out, *text);
            text += 2;
            continue;
        }
        if (*text != '{') {
            orm_buffer_append_char(&out, *text++);
            continue;
        }
        p = read_placeholder(&text);
        if (!p.sound || !find(values, arena, p.name, &value) || value == NULL)
            continue;
        if (p.sql)
            append_list(&out, value);
        else
            orm_buffer_append(&out, value);
    }
    result = out.broken ? NULL : orm_arena_strdup(arena, out.data);
    orm_buffer_free(&out);
    return result;
}

void cc_template_check(orm_arena *arena, const char *text, const cc_values *values, cc_place place,
                       cc_problems *problems)
{
    while (text != NULL && (text = strchr(text, '{')) != NULL) {
        const char *value;
        placeholder p;

        if (text[1] == '{') {
            text += 2;
            continue;
        }
        p = read_placeholder(&text);
        if (!p.sound)
            cc_problem_add(problems, place, "a placeholder is not closed or has no name; write {{ for a brace");
        else if (!find(values, arena, p.name, &value))
            cc_problem_add(problems, place, "nothing is known as {%s} here", p.name);
    }
}

const char *cc_token_shown(orm_arena *arena, const cc_tokens *tokens, size_t at, size_t end)
{
    const cc_token *token = &tokens->items[at];

    if (at >= end)
        return at < tokens->count && cc_token_is(token, ";") ? ";" : "EOF";
    if (token->kind == CC_TOKEN_NAME || (token->kind == CC_TOKEN_WORD && cc_is_keyword(token->text)))
        return token->text;
    return orm_arena_strndup(arena, tokens->sql + token->start, token->length);
}

const char *cc_source_shown(orm_arena *arena, const char *sql, size_t start, size_t end, size_t offset)
{
    size_t line = offset;
    size_t line_end = offset;
    size_t spaces = 0;

    while (line > start && sql[line - 1] != '\n')
        line--;
    while (line_end < end && sql[line_end] != '\n')
        line_end++;
    /* Columns are characters: bytes that go on with one are not counted. */
    for (size_t i = line; i < offset; i++)
        spaces += ((unsigned char)sql[i] & 0xC0U) != 0x80U;
    return orm_arena_printf(arena, "%.*s\n%*s^", (int)(line_end - start), sql + start, (int)spaces, "");
}
