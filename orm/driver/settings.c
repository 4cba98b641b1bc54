#include "base/fail.h"
#include "driver/connection.h"

#define DEFAULT_BATCH_SIZE 300

/* What a preset means where nothing else is said. */
static const orm_settings presets[] = {
    [ORM_PRESET_NATIVE] = { ORM_PRESET_NATIVE, ORM_PROTOCOL_EXTENDED, ORM_BATCH_FAST, DEFAULT_BATCH_SIZE, true,
                            ORM_STRATEGY_BALANCED, true },
    [ORM_PRESET_MIKROORM] = { ORM_PRESET_MIKROORM, ORM_PROTOCOL_SIMPLE, ORM_BATCH_MULTI_ROW, DEFAULT_BATCH_SIZE,
                              false, ORM_STRATEGY_BALANCED, false },
};

/* An enum member of the configuration may hold anything. */
static orm_status check_range(const char *member, unsigned value, unsigned last, orm_error *error)
{
    if (value <= last)
        return ORM_OK;
    return orm_fail(error, ORM_ERR_CONFIG, 310, "orm_config.%s has the value %u, which is none of its enum", member,
                    value);
}

orm_status orm_settings_resolve(const orm_config *config, orm_settings *out, orm_error *error)
{
    orm_settings settings;

    if (config == NULL || out == NULL)
        return orm_fail(error, ORM_ERR_ARGUMENT, 311, "settings need an orm_config");
    if (check_range("preset", (unsigned)config->preset, ORM_PRESET_MIKROORM, error) != ORM_OK ||
        check_range("protocol", (unsigned)config->protocol, ORM_PROTOCOL_EXTENDED, error) != ORM_OK ||
        check_range("batch", (unsigned)config->batch, ORM_BATCH_FAST, error) != ORM_OK ||
        check_range("adaptations", (unsigned)config->adaptations, ORM_OFF, error) != ORM_OK ||
        check_range("pipeline", (unsigned)config->pipeline, ORM_OFF, error) != ORM_OK ||
        check_range("strategy", (unsigned)config->strategy, ORM_STRATEGY_BALANCED, error) != ORM_OK)
        return ORM_ERR_CONFIG;

    settings = presets[config->preset];
    if (config->protocol != ORM_PROTOCOL_DEFAULT)
        settings.protocol = config->protocol;
    if (config->batch != ORM_BATCH_DEFAULT)
        settings.batch = config->batch;
    else if (settings.protocol == ORM_PROTOCOL_SIMPLE)
        settings.batch = ORM_BATCH_MULTI_ROW; /* nobody asked for fast: it only came with the preset */
    if (config->batch_size != 0)
        settings.batch_size = config->batch_size;
    if (config->adaptations != ORM_DEFAULT)
        settings.adaptations = config->adaptations == ORM_ON;
    if (config->strategy != ORM_STRATEGY_DEFAULT)
        settings.strategy = config->strategy;

    if (config->pipeline != ORM_DEFAULT)
        settings.pipeline = config->pipeline == ORM_ON;
    else if (settings.protocol == ORM_PROTOCOL_SIMPLE)
        settings.pipeline = false;

    if (settings.protocol == ORM_PROTOCOL_SIMPLE && settings.pipeline) {
        orm_fail(error, ORM_ERR_CONFIG, 375,
                 "a pipeline needs the extended protocol: the simple one waits for each answer");
        orm_fail_hint(error, "Set .protocol = ORM_PROTOCOL_EXTENDED, or leave .pipeline out.");
        return ORM_ERR_CONFIG;
    }
    if (settings.protocol == ORM_PROTOCOL_SIMPLE && settings.batch == ORM_BATCH_FAST) {
        orm_fail(
            error, ORM_ERR_CONFIG, 312,
            "fast batches need the extended protocol: they send arrays as typed parameters, and the simple protocol "
            "has no parameters");
        orm_fail_hint(error, "Set .protocol = ORM_PROTOCOL_EXTENDED, or .batch = ORM_BATCH_MULTI_ROW.");
        return ORM_ERR_CONFIG;
    }
    *out = settings;
    return ORM_OK;
}
