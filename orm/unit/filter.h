/*
 * filter.h - which filters an entity has, which of them are on, and the condition that they make together.
 *
 * What a program says of filters is kept by their names; names were checked when they were given.
 */
#ifndef ORM_UNIT_FILTER_H
#define ORM_UNIT_FILTER_H

#include "unit/em_private.h"

typedef struct em_filter_set {
    const orm_filter ***of;    /* by the entities' indexes: NULL-terminated lists, in the order of their conditions */
    const char        **names; /* each once */
    size_t              name_count;
} em_filter_set;

/* Checks and lists the filters of configuration and entities. ORM_ERR_CONFIG, ORM_ERR_METADATA. */
orm_status em_list_filters(orm *o, const orm_config *config, orm_error *error);

/* ORM_ERR_VALIDATION for a name that no filter has, with the nearest right one. */
orm_status em_check_filter_name(orm_em *em, const char *name);
/* ORM_ERR_ARGUMENT, ORM_ERR_VALIDATION for parameters without list, name, or with a parameter as value. */
orm_status em_check_filter_params(orm_em *em, const char *filter, const orm_filter_param *params, size_t count);

/* What an entity manager says of one filter; its own arena holds it. */
typedef struct em_filter_setting {
    struct em_filter_setting *next;
    orm_arena                *arena;
    const char               *name;
    orm_switch                state;
    const orm_filter_param   *params;
    size_t                    param_count;
} em_filter_setting;

/* NULL: nothing was said of it. */
const em_filter_setting *em_filter_setting_of(const orm_em *em, const char *name);
orm_status em_share_filter_settings(orm_em *to, const orm_em *from);
void       em_free_filter_settings(orm_em *em);

/* Checks what a find's options say of filters. */
orm_status em_check_filters(orm_em *em, const orm_find_options *options);
/*
 * The condition of all filters of an entity that are on, complete and checked; in em->work. *out is NULL where none is.
 * `strict` (may be NULL): one of them is.
 */
orm_status em_filter_of(orm_em *em, const orm_meta_entity *meta, const orm_find_options *options,
                        const orm_condition **out, bool *strict);

#endif
