/*
 * embedded.h - a private PostgreSQL cluster: made with initdb in a temporary folder, on a unix socket, gone with the run.
 */
#ifndef CRDBCHECK_TARGETS_EMBEDDED_H
#define CRDBCHECK_TARGETS_EMBEDDED_H

#include "harness/targets/target_private.h"

#define CC_EMBEDDED_PORT 5432

/*
 * Starts one with this superuser and waits until it answers: sets the target's keeper and, to its database `postgres`,
 * its admin_url. *folder is where its socket is, with room for others. ORM_ERR_CONNECTION.
 */
orm_status cc_embedded_start(cc_target *target, const char *superuser, const char **folder, orm_error *error);

#endif
