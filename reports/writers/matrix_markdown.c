#include <stdint.h>

#include "base/fail.h"
#include "base/text.h"
#include "reports/writers/atomic_file.h"
#include "reports/writers/coverage.h"
#include "reports/writers/markdown.h"
#include "reports/writers/matrix_markdown_private.h"
#include "reports/writers/plain_text.h"
#include "reports/writers/writers.h"

#define VERSION_LIMIT 120

static void write_incomplete(orm_buffer *out, const cc_matrix *matrix)
{
    const cc_record *last = NULL;

    for (size_t i = 0; i < matrix->column_count; i++) {
        const cc_record *record = matrix->columns[i].record;

        if (record->complete || record == last)
            continue;
        last = record;
        orm_buffer_append(out, "> **Incomplete:** the run of ");
        cc_markdown_code(out, record->path, SIZE_MAX, false);
        orm_buffer_printf(out,
                          " did not end; %zu of %zu planned results were written, the others are missing here.\n\n",
                          record->case_count, record->header.planned);
    }
}

static void write_coverage(orm_buffer *out, const cc_matrix *matrix)
{
    cc_coverage c = cc_coverage_of(matrix);

    orm_buffer_printf(out,
                      "The page makes **%zu claim%s**: %zu that a server can decide, %zu that are true only of "
                      "JavaScript.\n\n",
                      c.claims, cc_plural(c.claims), c.decidable, c.client);
    orm_buffer_printf(out, "- Covered by cases that ran, on any server: **%zu of %zu**.\n", c.run, c.decidable);
    orm_buffer_printf(out, "- Decided by a live `%s` server with preset `mikroorm`: **%zu of %zu**%s.\n",
                      matrix->features->platform, c.decided, c.decidable,
                      c.deciding_columns == 0 ? " (no such server in this run)" : "");
}

static const char *kind_of(const cc_column *column)
{
    if (column->decides)
        return "live, decides";
    if (column->simulated)
        return "**simulated**, decides nothing";
    return column->reference ? "live, for comparison" : "live, decides nothing";
}

static void write_column_row(orm_buffer *out, const cc_matrix *matrix, size_t i)
{
    const cc_column *column = &matrix->columns[i];

    orm_buffer_append(out, "| ");
    cc_markdown_text(out, column->title);
    orm_buffer_printf(out, " | %s | ", kind_of(column));
    if (column->reference || column->simulated)
        orm_buffer_append(out, "– | – | – | ");
    else
        orm_buffer_printf(out, "%zu | %zu | %zu | ", cc_matrix_count(matrix, i, CC_VERDICT_CONFIRMED),
                          cc_matrix_count(matrix, i, CC_VERDICT_PARTLY),
                          cc_matrix_count(matrix, i, CC_VERDICT_CONTRADICTED));
    orm_buffer_printf(out, "%zu | ", cc_matrix_count(matrix, i, CC_VERDICT_NOT_CHECKED));
    cc_markdown_text(out, column->target->name);
    orm_buffer_append(out, ", preset ");
    cc_markdown_text(out, column->preset);
    orm_buffer_append(out, " | ");
    cc_markdown_code(out, column->target->version, VERSION_LIMIT, true);
    orm_buffer_append(out, " |\n");
}

static void write_summary(orm_buffer *out, const cc_matrix *matrix)
{
    orm_buffer_append(out, "# ");
    cc_markdown_text(out, matrix->features->page);
    orm_buffer_append(out, ": what holds\n\n");
    write_incomplete(out, matrix);
    write_coverage(out, matrix);
    orm_buffer_append(out, "\n| Server | Evidence | Confirmed | Partly | Contradicted | Not checked | Target | Says of "
                           "itself |\n|---|---|--:|--:|--:|--:|---|---|\n");
    for (size_t i = 0; i < matrix->column_count; i++)
        write_column_row(out, matrix, i);
    orm_buffer_append(
        out, "\nA verdict rests on what happened in the cases that prove a claim. *confirmed*: as the page says; "
             "*contradicted*: never as the page says; *partly*: sometimes; *not checked*: no case ran, or one "
             "broke. The page speaks of one kind of server: on servers for comparison, and on simulations, which say "
             "nothing of a real server, a claim has no verdict, and the cell tells whether its cases work there.\n");
}

static const char *words_for(const cc_claim *claim, const cc_column *column, const cc_cell *cell)
{
    if (cc_verdict_applies(claim, column) || cell->verdict == CC_VERDICT_NOT_CHECKED)
        return cc_verdict_name(cell->verdict);
    if (cell->failed == 0)
        return "works here";
    return cell->worked == 0 ? "fails here" : "works here in part";
}

static void write_count(orm_buffer *out, size_t count, const char *what, const char **separator)
{
    if (count == 0)
        return;
    orm_buffer_printf(out, "%s%zu %s", *separator, count, what);
    *separator = ", ";
}

static void write_cell(orm_buffer *out, const cc_claim *claim, const cc_column *column, const cc_cell *cell)
{
    const char *words = words_for(claim, column, cell);
    const char *separator = ": ";
    bool        loud = orm_text_equal(words, "contradicted") || orm_text_equal(words, "partly");

    orm_buffer_printf(out, " %s%s%s%s", loud ? "**" : "", words, loud ? "**" : "",
                      column->simulated ? " (simulated)" : "");
    write_count(out, cell->worked, "worked", &separator);
    write_count(out, cell->failed, "failed", &separator);
    write_count(out, cell->broke, "broke", &separator);
    write_count(out, cell->not_run, "not run", &separator);
    write_count(out, cell->unknown, "to be settled", &separator);
    orm_buffer_append(out, " |");
}

static void write_claim(orm_buffer *out, const cc_matrix *matrix, size_t i)
{
    const cc_claim *claim = matrix->features->claims[i];

    orm_buffer_append(out, "| ");
    cc_markdown_text(out, claim->text);
    orm_buffer_append(out, " ");
    cc_markdown_code(out, claim->id, SIZE_MAX, true);
    orm_buffer_printf(out, " | %s |", cc_says_name(claim->says));
    for (size_t j = 0; j < matrix->column_count; j++)
        write_cell(out, claim, &matrix->columns[j], &matrix->cells[i][j]);
    orm_buffer_append_char(out, '\n');
}

static void write_section(orm_buffer *out, const cc_matrix *matrix, const cc_section *section)
{
    size_t written = 0;

    for (size_t i = 0; i < matrix->features->claim_count; i++) {
        if (!orm_text_equal(matrix->features->claims[i]->section, section->id))
            continue;
        if (written++ == 0) {
            orm_buffer_append(out, "\n### ");
            cc_markdown_text(out, section->title);
            orm_buffer_append(out, "\n\n| Claim | Page says |");
            for (size_t j = 0; j < matrix->column_count; j++) {
                orm_buffer_append_char(out, ' ');
                cc_markdown_text(out, matrix->columns[j].title);
                orm_buffer_append(out, " |");
            }
            orm_buffer_append(out, "\n|---|---|");
            for (size_t j = 0; j < matrix->column_count; j++)
                orm_buffer_append(out, "---|");
            orm_buffer_append_char(out, '\n');
        }
        write_claim(out, matrix, i);
    }
}

orm_status cc_write_matrix_markdown(const cc_matrix *matrix, const char *path, orm_error *error)
{
    orm_buffer out;
    orm_status status = ORM_OK;

    orm_buffer_init(&out, NULL, 0);
    write_summary(&out, matrix);
    orm_buffer_append(&out, "\n## Claims\n");
    for (size_t i = 0; i < matrix->features->section_count; i++)
        write_section(&out, matrix, &matrix->features->sections[i]);
    cc_markdown_rules(&out, matrix);
    status = cc_markdown_case_lists(&out, matrix) ? cc_write_file(path, &out, error) : orm_fail_memory(error);
    orm_buffer_free(&out);
    return status;
}
