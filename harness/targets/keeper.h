/*
 * keeper.h - a process that keeps a server: it makes the server's folder, starts it, and on every way out (an orderly stop,
 * a crash of the program, SIGKILL) stops it and removes the folder. There is one way of cleaning up, not two: the program
 * closes a pipe, by will or by dying, and the keeper does the rest.
 */
#ifndef CRDBCHECK_TARGETS_KEEPER_H
#define CRDBCHECK_TARGETS_KEEPER_H

#include <stdbool.h>

#include <orm/error.h>

#include "base/arena.h"

typedef struct cc_keeper_plan {
    const char        *folder;      /* made with mode 0700, must not exist; cc_keeper_folder() finds a name */
    const char *const *prepare;     /* argv of a command that is run to its end first; NULL: none */
    const char *const *server;      /* argv of the server, which must stay in the foreground */
    bool               drop_root;   /* run both as an unprivileged user, who then owns the folder, when we are root */
    int                stop_signal; /* what ends the server in good order; SIGKILL follows */
    unsigned           stop_wait_s; /* after so many seconds */
} cc_keeper_plan;

typedef struct cc_keeper cc_keeper;

/*
 * A path for a new folder below $TMPDIR, or below /tmp where that is no plain absolute path (letters, digits, / . _ -), too
 * long for a socket in it, not there, or shut to the user that servers run as.
 */
char *cc_keeper_folder(orm_arena *arena, orm_error *error);

/* Starts it and returns at once; ask ready and cc_keeper_has_failed() in turn. NULL on failure. Lives in the arena. */
cc_keeper *cc_keeper_start(orm_arena *arena, const cc_keeper_plan *plan, orm_error *error);

/*
 * True when the server ended or could not be started: `error` (ORM_ERR_CONNECTION) says how, with the end of its log.
 */
bool cc_keeper_has_failed(cc_keeper *keeper, orm_error *error);

/* Waits until the server has stopped and its folder is gone. Twice is once; NULL is ignored. */
void cc_keeper_stop(cc_keeper *keeper);

/*
 * Tells a process to stop that was given the other end of a pipe, and closes ours. It writes a byte, as closing is not
 * enough: a process that was forked since may hold our end, too.
 */
void cc_order_stop(int control);

/* For a process that was just forked: closes all descriptors above the standard ones but these two. */
void cc_close_all_but(int a, int b);

#endif
