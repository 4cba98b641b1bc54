#include <stdint.h>

#include "reports/writers/case_order.h"
#include "reports/writers/describe.h"
#include "reports/writers/markdown.h"
#include "reports/writers/matrix_markdown_private.h"

#define REASON_LIMIT 300

typedef struct list {
    const char *title;
    const char *none;     /* what stands there when it is empty; NULL: the list is left out */
    unsigned    statuses; /* bit set */
} list;

#define BIT(status) (1u << (status))

static void write_case(orm_buffer *out, const cc_record_case *item, const char *preset)
{
    orm_buffer reason;

    orm_buffer_init(&reason, NULL, 0);
    cc_describe_reason(&reason, item, REASON_LIMIT);
    orm_buffer_printf(out, "- **%s** ", cc_status_name(item->status));
    cc_markdown_code(out, item->id, SIZE_MAX, false);
    orm_buffer_append(out, " on ");
    cc_markdown_text(out, item->target);
    if (item->evidence == CC_EVIDENCE_SIMULATED)
        orm_buffer_append(out, " (simulated)");
    if (item->mode[0] != '\0') {
        orm_buffer_append(out, ", mode ");
        cc_markdown_text(out, item->mode);
    }
    if (preset[0] != '\0') {
        orm_buffer_append(out, ", preset ");
        cc_markdown_text(out, preset);
    }
    orm_buffer_append(out, ": ");
    cc_markdown_code(out, reason.data, REASON_LIMIT, false);
    if (item->failure != NULL && item->failure->place[0] != '\0') {
        orm_buffer_append(out, " at ");
        cc_markdown_code(out, item->failure->place, SIZE_MAX, false);
    }
    orm_buffer_append_char(out, '\n');
    out->broken = out->broken || reason.broken;
    orm_buffer_free(&reason);
}

/* A record stands behind several columns; each is listed once, where its first column stands. */
static bool is_first_of_record(const cc_matrix *matrix, size_t column)
{
    for (size_t i = 0; i < column; i++) {
        if (matrix->columns[i].record == matrix->columns[column].record)
            return false;
    }
    return true;
}

static bool write_list_of_record(orm_buffer *out, const cc_record *record, const list *what, size_t *written)
{
    orm_arena             *arena = orm_arena_new(NULL, NULL, "markdown cases");
    const cc_record_case **cases = arena != NULL ? cc_order_cases(arena, record) : NULL;

    for (size_t i = 0; cases != NULL && i < record->case_count; i++) {
        if ((what->statuses & BIT(cases[i]->status)) == 0)
            continue;
        write_case(out, cases[i], cc_case_preset(record, cases[i]));
        ++*written;
    }
    orm_arena_free(arena);
    return cases != NULL;
}

static bool write_list(orm_buffer *out, const cc_matrix *matrix, const list *what)
{
    size_t start = out->length;
    size_t written = 0;

    orm_buffer_printf(out, "\n## %s\n\n", what->title);
    for (size_t i = 0; i < matrix->column_count; i++) {
        if (is_first_of_record(matrix, i) && !write_list_of_record(out, matrix->columns[i].record, what, &written))
            return false;
    }
    if (written == 0 && what->none == NULL)
        orm_buffer_truncate(out, start);
    else if (written == 0)
        orm_buffer_printf(out, "%s\n", what->none);
    return true;
}

bool cc_markdown_case_lists(orm_buffer *out, const cc_matrix *matrix)
{
    static const list lists[] = {
        { "Not as expected", "No case.",
          BIT(CC_FAIL) | BIT(CC_DRIFT) | BIT(CC_ERROR) | BIT(CC_TIMEOUT) | BIT(CC_CRASH) },
        { "To be settled", NULL, BIT(CC_UNKNOWN) },
        { "Skipped", NULL, BIT(CC_SKIPPED) },
        { "Not run", NULL, BIT(CC_NOT_RUN) },
    };

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (!write_list(out, matrix, &lists[i]))
            return false;
    }
    return true;
}
