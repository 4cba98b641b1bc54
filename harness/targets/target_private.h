/*
 * target_private.h - what the files of targets/ share.
 */
#ifndef CRDBCHECK_TARGETS_TARGET_PRIVATE_H
#define CRDBCHECK_TARGETS_TARGET_PRIVATE_H

#include "harness/targets/conninfo.h"
#include "harness/targets/keeper.h"
#include "harness/targets/target.h"
#include "harness/targets/usage.h"

typedef struct cc_simulator cc_simulator;

enum { CC_TARGET_NOTES = 32, CC_START_WAIT_S = 60 };

struct cc_target {
    orm_arena       *arena;
    cc_target_spec   spec;
    unsigned         connect_timeout_s;
    cc_keeper       *keeper;       /* NULL: the server is not ours */
    cc_simulator    *simulator;    /* NULL: none was started */
    cc_usage        *usage;        /* NULL: nobody asks which rules were used */
    const char      *profile_name; /* of the simulation that was started, and all its rules */
    const char     **profile_rules;
    const char      *url_file;  /* where a server that we start writes its URL; NULL: it does not */
    const char      *admin_url; /* with its password */
    const char      *shown_url;
    const char      *role; /* of the cases */
    const char      *role_password;
    cc_record_target record;
    const char      *notes[CC_TARGET_NOTES + 1];
    size_t           note_count;
};

/* What is special about a kind of target. */
typedef struct cc_target_class {
    const char       *name;
    orm_platform_kind platform; /* what version() must say */
    const char       *platform_name;
    const char       *default_user; /* where the user's URL says nothing */
    const char       *default_port;
    const char       *default_db_name;
    bool              must_be_simulated; /* the server must say that it is a simulation */
    bool              password_optional; /* the server may have no passwords at all (an insecure node) */
    const char       *database_options;  /* behind CREATE DATABASE "name" */
    const char       *drop_options;      /* behind DROP DATABASE "name": ends its sessions, takes all in it */
    const char       *how;               /* what the record says of a server that we started */
    /* Starts a server: sets keeper and admin_url. */
    orm_status (*start)(cc_target *target, orm_error *error);
    /* Runs right after the server that we started was recognised; may be NULL. */
    orm_status (*prepare)(cc_target *target, orm_em *em, orm_error *error);
} cc_target_class;

extern const cc_target_class cc_target_postgres;
extern const cc_target_class cc_target_cockroach;
extern const cc_target_class cc_target_cockroach_sim;

const cc_target_class *cc_target_class_of(cc_target_kind kind);

/* Ends its process and waits for it. NULL is ignored. */
void cc_simulator_stop(cc_simulator *simulator);

/* Adds a line to what the record says of the target. Too many are passed over. */
void cc_target_note(cc_target *target, const char *format, ...) ORM_PRINTF(2, 3);

/*
 * Starts a server by the plan and calls ready() every few milliseconds until it is true. ORM_ERR_CONNECTION when the keeper
 * fails or CC_START_WAIT_S have passed.
 */
orm_status cc_target_keep(cc_target *target, const cc_keeper_plan *plan, bool (*ready)(cc_target *target),
                          orm_error *error);

/* Path of an executable on PATH, in the arena; NULL when there is none. */
char *cc_find_executable(orm_arena *arena, const char *name);

#endif
