/*
 * Arguments as they are shown: without passwords, and so that a shell takes them again.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "harness/cli/cli.h"

/* Where a URI begins: the letters before "://". NULL when there is none. */
static const char *find_uri(const char *text)
{
    const char *at = strstr(text, "://");

    if (at == NULL)
        return NULL;
    while (at > text && isalnum((unsigned char)at[-1]))
        at--;
    return at;
}

/* Where a key=value string begins that has a password in it: behind NAME= when it is a target's. */
static const char *find_key_values(const char *text)
{
    const char *password = strcasestr(text, "password");
    const char *at = text;

    if (password == NULL)
        return NULL;
    if (strncmp(at, "--target=", 9) == 0)
        at += 9;
    for (const char *const *kind = cc_target_kinds(); *kind != NULL; kind++) {
        size_t length = strlen(*kind);

        if (strncmp(at, *kind, length) == 0 && at[length] == '=')
            return at + length + 1;
    }
    return NULL;
}

const char *cc_mask_argument(orm_arena *arena, const char *argument)
{
    const char *begin = find_uri(argument);
    const char *masked;

    if (begin == NULL)
        begin = find_key_values(argument);
    if (begin == NULL)
        return argument;
    masked = cc_url_mask(arena, begin);
    return masked == NULL ? NULL : orm_arena_printf(arena, "%.*s%s", (int)(begin - argument), argument, masked);
}

/* Puts `shown` in the place of an argument: cut where it is longer, the rest zeroed where it is shorter. */
static void overwrite(char *argument, const char *shown)
{
    size_t length = strlen(argument);

    for (size_t i = 0; i < length; i++) {
        argument[i] = *shown;
        shown += *shown != '\0';
    }
}

char **cc_take_arguments(cc_cli *cli, int argc, char **argv)
{
    orm_buffer shown;
    char     **copies = orm_arena_calloc(cli->arena, (size_t)argc + 1, sizeof *copies);
    bool       good = copies != NULL;

    orm_buffer_init(&shown, NULL, 0);
    for (int i = 0; good && i < argc; i++) {
        const char *masked;
        const char *word;

        copies[i] = orm_arena_strdup(cli->arena, argv[i]);
        masked = copies[i] != NULL ? cc_mask_argument(cli->arena, copies[i]) : NULL;
        word = masked != NULL ? cc_shell_word(cli->arena, masked) : NULL;
        good = word != NULL;
        if (!good)
            break;
        if (masked != copies[i])
            overwrite(argv[i], masked);
        if (i > 0)
            orm_buffer_printf(&shown, "%s%s", i > 1 ? " " : "", word);
    }
    cli->shown = good && !shown.broken ? orm_arena_strdup(cli->arena, shown.data) : NULL;
    orm_buffer_free(&shown);
    return cli->shown != NULL ? copies : NULL;
}
