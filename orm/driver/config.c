#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "driver/driver_private.h"

#define DEFAULT_TIMEOUT_S 10
#define TIMEOUT_LIMIT_S 86400
#define DEFAULT_CACHE 256

/*
 * A path that cannot exist, for files that libpq would else look for in the home directory; it keeps silent about it.
 */
#define NO_FILE "/dev/null/none"

/* ---- The URL ---- */

/*
 * What libpq quotes from the text may be a piece of a password. It is shown only when it cannot be: in a URI behind the
 * last '@', in key=value text before the password.
 */
static bool may_show(const char *url, const char *word)
{
    const char *at = url == NULL ? NULL : strstr(url, word);
    const char *password = url == NULL ? NULL : strcasestr(url, "password");

    if (at == NULL || *word == '\0')
        return false;
    if (strstr(url, "://") != NULL)
        return (strrchr(url, '@') == NULL || at > strrchr(url, '@')) && (password == NULL || at < password);
    return password == NULL || at < password;
}

/*
 * Where libpq's message quotes a word of the text: its opening quote, or NULL. Messages quote one word, some an "="
 * before it; with more quotes, the word itself has some, and who knows what it is.
 */
static const char *quoted_word(const char *message, char *word, size_t size)
{
    const char *from = strchr(message, '"');
    const char *to;

    if (from != NULL && strncmp(from, "\"=\"", 3) == 0)
        from = strchr(from + 3, '"');
    to = from != NULL ? strchr(from + 1, '"') : NULL;
    if (to == NULL || strchr(to + 1, '"') != NULL || (size_t)(to - from) > size)
        return NULL;
    memcpy(word, from + 1, (size_t)(to - from - 1));
    word[to - from - 1] = '\0';
    return from;
}

static orm_status fail_url(const char *url, const char *message, orm_error *error)
{
    char        word[64];
    const char *quote = quoted_word(message, word, sizeof word);
    int         length = (int)strcspn(message, "\"\n");

    if (quote != NULL && may_show(url, word))
        orm_fail(error, ORM_ERR_CONFIG, 320, "the connection URL cannot be read: %.*s\"%s\"", (int)(quote - message),
                 message, word);
    else
        orm_fail(error, ORM_ERR_CONFIG, 321, "the connection URL cannot be read: %.*s%s", length, message,
                 message[length] == '"' ? "(not shown)" : "");
    orm_fail_hint(error, "It has the form postgresql://user:password@host:port/database?option=value, with special "
                         "characters as %%XX; options are those of libpq.");
    return ORM_ERR_CONFIG;
}

static orm_status parse_url(const char *url, PQconninfoOption **out, orm_error *error)
{
    char      *message = NULL;
    orm_status status;

    *out = PQconninfoParse(url != NULL ? url : "", &message);
    if (*out != NULL)
        return ORM_OK;
    status = message != NULL ? fail_url(url, message, error) : orm_fail_memory(error);
    PQfreemem(message);
    return status;
}

/* ---- Members ---- */

static orm_status apply_members(PQconninfoOption *options, const orm_config *config, orm_error *error)
{
    char        port[16];
    const char *encoding = orm_option_value(options, "client_encoding");

    if (config->port < 0 || config->port > 65535)
        return orm_fail(error, ORM_ERR_CONFIG, 323, "the port %d is none: give 1 to 65535", config->port);
    if (encoding != NULL && strcasecmp(encoding, "UTF8") != 0 && strcasecmp(encoding, "UTF-8") != 0)
        return orm_fail(error, ORM_ERR_CONFIG, 324, "client_encoding is %s, but liborm speaks only UTF8: leave it out",
                        encoding);
    snprintf(port, sizeof port, "%d", config->port);
    /* An address would win over the host. */
    if (!orm_option_set(options, "hostaddr", config->host != NULL ? "" : NULL) ||
        !orm_option_set(options, "host", config->host) ||
        !orm_option_set(options, "port", config->port != 0 ? port : NULL) ||
        !orm_option_set(options, "dbname", config->db_name) || !orm_option_set(options, "user", config->user) ||
        !orm_option_set(options, "password", config->password) ||
        !orm_option_set(options, "application_name", config->application_name) ||
        !orm_option_set(options, "fallback_application_name", "liborm") ||
        !orm_option_set(options, "client_encoding", "UTF8"))
        return orm_fail_memory(error);
    return ORM_OK;
}

/* ---- What nobody gave ---- */

static orm_status operating_system_user(const orm_allocator *a, PQconninfoOption *options, orm_error *error)
{
    size_t         size = 16384;
    char          *buffer = a->alloc(a->context, size);
    struct passwd  entry;
    struct passwd *found = NULL;
    bool           set = false;

    if (buffer == NULL)
        return orm_fail_memory(error);
    if (getpwuid_r(geteuid(), &entry, buffer, size, &found) == 0 && found != NULL)
        set = orm_option_set(options, "user", found->pw_name);
    a->release(a->context, buffer);
    if (found == NULL)
        return orm_fail(error, ORM_ERR_CONFIG, 334, "no user is given, and user id %u has no name: set .user",
                        (unsigned)geteuid());
    return set ? ORM_OK : orm_fail_memory(error);
}

/* Values that make an option harmless where libpq has no default of its own to write down. */
static const struct {
    const char *keyword;
    const char *value;
} harmless[] = {
    { "passfile", NO_FILE },
    { "sslcert", NO_FILE },
    { "sslkey", NO_FILE },
    { "sslrootcert", NO_FILE },
    { "sslcrl", NO_FILE },
    { "gssencmode", "disable" }, /* a Kerberos ticket is environment, too */
    { "replication", "" },
    { "keepalives", "1" },
    { "keepalives_idle", "60" }, /* pooled connections must outlive what forgets idle ones after minutes */
    { "keepalives_interval", "10" },
    { "keepalives_count", "6" },
    { "tcp_user_timeout", "0" },
    { "min_protocol_version", "3.0" }, /* since libpq 18 */
    { "max_protocol_version", "3.0" },
};

static const char *harmless_value(const PQconninfoOption *o)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (strcmp(harmless[i].keyword, o->keyword) == 0)
            return harmless[i].value;
    }
    /* An empty service is looked for as if it had a name. */
    if (strcmp(o->keyword, "service") == 0 || strcmp(o->keyword, "servicefile") == 0)
        return NULL;
    if (o->compiled != NULL)
        return o->compiled;
    return o->envvar != NULL ? "" : NULL;
}

/* Every option gets a value, so that neither variables nor a service that PGSERVICE names can fill it. */
static orm_status shut_out_environment(const orm_allocator *a, PQconninfoOption *options, orm_error *error)
{
    if (orm_option_value(options, "service") != NULL)
        return orm_fail(error, ORM_ERR_CONFIG, 335,
                        "the connection URL names a service, but the service file plays no part: set .use_environment");
    if (orm_option_value(options, "user") == NULL) {
        orm_status status = operating_system_user(a, options, error);

        if (status != ORM_OK)
            return status;
    }
    for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
        if (o->val == NULL && !orm_option_set(options, o->keyword, harmless_value(o)))
            return orm_fail_memory(error);
    }
    return ORM_OK;
}

/* The host and the application's name; `environment` is what else fills them. False when memory is out. */
static bool default_names(const orm_target *target, PQconninfoOption *options, PQconninfoOption *environment)
{
    /* A service of the URL is known only to libpq: what it says is not to be hidden. */
    bool open = orm_option_value(options, "host") == NULL && orm_option_value(options, "hostaddr") == NULL &&
                orm_option_value(environment, "host") == NULL && orm_option_value(environment, "hostaddr") == NULL &&
                orm_option_value(options, "service") == NULL;

    if (open && !orm_option_set(options, "host", "localhost"))
        return false;
    /* libpq falls back on fallback_application_name only where the environment has had its chance. */
    return !target->isolated || orm_option_value(options, "application_name") != NULL ||
           orm_option_set(options, "application_name", "liborm");
}

/* libpq's own connect_timeout plays no part in connecting step by step, so it is read here. */
static orm_status resolve_timeout(orm_target *target, PQconninfoOption *options, PQconninfoOption *environment,
                                  orm_error *error)
{
    const char *text = orm_option_value(options, "connect_timeout");

    if (target->timeout_s != 0)
        return ORM_OK;
    if (text == NULL)
        text = orm_option_value(environment, "connect_timeout");
    target->timeout_s = DEFAULT_TIMEOUT_S;
    if (text == NULL ||
        (orm_parse_int64(text, &target->timeout_s) && target->timeout_s >= 0 && target->timeout_s <= TIMEOUT_LIMIT_S))
        return ORM_OK;
    return orm_fail(error, ORM_ERR_CONFIG, 336, "connect_timeout is \"%.40s\": give seconds, 0 to %d", text,
                    TIMEOUT_LIMIT_S);
}

static orm_status apply_defaults(orm_target *target, PQconninfoOption *options, orm_error *error)
{
    /* Variables and the service that PGSERVICE names, or nothing. */
    PQconninfoOption *environment = target->isolated ? PQconninfoParse("", NULL) : PQconndefaults();
    orm_status        status;

    if (environment == NULL)
        return orm_fail_memory(error);
    status = default_names(target, options, environment) ? ORM_OK : orm_fail_memory(error);
    if (status == ORM_OK)
        status = resolve_timeout(target, options, environment, error);
    PQconninfoFree(environment);
    return status;
}

/* ---- Writing it down ---- */

static void append_option(orm_buffer *out, const PQconninfoOption *o)
{
    orm_buffer_printf(out, "%s='", o->keyword);
    for (const char *c = o->val; *c != '\0'; c++) {
        if (*c == '\'' || *c == '\\')
            orm_buffer_append_char(out, '\\');
        orm_buffer_append_char(out, *c);
    }
    orm_buffer_append(out, "' ");
}

/* As text and not as an array, because libpq takes empty values only from text: in an array they count as not given. */
orm_status orm_conninfo_write(const orm_allocator *allocator, const PQconninfoOption *options, char **out,
                              orm_error *error)
{
    orm_buffer text;

    *out = NULL;
    orm_buffer_init(&text, allocator, 0);
    for (; options->keyword != NULL; options++) {
        if (options->val != NULL)
            append_option(&text, options);
    }
    if (!text.broken)
        *out = allocator->alloc(allocator->context, text.length + 1);
    if (*out != NULL)
        memcpy(*out, text.data, text.length + 1);
    explicit_bzero(text.data, text.length);
    orm_buffer_free(&text);
    return *out != NULL ? ORM_OK : orm_fail_memory(error);
}

void orm_conninfo_free(const orm_allocator *allocator, char *conninfo)
{
    if (conninfo == NULL)
        return;
    explicit_bzero(conninfo, strlen(conninfo));
    allocator->release(allocator->context, conninfo);
}

static orm_status resolve(orm_target *target, PQconninfoOption *options, const orm_config *config, orm_error *error)
{
    orm_status status = apply_members(options, config, error);

    if (status == ORM_OK)
        status = orm_tls_apply(target, options, &config->ssl, error);
    if (status == ORM_OK)
        status = apply_defaults(target, options, error);
    if (status == ORM_OK && target->isolated)
        status = shut_out_environment(&target->allocator, options, error);
    return status == ORM_OK ? orm_conninfo_write(&target->allocator, options, &target->conninfo, error) : status;
}

orm_status orm_target_init(orm_target *target, const orm_config *config, const orm_settings *settings, orm_error *error)
{
    PQconninfoOption *options;
    orm_status        status;

    *target = (orm_target){
        .allocator = config->allocator != NULL ? *config->allocator : *orm_default_allocator(),
        .settings = *settings,
        .log = config->log,
        .log_context = config->log_context,
        .slow_ns = config->slow_query_ms != 0 ? config->slow_query_ms * ORM_NS_PER_MS : UINT64_MAX,
        .log_slow_only = config->log_slow_only,
        .statement_timeout_ms = config->statement_timeout_ms,
        .cache_limit = DEFAULT_CACHE,
        .timeout_s = config->connect_timeout_s,
        .isolated = !config->use_environment,
        .process = getpid(),
    };
    if (config->connect_timeout_s > TIMEOUT_LIMIT_S)
        return orm_fail(error, ORM_ERR_CONFIG, 337, "connect_timeout_s is %u: give seconds, at most %d",
                        config->connect_timeout_s, TIMEOUT_LIMIT_S);
    if (config->statement_cache < -1)
        return orm_fail(error, ORM_ERR_CONFIG, 369, "statement_cache is %d: give a number of statements, or -1 for none",
                        config->statement_cache);
    if (config->statement_cache != 0)
        target->cache_limit = config->statement_cache > 0 ? (size_t)config->statement_cache : 0;
    status = parse_url(config->url, &options, error);
    if (status == ORM_OK) {
        status = resolve(target, options, config, error);
        PQconninfoFree(options);
    }
    if (status != ORM_OK)
        orm_target_free(target);
    return status;
}

void orm_target_free(orm_target *target)
{
    orm_conninfo_free(&target->allocator, target->conninfo);
    if (target->ca_path[0] != '\0' && target->process == getpid())
        unlink(target->ca_path);
    target->conninfo = NULL;
    target->ca_path[0] = '\0';
}
