/*
 * question.h - functions of a simulation's server, asked behind the proxy: what the words of an error need that the error
 * alone does not hold.
 */
#ifndef CRDBCHECK_TARGETS_QUESTION_H
#define CRDBCHECK_TARGETS_QUESTION_H

#include "base/arena.h"

typedef struct cc_asked_server {
    const char *folder; /* of its unix socket */
    int         port;
    const char *user; /* a superuser: who got the error may not see the catalogs' owner-only parts */
} cc_asked_server;

/*
 * For cc_profile_on_ask(); `server` is a cc_asked_server. Each question has a connection of its own, which is closed before
 * the answer is given, so that it keeps nobody from dropping the database. It sees what is committed, waits for no lock,
 * and takes two seconds at most.
 */
const char *cc_ask_server(void *server, orm_arena *arena, const char *database, const char *function,
                          const char *const *arguments, size_t count);

#endif
