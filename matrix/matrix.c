#include "matrix/matrix.h"

#include <string.h>

#include "base/text.h"

/* The preset whose SQL is that of the library that the page belongs to. */
static const char page_preset[] = "mikroorm";

static const char *preset_of(const cc_record *record, const cc_record_case *item)
{
    return item->preset[0] != '\0' ? item->preset : record->header.preset;
}

static bool is_of(const cc_column *column, const cc_record_case *item)
{
    return orm_text_equal(item->target, column->target->name) &&
           orm_text_equal(preset_of(column->record, item), column->preset);
}

/* "24.3.1" of "Name build v24.3.1 (...)": the first word that starts with a digit, with or without a v before it. */
static size_t find_version(const char *text, const char **out)
{
    static const char digits[] = "0123456789";

    for (const char *word = text; *word != '\0';) {
        const char *number = *word == 'v' ? word + 1 : word;

        if (*number != '\0' && strchr(digits, *number) != NULL) {
            *out = number;
            return strcspn(number, " ,(");
        }
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    *out = "";
    return 0;
}

static const char *make_title(orm_arena *arena, const cc_column *column)
{
    const cc_record_target *target = column->target;
    const char             *native = orm_text_equal(column->preset, page_preset) ? "" : column->preset;
    const char             *mark = column->simulated ? " (simulated)" : "";
    const char             *version = NULL;
    size_t                  length = find_version(target->version, &version);

    if (target->version[0] == '\0')
        return orm_arena_printf(arena, "%s (not reached)", target->name);
    return orm_arena_printf(arena, "%.*s%s%.*s%s%s%s", (int)strcspn(target->version, " "), target->version,
                            length > 0 ? " " : "", (int)length, version, mark, native[0] != '\0' ? ", " : "", native);
}

static bool is_simulated(const cc_column *column)
{
    if (column->target->evidence == CC_EVIDENCE_SIMULATED)
        return true;
    for (size_t i = 0; i < column->record->case_count; i++) {
        const cc_record_case *item = &column->record->cases[i];

        if (is_of(column, item) && item->evidence == CC_EVIDENCE_SIMULATED)
            return true;
    }
    return false;
}

static bool add_column(orm_arena *arena, cc_matrix *matrix, size_t *capacity, cc_column column)
{
    const char *platform = column.target->platform;

    for (size_t i = 0; i < matrix->column_count; i++) {
        const cc_column *known = &matrix->columns[i];

        if (known->record == column.record && known->target == column.target &&
            orm_text_equal(known->preset, column.preset))
            return true;
    }
    column.simulated = is_simulated(&column);
    column.reference = platform[0] != '\0' && !orm_text_equal(platform, matrix->features->platform);
    column.decides = orm_text_equal(platform, matrix->features->platform) && !column.simulated &&
                     orm_text_equal(column.preset, page_preset) && !column.record->header.adaptations;
    column.title = make_title(arena, &column);
    if (column.title == NULL ||
        !orm_arena_grow(arena, &matrix->columns, matrix->column_count, capacity, sizeof *matrix->columns))
        return false;
    matrix->columns[matrix->column_count++] = column;
    return true;
}

/* A target gets a column even if none of its cases ran: the reader must see that it was asked for. */
static bool add_columns(orm_arena *arena, cc_matrix *matrix, size_t *capacity, const cc_record *record)
{
    for (size_t t = 0; t < record->header.target_count; t++) {
        cc_column column = { .record = record, .target = &record->header.targets[t] };
        bool      any = false;

        for (size_t i = 0; i < record->case_count; i++) {
            if (!orm_text_equal(record->cases[i].target, column.target->name))
                continue;
            any = true;
            column.preset = preset_of(record, &record->cases[i]);
            if (!add_column(arena, matrix, capacity, column))
                return false;
        }
        column.preset = record->header.preset;
        if (!any && !add_column(arena, matrix, capacity, column))
            return false;
    }
    return true;
}

static bool proves(const cc_record_case *item, const cc_claim *claim)
{
    for (const char *const *id = item->proves; id != NULL && *id != NULL; id++) {
        if (orm_text_equal(*id, claim->id))
            return true;
    }
    return false;
}

static void count_case(cc_cell *cell, const cc_record_case *item)
{
    switch (item->happened) {
    case CC_HAPPENED_WORKED:
        cell->worked++;
        break;
    case CC_HAPPENED_FAILED:
        cell->failed++;
        break;
    case CC_HAPPENED_BROKE:
        cell->broke++;
        break;
    case CC_HAPPENED_NOTHING:
        cell->not_run++;
        break;
    }
    if (item->expected == CC_EXPECT_UNKNOWN)
        cell->unknown++;
}

static bool fill_cell(orm_arena *arena, const cc_claim *claim, const cc_column *column, cc_cell *cell)
{
    const cc_record *record = column->record;
    size_t           capacity = 0;

    for (size_t i = 0; i < record->case_count; i++) {
        const cc_record_case *item = &record->cases[i];

        if (!is_of(column, item) || !proves(item, claim))
            continue;
        if (!orm_arena_grow(arena, &cell->cases, cell->case_count, &capacity, sizeof(cell->cases[0])))
            return false;
        cell->cases[cell->case_count++] = item;
        count_case(cell, item);
    }
    cell->verdict = cc_verdict_of(claim->says, cell->worked, cell->failed, cell->broke);
    return true;
}

static bool fill_cells(orm_arena *arena, cc_matrix *matrix)
{
    const cc_features *features = matrix->features;

    matrix->cells = orm_arena_calloc(arena, features->claim_count, sizeof(matrix->cells[0]));
    for (size_t i = 0; matrix->cells != NULL && i < features->claim_count; i++) {
        matrix->cells[i] = orm_arena_calloc(arena, matrix->column_count, sizeof(cc_cell));
        if (matrix->cells[i] == NULL)
            return false;
        for (size_t j = 0; j < matrix->column_count; j++) {
            if (!fill_cell(arena, features->claims[i], &matrix->columns[j], &matrix->cells[i][j]))
                return false;
        }
    }
    return matrix->cells != NULL;
}

cc_matrix *cc_matrix_make(orm_arena *arena, const cc_features *features, const cc_record *const *records,
                          size_t record_count)
{
    cc_matrix *matrix = orm_arena_zalloc(arena, sizeof *matrix);
    size_t     capacity = 0;

    if (matrix == NULL)
        return NULL;
    matrix->features = features;
    for (size_t i = 0; i < record_count; i++) {
        matrix->incomplete = matrix->incomplete || !records[i]->complete;
        if (!add_columns(arena, matrix, &capacity, records[i]))
            return NULL;
    }
    return fill_cells(arena, matrix) ? matrix : NULL;
}

bool cc_verdict_applies(const cc_claim *claim, const cc_column *column)
{
    return claim->says == CC_SAYS_CLIENT || !(column->reference || column->simulated);
}

size_t cc_matrix_count(const cc_matrix *matrix, size_t column, cc_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < matrix->features->claim_count; i++) {
        if (cc_verdict_applies(matrix->features->claims[i], &matrix->columns[column]) ||
            verdict == CC_VERDICT_NOT_CHECKED)
            count += matrix->cells[i][column].verdict == verdict;
    }
    return count;
}
