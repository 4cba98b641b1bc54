/*
 * profile.h - what another server would do, as data: rules in YAML that match statements by their tokens and refuse or
 * rewrite them, put errors in that server's words, and say where each of them comes from. profiles/README.md is the
 * manual of the format.
 *
 * A client sees which rules were used by the statement SHOW crdbcheck_rules: one row for each, with `rule`, `used` (in all
 * sessions) and `used_here` (in this one).
 */
#ifndef CRDBCHECK_WIRE_PROFILE_H
#define CRDBCHECK_WIRE_PROFILE_H

#include "harness/wire/filter.h"
#include "yaml/yaml.h"

typedef struct cc_profile cc_profile;

/*
 * Loads a profile; NULL when it has problems: an unknown key, a bad pattern, a rule without a source, or two rules that
 * match one statement with no order between them. Lives in the arena.
 */
cc_profile *cc_profile_load(orm_arena *arena, const char *path, cc_problems *problems);

/* The filter of a profile; valid as long as the profile. */
const cc_wire_filter *cc_profile_filter(cc_profile *profile);

/* Name, as in the file ("24.3"), and what version() says. */
const char *cc_profile_name(const cc_profile *profile);
const char *cc_profile_version(const cc_profile *profile);

/*
 * SQL that prepares the server behind the profile (functions, operators, settings): several statements, run once in
 * template1 by a superuser before any other database is made. May be NULL.
 */
const char *cc_profile_setup_sql(const cc_profile *profile);

/* Rules in the order of the file. */
size_t      cc_profile_rule_count(const cc_profile *profile);
const char *cc_profile_rule_name(const cc_profile *profile, size_t rule);

/* How often a rule decided about a statement or an error, in all sessions of this process. */
size_t cc_profile_used(const cc_profile *profile, size_t rule);

/*
 * Calls `used` when a rule is used in a session for the first time, before the statement goes on to the server or the
 * error to the client. `application` is the session's application_name, "" where it has none.
 */
void cc_profile_on_use(cc_profile *profile, void (*used)(void *context, const char *application, const char *rule),
                       void       *context);

/*
 * How rules with `ask` reach the catalogs of the server: `ask` calls a function of the setup ("schema.name") in `database`
 * with `count` arguments, texts or NULL, and returns its value in the arena; NULL where it has none, or can't be asked.
 * It is called while an error is on its way to the client, whose transaction may still be open: it must not wait for that.
 * Without it such rules say what they say where nothing is answered.
 */
typedef const char *(*cc_profile_ask)(void *context, orm_arena *arena, const char *database, const char *function,
                                      const char *const *arguments, size_t count);
void cc_profile_on_ask(cc_profile *profile, cc_profile_ask ask, void *context);

/* Seed of rows that are given in another order; 0 at first. */
void cc_profile_set_seed(cc_profile *profile, uint64_t seed);

/* Takes a rule out, for tests of what depends on it. False when there is none of that name. */
bool cc_profile_disable(cc_profile *profile, const char *rule);

#endif
