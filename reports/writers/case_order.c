#include "reports/writers/case_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef struct place {
    size_t                target;
    const char           *preset;
    const cc_record_case *item;
} place;

const char *cc_case_preset(const cc_record *record, const cc_record_case *item)
{
    return item->preset[0] != '\0' ? item->preset : record->header.preset;
}

static size_t target_index(const cc_record *record, const char *name)
{
    size_t i = 0;

    while (i < record->header.target_count && !orm_text_equal(record->header.targets[i].name, name))
        i++;
    return i;
}

const cc_record_target *cc_case_target(const cc_record *record, const cc_record_case *item)
{
    size_t i = target_index(record, item->target);

    return i < record->header.target_count ? &record->header.targets[i] : NULL;
}

static int compare(const void *left, const void *right)
{
    const place *a = left;
    const place *b = right;
    int          order = (a->target > b->target) - (a->target < b->target);

    if (order == 0)
        order = strcmp(a->preset, b->preset);
    if (order == 0)
        order = strcmp(a->item->mode, b->item->mode);
    if (order == 0)
        order = strcmp(a->item->feature, b->item->feature);
    if (order == 0)
        order = strcmp(a->item->id, b->item->id);
    return order != 0 ? order : (a->item > b->item) - (a->item < b->item);
}

const cc_record_case **cc_order_cases(orm_arena *arena, const cc_record *record)
{
    place                 *places = orm_arena_calloc(arena, record->case_count, sizeof *places);
    const cc_record_case **cases = orm_arena_calloc(arena, record->case_count, sizeof *cases);

    if (places == NULL || cases == NULL)
        return NULL;
    for (size_t i = 0; i < record->case_count; i++) {
        const cc_record_case *item = &record->cases[i];

        places[i] = (place){ target_index(record, item->target), cc_case_preset(record, item), item };
    }
    qsort(places, record->case_count, sizeof *places, compare);
    for (size_t i = 0; i < record->case_count; i++)
        cases[i] = places[i].item;
    return cases;
}
