/*
 * server_folder.h - where the server of the tests listens, for a proxy in front of it.
 */
#ifndef CRDBCHECK_TESTS_SERVER_FOLDER_H
#define CRDBCHECK_TESTS_SERVER_FOLDER_H

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The folder of its unix socket, from ORM_TEST_URL; left alone when that names none. */
static inline void find_server(char *folder, size_t size)
{
    PQconninfoOption *options = PQconninfoParse(getenv("ORM_TEST_URL"), NULL);

    assert_non_null(options);
    for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "host") == 0 && option->val != NULL)
            snprintf(folder, size, "%s", option->val);
    }
    PQconninfoFree(options);
}

#endif
