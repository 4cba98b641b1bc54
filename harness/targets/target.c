#include "harness/targets/target_private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/fail.h"
#include "base/text.h"

char *cc_find_executable(orm_arena *arena, const char *name)
{
    const char *path = getenv("PATH");

    while (path != NULL && path[0] != '\0') {
        size_t length = strcspn(path, ":");

        if (length > 0 && path[0] == '/') {
            char *candidate = orm_arena_printf(arena, "%.*s/%s", (int)length, path, name);

            if (candidate != NULL && access(candidate, X_OK) == 0)
                return candidate;
        }
        path += length + (path[length] == ':');
    }
    return NULL;
}

void cc_target_note(cc_target *target, const char *format, ...)
{
    va_list args;
    char   *note;

    if (target->note_count == CC_TARGET_NOTES)
        return;
    va_start(args, format);
    note = orm_arena_vprintf(target->arena, format, args);
    va_end(args);
    if (note != NULL)
        target->notes[target->note_count++] = note;
}

orm_status cc_target_keep(cc_target *target, const cc_keeper_plan *plan, bool (*ready)(cc_target *target),
                          orm_error *error)
{
    uint64_t end = orm_clock_ns() + (uint64_t)CC_START_WAIT_S * 1000000000U;

    target->keeper = cc_keeper_start(target->arena, plan, error);
    if (target->keeper == NULL)
        return ORM_ERR_CONNECTION;
    while (!ready(target)) {
        if (cc_keeper_has_failed(target->keeper, error))
            return ORM_ERR_CONNECTION;
        if (orm_clock_ns() > end)
            return orm_fail(error, ORM_ERR_CONNECTION, 0, "the server that was started is not ready after %d seconds",
                            (int)CC_START_WAIT_S);
        nanosleep(&(struct timespec){ .tv_nsec = 10L * 1000 * 1000 }, NULL);
    }
    return ORM_OK;
}

/* ---- Administration, and the role that owns the databases of cases ---- */

static orm_status open_admin(cc_target *target, orm **out, orm_error *error)
{
    return orm_open(&(orm_config){ .url = target->admin_url,
                                   .preset = ORM_PRESET_MIKROORM,
                                   .application_name = "crdbcheck",
                                   .connect_timeout_s = target->connect_timeout_s },
                    out, error);
}

/* Runs one statement as the administrator, on a connection of its own: workers and the parent never share one. */
static orm_status administer(cc_target *target, orm_error *error, const char *format, ...) ORM_PRINTF(3, 4);

static orm_status administer(cc_target *target, orm_error *error, const char *format, ...)
{
    orm_arena  *scratch = orm_arena_new(NULL, NULL, "administer");
    orm        *db = NULL;
    orm_em     *em = NULL;
    const char *sql;
    va_list     args;
    orm_status  status;

    va_start(args, format);
    sql = scratch != NULL ? orm_arena_vprintf(scratch, format, args) : NULL;
    va_end(args);
    status = sql != NULL ? open_admin(target, &db, error) : orm_fail_memory(error);
    if (status == ORM_OK) {
        em = orm_fork(db, error);
        status = em == NULL ? orm_fail_memory(error) : orm_execute(em, sql, NULL, 0, NULL);
        if (em != NULL && status != ORM_OK && error != NULL)
            *error = *orm_em_error(em);
    }
    orm_em_close(em);
    orm_close(db);
    orm_arena_free(scratch);
    return status;
}

static char *random_word(orm_arena *arena, const char *prefix, size_t bytes)
{
    uint8_t    random[32];
    orm_buffer word;
    char      *copy = NULL;

    if (bytes > sizeof random || !orm_random_bytes(random, bytes))
        return NULL;
    orm_buffer_init(&word, NULL, 0);
    orm_buffer_append(&word, prefix);
    for (size_t i = 0; i < bytes; i++)
        orm_buffer_printf(&word, "%02x", (unsigned)random[i]);
    if (!word.broken)
        copy = orm_arena_strdup(arena, word.data);
    orm_buffer_free(&word);
    return copy;
}

/* The role has a password wherever the server has passwords; the server of a URL may ask for one. */
static orm_status make_role(cc_target *target, orm_error *error)
{
    const char *role = random_word(target->arena, "crdbcheck_", 6);
    const char *password = random_word(target->arena, "", 24);
    orm_status  status;

    if (role == NULL || password == NULL)
        return orm_fail_memory(error);
    status = administer(target, error, "create role \"%s\" login password '%s'", role, password);
    if (status != ORM_OK && cc_target_class_of(target->spec.kind)->password_optional) {
        /* An insecure node refuses to set passwords, and asks for none. */
        status = administer(target, error, "create role \"%s\" login", role);
        password = "";
    }
    if (status != ORM_OK) {
        if (error != NULL)
            error->sql[0] = '\0'; /* it holds the password */
        orm_fail_hint(error, "the user of the target's URL must be allowed to create roles and databases");
        return status;
    }
    target->role = role;
    target->role_password = password;
    return ORM_OK;
}

/* ---- What the server is ---- */

static orm_status check_kind(const cc_target_class *class, const orm_server_info *info, orm_error *error)
{
    if (info->platform == class->platform && (!class->must_be_simulated || info->simulated != NULL))
        return ORM_OK;
    orm_fail(error, ORM_ERR_CONFIG, 0, "the target '%s' is another kind of server; it says: %s", class->name,
             info->version);
    orm_fail_hint(error, "name the target after what the server is");
    return ORM_ERR_CONFIG;
}

static orm_status describe(cc_target *target, const cc_target_class *class, const orm_server_info *info,
                           orm_error *error)
{
    orm_arena  *arena = target->arena;
    const char *version = orm_arena_strdup(arena, info->version);
    const char *simulated = orm_arena_strdup(arena, info->simulated);

    if (version == NULL || (simulated == NULL && info->simulated != NULL))
        return orm_fail_memory(error);
    target->record = (cc_record_target){
        .name = target->spec.name,
        .kind = class->name,
        .platform = class->platform_name,
        .version = version,
        .major = info->major,
        .minor = info->minor,
        .patch = info->patch,
        .evidence = simulated != NULL ? CC_EVIDENCE_SIMULATED : CC_EVIDENCE_LIVE,
        .simulated = simulated,
        .how = target->spec.url != NULL ? "url" : class->how,
        .profile = target->profile_name,
        .rules = target->profile_rules,
        .notes = target->notes,
    };
    return ORM_OK;
}

static orm_status recognise(cc_target *target, const cc_target_class *class, orm_error *error)
{
    orm            *db = NULL;
    orm_em         *em = NULL;
    orm_server_info info;
    orm_status      status = open_admin(target, &db, error);

    if (status == ORM_OK)
        status = orm_server(db, &info, error);
    if (status == ORM_OK)
        status = check_kind(class, &info, error);
    if (status == ORM_OK)
        status = describe(target, class, &info, error);
    if (status == ORM_OK && target->keeper != NULL && class->prepare != NULL) {
        em = orm_fork(db, error);
        status = em != NULL ? class->prepare(target, em, error) : error != NULL ? error->status : ORM_ERR_MEMORY;
    }
    orm_em_close(em);
    orm_close(db);
    return status;
}

static orm_status locate(cc_target *target, const cc_target_class *class, orm_error *error)
{
    if (target->spec.url == NULL)
        return class->start(target, error);
    target->admin_url = cc_conninfo_change(target->arena, target->spec.url,
                                           &(cc_conninfo_changes){ .default_user = class->default_user,
                                                                   .default_port = class->default_port,
                                                                   .default_db_name = class->default_db_name },
                                           error);
    return target->admin_url != NULL ? ORM_OK : ORM_ERR_CONFIG;
}

static orm_status open_steps(cc_target *target, orm_error *error)
{
    const cc_target_class *class = cc_target_class_of(target->spec.kind);
    orm_status status = locate(target, class, error);

    if (status != ORM_OK)
        return status;
    target->shown_url = cc_url_mask(target->arena, target->admin_url);
    if (target->shown_url == NULL)
        return orm_fail_memory(error);
    status = recognise(target, class, error);
    if (status == ORM_OK)
        status = make_role(target, error); /* now, so that all worker processes share one */
    /* What a caller has to tell apart is a server that is not there from one that is not what was asked for. */
    return status == ORM_OK || status == ORM_ERR_CONFIG ? status : ORM_ERR_CONNECTION;
}

orm_status cc_target_open(const cc_target_spec *spec, unsigned connect_timeout_s, cc_target **out, orm_error *error)
{
    orm_arena *arena = orm_arena_new(NULL, NULL, "target");
    cc_target *target = arena != NULL ? orm_arena_zalloc(arena, sizeof *target) : NULL;
    orm_status status;

    *out = NULL;
    if (target == NULL) {
        orm_arena_free(arena);
        return orm_fail_memory(error);
    }
    *target = (cc_target){ .arena = arena, .spec = *spec, .connect_timeout_s = connect_timeout_s };
    status = open_steps(target, error);
    if (status != ORM_OK) {
        cc_target_close(target);
        return status;
    }
    *out = target;
    return ORM_OK;
}

const cc_record_target *cc_target_record(const cc_target *target)
{
    return &target->record;
}

const char *cc_target_admin_url(const cc_target *target)
{
    return target->admin_url;
}

const char *cc_target_shown_url(const cc_target *target)
{
    return target->shown_url;
}

cc_target_state cc_target_look(cc_target *target)
{
    orm_error ignored;

    /* A simulation's proxy refuses also when there is no server behind it any more. */
    if (target->keeper != NULL && cc_keeper_has_failed(target->keeper, &ignored))
        return CC_TARGET_GONE;
    switch (PQping(target->admin_url)) {
    case PQPING_OK:
        return CC_TARGET_ANSWERS;
    case PQPING_REJECT:
        return CC_TARGET_REFUSES;
    default:
        return CC_TARGET_GONE;
    }
}

/* ---- Databases for cases ---- */

orm_status cc_target_create_database(cc_target *target, const char *name, orm_arena *arena, const char **url,
                                     orm_error *error)
{
    const cc_target_class *class = cc_target_class_of(target->spec.kind);
    orm_status status = administer(target, error, "create database \"%s\"%s", name, class->database_options);

    if (status != ORM_OK)
        return status;
    status = administer(target, error, "alter database \"%s\" owner to \"%s\"", name, target->role);
    if (status != ORM_OK) {
        /* Giving a database away takes membership in the new owner, which a superuser does not need. */
        status = administer(target, error, "grant \"%s\" to current_user", target->role);
        if (status == ORM_OK)
            status = administer(target, error, "alter database \"%s\" owner to \"%s\"", name, target->role);
    }
    if (status != ORM_OK)
        return status;
    *url = cc_conninfo_change(
        arena, target->admin_url,
        &(cc_conninfo_changes){ .user = target->role, .password = target->role_password, .db_name = name }, error);
    return *url != NULL ? ORM_OK : ORM_ERR_MEMORY;
}

orm_status cc_target_drop_database(cc_target *target, const char *name, orm_error *error)
{
    return administer(target, error, "drop database if exists \"%s\"%s", name,
                      cc_target_class_of(target->spec.kind)->drop_options);
}

const char *const *cc_target_rules_used(const cc_target *target, const char *const *tags, orm_arena *arena)
{
    return target->usage != NULL ? cc_usage_read(target->usage, tags, arena)
                                 : orm_arena_calloc(arena, 1, sizeof(const char *));
}

void cc_target_close(cc_target *target)
{
    if (target == NULL)
        return;
    /* With a server of our own the role goes with it. */
    if (target->role != NULL && target->keeper == NULL)
        administer(target, NULL, "drop role if exists \"%s\"", target->role);
    cc_simulator_stop(target->simulator);
    cc_keeper_stop(target->keeper);
    orm_arena_free(target->arena);
}
