#include <string.h>

#include "schema/schema_private.h"

void orm_script_init(orm_script *script, orm_arena *arena)
{
    memset(script, 0, sizeof *script);
    script->arena = arena;
    orm_buffer_init(&script->group, orm_arena_allocator(arena), 0);
}

void orm_script_end_group(orm_script *script)
{
    char *text;

    if (script->group.length == 0 && !script->group.broken)
        return;
    text = script->group.broken ? NULL : orm_arena_strndup(script->arena, script->group.data, script->group.length);
    if (text == NULL ||
        !orm_arena_grow(script->arena, &script->groups, script->count, &script->capacity, sizeof *script->groups))
        script->broken = true;
    else
        script->groups[script->count++] = text;
    orm_buffer_reset(&script->group);
}

orm_buffer *orm_script_statement(orm_script *script)
{
    if (script->group.length > 0)
        orm_buffer_append_char(&script->group, '\n');
    return &script->group;
}

char *orm_script_text(orm_script *script)
{
    char      *out = NULL;
    orm_buffer text;

    orm_script_end_group(script);
    orm_buffer_init(&text, orm_arena_allocator(script->arena), 0);
    for (size_t i = 0; i < script->count; i++) {
        if (i > 0)
            orm_buffer_append_char(&text, '\n');
        orm_buffer_append(&text, script->groups[i]);
        orm_buffer_append_char(&text, '\n');
    }
    if (!script->broken && !text.broken)
        out = orm_arena_strndup(script->arena, text.data, text.length);
    orm_buffer_free(&text);
    return out;
}

void orm_script_free(orm_script *script)
{
    orm_buffer_free(&script->group);
}
