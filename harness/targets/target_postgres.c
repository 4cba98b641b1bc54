#include "harness/targets/embedded.h"

static orm_status start(cc_target *target, orm_error *error)
{
    const char *folder;

    return cc_embedded_start(target, "postgres", &folder, error);
}

const cc_target_class cc_target_postgres = {
    .name = "postgres",
    .platform = ORM_PLATFORM_POSTGRES,
    .platform_name = "postgres",
    /* Text sorts by code point in every database of the run, whatever the server's locale. */
    .database_options = " template template0 encoding 'UTF8' locale 'C'",
    .drop_options = " with (force)",
    .how = "embedded",
    .start = start,
};
