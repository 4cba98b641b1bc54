/*
 * profile.h - what another server would do, as data: rules in YAML that match statements by their tokens and refuse or
 * rewrite them, put errors in that server's words, and say where each of them comes from.
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

/* SQL that prepares the server behind the profile (functions, operators, settings); run once in template1. May be NULL. */
const char *cc_profile_setup_sql(const cc_profile *profile);

/* Rules in the order of the file. */
size_t      cc_profile_rule_count(const cc_profile *profile);
const char *cc_profile_rule_name(const cc_profile *profile, size_t rule);

/* Takes a rule out, for tests of what depends on it. False when there is none of that name. */
bool cc_profile_disable(cc_profile *profile, const char *rule);

#endif
