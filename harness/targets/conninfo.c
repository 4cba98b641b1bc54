#include "harness/targets/conninfo.h"

#include <ctype.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "base/text.h"
#include "harness/targets/target.h"

static void append_encoded(orm_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (isalnum(c) || strchr("-._~*", c) != NULL)
            orm_buffer_append_char(out, *text);
        else
            orm_buffer_printf(out, "%%%02X", (unsigned)c);
    }
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val;
    }
    return NULL;
}

static bool is_in_authority(const char *keyword)
{
    static const char *const keywords[] = { "user", "password", "host", "port", "dbname" };

    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (strcmp(keyword, keywords[i]) == 0)
            return true;
    }
    return false;
}

static void append_parameter(orm_buffer *out, bool *first, const char *keyword, const char *value)
{
    orm_buffer_append_char(out, *first ? '?' : '&');
    *first = false;
    orm_buffer_append(out, keyword);
    orm_buffer_append_char(out, '=');
    append_encoded(out, value);
}

typedef struct parts {
    const char *user;
    const char *password;
    const char *host;
    const char *port;
    const char *db_name;
} parts;

static const char *pick(const char *forced, const char *given, const char *fallback)
{
    if (forced != NULL)
        return forced;
    return given != NULL && given[0] != '\0' ? given : fallback;
}

static void append_uri(orm_buffer *out, const parts *p, const PQconninfoOption *options)
{
    /* A list of hosts has no clear place in front of the slash when the ports are a list too. */
    bool host_in_front = p->host != NULL && strchr(p->host, ',') == NULL && p->host[0] != '/';
    bool first = true;

    orm_buffer_append(out, "postgresql://");
    if (p->user != NULL)
        append_encoded(out, p->user);
    if (p->password != NULL && p->password[0] != '\0') {
        orm_buffer_append_char(out, ':');
        append_encoded(out, p->password);
    }
    if (p->user != NULL || (p->password != NULL && p->password[0] != '\0'))
        orm_buffer_append_char(out, '@');
    if (host_in_front && strchr(p->host, ':') != NULL)
        orm_buffer_printf(out, "[%s]", p->host);
    else if (host_in_front)
        append_encoded(out, p->host);
    if (host_in_front && p->port != NULL)
        orm_buffer_printf(out, ":%s", p->port);
    orm_buffer_append_char(out, '/');
    if (p->db_name != NULL)
        append_encoded(out, p->db_name);
    if (!host_in_front && p->host != NULL)
        append_parameter(out, &first, "host", p->host);
    if (!host_in_front && p->port != NULL)
        append_parameter(out, &first, "port", p->port);
    for (; options->keyword != NULL; options++) {
        if (options->val != NULL && options->val[0] != '\0' && !is_in_authority(options->keyword))
            append_parameter(out, &first, options->keyword, options->val);
    }
}

char *cc_conninfo_change(orm_arena *arena, const char *conninfo, const cc_conninfo_changes *changes, orm_error *error)
{
    char             *problem = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &problem);
    orm_buffer        uri;
    char             *copy;

    if (options == NULL) {
        /* libpq's message quotes the string, password and all. */
        PQfreemem(problem);
        orm_fail(error, ORM_ERR_CONFIG, 0, "the connection string of the target cannot be read");
        orm_fail_hint(error, "write postgresql://USER@HOST:PORT/DATABASE, with %%XX for special characters");
        return NULL;
    }
    orm_buffer_init(&uri, NULL, 0);
    append_uri(&uri,
               &(parts){ .user = pick(changes->user, value_of(options, "user"), changes->default_user),
                         .password = pick(changes->password, value_of(options, "password"), NULL),
                         .host = pick(NULL, value_of(options, "host"), NULL),
                         .port = pick(NULL, value_of(options, "port"), changes->default_port),
                         .db_name = pick(changes->db_name, value_of(options, "dbname"), changes->default_db_name) },
               options);
    PQconninfoFree(options);
    copy = uri.broken ? NULL : orm_arena_strdup(arena, uri.data);
    orm_buffer_free(&uri);
    if (copy == NULL)
        orm_fail_memory(error);
    return copy;
}

bool cc_conninfo_has_password(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    const char       *password = options != NULL ? value_of(options, "password") : NULL;
    bool              has = password != NULL && password[0] != '\0';

    PQconninfoFree(options);
    return has;
}

char *cc_url_mask(orm_arena *arena, const char *url)
{
    if (!cc_conninfo_has_password(url)) {
        PQconninfoOption *options = PQconninfoParse(url, NULL);
        bool              readable = options != NULL;

        PQconninfoFree(options);
        /* What libpq cannot read may hide a password anywhere. */
        return orm_arena_strdup(arena, readable ? url : "(unreadable connection string)");
    }
    return cc_conninfo_change(arena, url, &(cc_conninfo_changes){ .password = "***" }, NULL);
}
