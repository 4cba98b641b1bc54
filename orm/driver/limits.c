#include "driver/driver_private.h"

#define DEFAULT_MAX 10
#define DEFAULT_IDLE_MS 10000
#define DEFAULT_WAIT_MS 30000
#define DEFAULT_CHECK_MS 5000

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value != 0 ? value : fallback;
}

/* A time that never comes is longer than any clock runs. */
static uint64_t to_ns(unsigned milliseconds)
{
    return milliseconds == ORM_NO_LIMIT ? UINT64_MAX : milliseconds * ORM_NS_PER_MS;
}

orm_status orm_pool_limits_resolve(const orm_pool_options *options, orm_pool_limits *out, orm_error *error)
{
    *out = (orm_pool_limits){
        .min = options->min,
        .max = or_default(options->max, DEFAULT_MAX),
        .wait_ms = or_default(options->wait_timeout_ms, DEFAULT_WAIT_MS),
        .idle_ns = to_ns(or_default(options->idle_timeout_ms, DEFAULT_IDLE_MS)),
        .check_ns = to_ns(or_default(options->check_after_ms, DEFAULT_CHECK_MS)),
    };
    if (out->min <= out->max)
        return ORM_OK;
    return orm_fail(error, ORM_ERR_CONFIG, 367, "pool.min is %u, more than pool.max, which is %u%s", options->min,
                    (unsigned)out->max, options->max == 0 ? " by default" : "");
}
