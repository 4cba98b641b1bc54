/*
 * target.h - the door of targets/: how a server is got, and what it is.
 *
 * A target is a URL of the user's, or a server that is started for the run and removed on every way out: a watchdog
 * process outlives the run, also one that is killed, then stops the server and removes its folder.
 */
#ifndef CRDBCHECK_TARGETS_TARGET_H
#define CRDBCHECK_TARGETS_TARGET_H

#include <orm/orm.h>

#include "base/arena.h"
#include "reports/record/record.h"

typedef enum cc_target_kind { CC_TARGET_POSTGRES, CC_TARGET_COCKROACH, CC_TARGET_COCKROACH_SIM } cc_target_kind;

/* What the user asked for: --target KIND[=URL]. */
typedef struct cc_target_spec {
    const char    *name;
    cc_target_kind kind;
    const char    *url; /* NULL: find or start one */

    /* Of a simulation that is started: */
    const char        *profile_path; /* file of its profile */
    const char *const *rules_off;    /* rules of the profile that are taken out; NULL-terminated, may be NULL */
    bool               on_tcp;       /* it listens on 127.0.0.1 too, on `port`; 0: a free one */
    int                port;
} cc_target_spec;

/* A connection string with its password shown as ***, for any output. In the arena; NULL when memory is out. */
char *cc_url_mask(orm_arena *arena, const char *url);

/* NULL-terminated names of the kinds that this build has. */
const char *const *cc_target_kinds(void);

/*
 * Parses "NAME[=URL]". ORM_ERR_ARGUMENT for an unknown name, with the nearest right one and the list. A URL with a
 * password is taken; *warning is then a line that names the better ways, else NULL.
 */
orm_status cc_target_parse(orm_arena *arena, const char *text, cc_target_spec *out, const char **warning,
                           orm_error *error);

typedef struct cc_target cc_target;

/*
 * Gets the server and asks what it is. On failure: ORM_ERR_CONNECTION (exit 5): it cannot be reached, or there is none
 * and none can be started, with a few lines in `hint` on how to get one; ORM_ERR_CONFIG (exit 2): it is reachable, and
 * another kind of server than was asked for. connect_timeout_s 0: the URL's connect_timeout, else liborm's default.
 */
orm_status cc_target_open(const cc_target_spec *spec, unsigned connect_timeout_s, cc_target **out, orm_error *error);

/* Stops what was started, drops the role that was made. NULL is ignored. */
void cc_target_close(cc_target *target);

/* What the record says of it; belongs to the target. */
const cc_record_target *cc_target_record(const cc_target *target);

/* URL of a superuser or what the user gave, with its password: never print it. And the same with the password masked. */
const char *cc_target_admin_url(const cc_target *target);
const char *cc_target_shown_url(const cc_target *target);

/*
 * Makes a database for cases, owned by the run's own unprivileged role, and gives the URL with which that role connects to
 * it. Worker processes may call it: nothing in the target changes. `name` must be an identifier of letters, digits and underscores.
 */
orm_status cc_target_create_database(cc_target *target, const char *name, orm_arena *arena, const char **url,
                                     orm_error *error);
/* Ends the database's sessions and drops it; a missing one is no error. */
orm_status cc_target_drop_database(cc_target *target, const char *name, orm_error *error);

/* Sessions whose application_name begins so are asked for by cc_target_rules_used(). */
#define CC_TARGET_TAG "crdbcheck: "

/*
 * The rules of the simulation's profile that sessions with one of the application names (NULL-terminated) have used:
 * sorted, each once, NULL-terminated, in the arena. None on a target that is no simulation of ours. Worker processes may
 * call it. NULL when memory is out.
 */
const char *const *cc_target_rules_used(const cc_target *target, const char *const *tags, orm_arena *arena);

/* A server that refuses lets nobody in: it has too many connections, starts up, or shuts down. */
typedef enum cc_target_state { CC_TARGET_ANSWERS, CC_TARGET_REFUSES, CC_TARGET_GONE } cc_target_state;

/* Asked after a connection error, to tell a lost connection from a dead server. */
cc_target_state cc_target_look(cc_target *target);

#endif
