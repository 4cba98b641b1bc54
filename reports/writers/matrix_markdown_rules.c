#include <stdint.h>

#include "base/text.h"
#include "reports/writers/markdown.h"
#include "reports/writers/matrix_markdown_private.h"

static bool holds(const char *const *list, const char *text)
{
    for (; list != NULL && *list != NULL; list++) {
        if (orm_text_equal(*list, text))
            return true;
    }
    return false;
}

static bool is_used(const cc_column *column, const char *rule)
{
    for (size_t i = 0; i < column->record->case_count; i++) {
        const cc_record_case *item = &column->record->cases[i];

        if (orm_text_equal(item->target, column->target->name) && holds(item->rules, rule))
            return true;
    }
    return false;
}

static void write_rules(orm_buffer *out, const cc_column *column)
{
    const char *const *rules = column->target->rules;
    const char        *separator = " No case used: ";
    size_t             used = 0;
    size_t             count = 0;

    for (; rules[count] != NULL; count++)
        used += is_used(column, rules[count]);
    orm_buffer_append(out, "- ");
    cc_markdown_text(out, column->target->name);
    orm_buffer_append(out, ", profile ");
    cc_markdown_code(out, column->target->profile != NULL ? column->target->profile : "", SIZE_MAX, false);
    orm_buffer_printf(out, ": the cases used **%zu of %zu** rules.", used, count);
    for (size_t i = 0; i < count; i++) {
        if (is_used(column, rules[i]))
            continue;
        orm_buffer_append(out, separator);
        cc_markdown_code(out, rules[i], SIZE_MAX, false);
        separator = ", ";
    }
    orm_buffer_append(out, used < count ? ".\n" : "\n");
}

/* A target stands behind several columns, one for each preset. */
static bool is_first_of_target(const cc_matrix *matrix, size_t column)
{
    for (size_t i = 0; i < column; i++) {
        if (matrix->columns[i].target == matrix->columns[column].target)
            return false;
    }
    return true;
}

void cc_markdown_rules(orm_buffer *out, const cc_matrix *matrix)
{
    bool begun = false;

    for (size_t i = 0; i < matrix->column_count; i++) {
        if (matrix->columns[i].target->rules == NULL || !is_first_of_target(matrix, i))
            continue;
        if (!begun)
            orm_buffer_append(out, "\n## Rules of the simulation\n\n");
        begun = true;
        write_rules(out, &matrix->columns[i]);
    }
}
