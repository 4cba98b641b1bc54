#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "reports/writers/case_order.h"
#include "reports/writers/coverage.h"
#include "reports/writers/describe.h"
#include "reports/writers/plain_text.h"
#include "reports/writers/writers.h"

#define SHOWN_STATEMENTS 5
#define STATEMENT_LIMIT ((size_t)2000)
#define DETAIL_LIMIT ((size_t)32 << 10)
#define REASON_LIMIT 160
#define NAMED_CASES 20

bool cc_console_obeys(FILE *out)
{
    const char *term = getenv("TERM");

    return isatty(fileno(out)) == 1 && !orm_text_equal(term, "dumb");
}

static bool is_bad(cc_status status)
{
    return status != CC_PASS && status != CC_UNKNOWN && status != CC_SKIPPED && status != CC_NOT_RUN;
}

static const char *colour_of(cc_status status)
{
    if (status == CC_PASS)
        return "\033[32m";
    return is_bad(status) ? "\033[1;31m" : "\033[33m";
}

static void append_status(orm_buffer *out, cc_status status, const cc_console_style *style)
{
    orm_buffer_printf(out, "%s%s%s", style->colour ? colour_of(status) : "", cc_status_name(status),
                      style->colour ? "\033[0m" : "");
}

/* "fail crud/create-one [postgres, fast]" */
static void append_case_name(orm_buffer *out, const cc_record_case *item, const cc_console_style *style)
{
    append_status(out, item->status, style);
    orm_buffer_append_char(out, ' ');
    cc_plain_line(out, item->id, SIZE_MAX);
    orm_buffer_append(out, " [");
    cc_plain_line(out, item->target, SIZE_MAX);
    if (item->mode != NULL && item->mode[0] != '\0') {
        orm_buffer_append(out, ", ");
        cc_plain_line(out, item->mode, SIZE_MAX);
    }
    orm_buffer_append(out, item->evidence == CC_EVIDENCE_SIMULATED ? ", simulated]" : "]");
}

static void append_sql(orm_buffer *out, const cc_record_case *item, const cc_console_style *style)
{
    size_t     hidden = item->sql_count > SHOWN_STATEMENTS ? item->sql_count - SHOWN_STATEMENTS : 0;
    orm_buffer text;

    if (item->sql_count == 0)
        return;
    if (style->verbose)
        hidden = 0;
    orm_buffer_init(&text, NULL, 0);
    cc_describe_sql(&text, item, hidden);
    orm_buffer_append(out, "  SQL");
    if (hidden > 0)
        orm_buffer_printf(out, " (%zu earlier statement%s; --verbose shows all)", hidden, cc_plural(hidden));
    orm_buffer_append(out, ":\n");
    if (!style->verbose && text.length > STATEMENT_LIMIT * SHOWN_STATEMENTS) {
        orm_buffer cut;

        orm_buffer_init(&cut, NULL, 0);
        cc_append_head_and_tail(&cut, text.data, STATEMENT_LIMIT * SHOWN_STATEMENTS);
        cc_append_indented(out, cut.data, "    ");
        orm_buffer_free(&cut);
    } else {
        cc_append_indented(out, text.data, "    ");
    }
    orm_buffer_free(&text);
}

void cc_console_case(FILE *out, const cc_record_case *item, const cc_console_style *style)
{
    orm_buffer text;
    orm_buffer details;
    orm_buffer cut;

    orm_buffer_init(&text, NULL, 0);
    orm_buffer_init(&details, NULL, 0);
    orm_buffer_init(&cut, NULL, 0);
    append_case_name(&text, item, style);
    orm_buffer_append(&text, " (");
    cc_append_seconds(&text, item->nanoseconds);
    orm_buffer_append(&text, " s)\n");
    cc_plain_line(&details, item->name, SIZE_MAX);
    orm_buffer_append_char(&details, '\n');
    cc_describe_case(&details, item);
    cc_append_head_and_tail(&cut, details.data, DETAIL_LIMIT);
    cc_append_indented(&text, cut.data, "  ");
    append_sql(&text, item, style);
    fwrite(text.data, 1, text.length, out);
    orm_buffer_free(&text);
    orm_buffer_free(&details);
    orm_buffer_free(&cut);
}

/* "60 pass, 1 fail": statuses without cases are left out. */
static void append_counts(orm_buffer *out, const size_t counts[CC_STATUS_COUNT], const cc_console_style *style)
{
    const char *separator = "";

    for (unsigned i = 0; i < CC_STATUS_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        orm_buffer_printf(out, "%s%zu ", separator, counts[i]);
        append_status(out, (cc_status)i, style);
        separator = ", ";
    }
    if (separator[0] == '\0')
        orm_buffer_append(out, "no case");
}

static void append_target(orm_buffer *out, const cc_record *record, const cc_record_target *target,
                          const cc_console_style *style)
{
    size_t counts[CC_STATUS_COUNT] = { 0 };

    for (size_t i = 0; i < record->case_count; i++) {
        if (orm_text_equal(record->cases[i].target, target->name))
            counts[record->cases[i].status]++;
    }
    orm_buffer_append(out, "  ");
    cc_plain_line(out, target->name, SIZE_MAX);
    orm_buffer_append(out, target->evidence == CC_EVIDENCE_SIMULATED ? " (simulated): " : ": ");
    append_counts(out, counts, style);
    if (target->version[0] != '\0') {
        orm_buffer_append(out, "\n    ");
        cc_plain_line(out, target->version, 100);
    }
    orm_buffer_append_char(out, '\n');
}

/* Number of cases that were not run on the same target for the same reason; 0 when an earlier one has told it. */
static size_t count_not_run(const cc_record *record, const cc_record_case *const *cases, size_t index)
{
    const cc_record_case *item = cases[index];
    size_t                count = 0;

    for (size_t i = 0; i < record->case_count; i++) {
        if (cases[i]->status != CC_NOT_RUN || !orm_text_equal(cases[i]->target, item->target) ||
            !orm_text_equal(cases[i]->reason, item->reason))
            continue;
        if (i < index)
            return 0;
        count++;
    }
    return count;
}

/* "12 cases not-run [postgres]" */
static void append_not_run(orm_buffer *out, const cc_record_case *item, size_t count, const cc_console_style *style)
{
    orm_buffer_printf(out, "%zu cases ", count);
    append_status(out, item->status, style);
    orm_buffer_append(out, " [");
    cc_plain_line(out, item->target, SIZE_MAX);
    orm_buffer_append_char(out, ']');
}

/* Cases that went wrong are all named; of the others a few, since the matrix has them all. */
static void append_names(orm_buffer *out, const cc_record *record, const cc_record_case *const *cases, bool bad,
                         const cc_console_style *style)
{
    size_t shown = 0;
    size_t hidden = 0;

    for (size_t i = 0; i < record->case_count; i++) {
        const cc_record_case *item = cases[i];
        size_t                alike = 1;

        if (item->status == CC_PASS || is_bad(item->status) != bad)
            continue;
        if (item->status == CC_NOT_RUN)
            alike = count_not_run(record, cases, i);
        if (alike == 0)
            continue;
        if (!bad && shown == NAMED_CASES) {
            hidden++;
            continue;
        }
        shown++;
        orm_buffer_append(out, "  ");
        if (alike > 1)
            append_not_run(out, item, alike, style);
        else
            append_case_name(out, item, style);
        orm_buffer_append(out, ": ");
        cc_describe_reason(out, item, REASON_LIMIT);
        orm_buffer_append_char(out, '\n');
    }
    if (hidden > 0)
        orm_buffer_printf(out, "  and %zu more; the matrix lists them all\n", hidden);
}

static void append_coverage(orm_buffer *out, const cc_matrix *matrix)
{
    cc_coverage c = cc_coverage_of(matrix);

    orm_buffer_printf(out, "Page: cases ran for %zu of %zu claim%s that a server can decide; ", c.run, c.decidable,
                      cc_plural(c.decidable));
    if (c.deciding_columns == 0)
        orm_buffer_printf(out, "no verdicts, since no live %s server with preset mikroorm was there\n",
                          matrix->features->platform);
    else
        orm_buffer_printf(out, "%zu have a verdict\n", c.decided);
}

static void append_summary(orm_buffer *out, const cc_record *record, const cc_record_case *const *cases,
                           const cc_matrix *matrix, const cc_console_style *style)
{
    size_t counts[CC_STATUS_COUNT];

    append_names(out, record, cases, false, style);
    append_names(out, record, cases, true, style);
    orm_buffer_append(out, "Targets:\n");
    for (size_t i = 0; i < record->header.target_count; i++)
        append_target(out, record, &record->header.targets[i], style);
    if (matrix != NULL)
        append_coverage(out, matrix);
    if (!record->complete)
        orm_buffer_printf(out, "INCOMPLETE: the run did not end; %zu of %zu planned result%s are there\n",
                          record->case_count, record->header.planned, cc_plural(record->header.planned));
    cc_record_count(record, counts);
    orm_buffer_printf(out, "DONE %zu case%s: ", record->case_count, cc_plural(record->case_count));
    append_counts(out, counts, style);
    if (record->complete) {
        orm_buffer_append(out, " in ");
        cc_append_seconds(out, record->footer.nanoseconds);
        orm_buffer_append(out, " s");
    }
    orm_buffer_append_char(out, '\n');
}

void cc_console_summary(FILE *out, const cc_record *record, const cc_matrix *matrix, const cc_console_style *style)
{
    orm_arena             *arena = orm_arena_new(NULL, NULL, "console summary");
    const cc_record_case **cases = arena != NULL ? cc_order_cases(arena, record) : NULL;
    orm_buffer             text;

    orm_buffer_init(&text, NULL, 0);
    if (cases != NULL)
        append_summary(&text, record, cases, matrix, style);
    else
        orm_buffer_append(&text, "out of memory: no summary; the run record is complete as far as it was written\n");
    fwrite(text.data, 1, text.length, out);
    orm_buffer_free(&text);
    orm_arena_free(arena);
}
