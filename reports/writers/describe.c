#include "reports/writers/describe.h"

#include <string.h>

#include "reports/writers/plain_text.h"

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static void describe_happened(orm_buffer *out, const cc_record_case *item)
{
    const cc_record_error *error = item->error;

    orm_buffer_printf(out, "; here it %s", cc_happened_name(item->happened));
    if (item->happened != CC_HAPPENED_FAILED || error == NULL)
        return;
    orm_buffer_append(out, ": ");
    if (is_given(error->sqlstate))
        orm_buffer_printf(out, "%s ", error->sqlstate);
    if (is_given(error->message))
        orm_buffer_append(out, error->message);
}

void cc_describe_reason(orm_buffer *out, const cc_record_case *item, size_t limit)
{
    orm_buffer text;

    orm_buffer_init(&text, NULL, 0);
    if (item->status == CC_UNKNOWN) {
        orm_buffer_printf(&text, "to be settled: %s",
                          is_given(item->reason) ? item->reason : "nothing is expected yet");
        describe_happened(&text, item);
    } else if (item->status == CC_SKIPPED || item->status == CC_NOT_RUN) {
        orm_buffer_append(&text, is_given(item->reason) ? item->reason : "no reason was recorded");
    } else if (item->failure != NULL && is_given(item->failure->message)) {
        orm_buffer_append(&text, item->failure->message);
    } else if (item->status == CC_DRIFT) {
        orm_buffer_append(&text, "an expected failure or difference does not happen any more");
    } else {
        orm_buffer_append(&text, is_given(item->reason) ? item->reason : cc_status_name(item->status));
    }
    cc_plain_line(out, text.data, limit);
    out->broken = out->broken || text.broken;
    orm_buffer_free(&text);
}

static void labelled(orm_buffer *out, const char *label, const char *text)
{
    if (!is_given(text))
        return;
    orm_buffer_printf(out, "%s: ", label);
    cc_plain_text(out, text);
    orm_buffer_append_char(out, '\n');
}

static void describe_error(orm_buffer *out, const cc_record_error *error)
{
    orm_buffer_append(out, "error");
    if (is_given(error->sqlstate)) {
        orm_buffer_append_char(out, ' ');
        cc_plain_text(out, error->sqlstate);
    }
    if (is_given(error->kind)) {
        orm_buffer_append(out, " (");
        cc_plain_text(out, error->kind);
        orm_buffer_append_char(out, ')');
    }
    orm_buffer_append(out, ": ");
    cc_plain_text(out, error->message);
    orm_buffer_append_char(out, '\n');
    labelled(out, "  detail", error->detail);
    labelled(out, "  hint", error->hint);
    labelled(out, "  constraint", error->constraint);
    labelled(out, "  table", error->table);
    labelled(out, "  column", error->column);
}

static void describe_failure(orm_buffer *out, const cc_record_failure *failure)
{
    if (is_given(failure->message)) {
        cc_plain_text(out, failure->message);
        orm_buffer_append_char(out, '\n');
    }
    if (is_given(failure->detail)) {
        cc_plain_text(out, failure->detail);
        if (out->length > 0 && out->data[out->length - 1] != '\n')
            orm_buffer_append_char(out, '\n');
    }
    labelled(out, "step", failure->step);
}

void cc_describe_case(orm_buffer *out, const cc_record_case *item)
{
    const cc_record_failure *failure = item->failure;

    if (failure != NULL)
        describe_failure(out, failure);
    else
        labelled(out, "reason", item->reason);
    if (item->error != NULL)
        describe_error(out, item->error);
    if (item->expected != CC_EXPECT_WORKS) {
        orm_buffer_printf(out, "expected outcome: %s\n", cc_expected_name(item->expected));
        if (failure != NULL)
            labelled(out, "  reason", item->reason);
        labelled(out, "  source", item->source);
    }
    if (failure != NULL && is_given(failure->place)) {
        labelled(out, "at", failure->place);
    } else if (is_given(item->file)) {
        orm_buffer_append(out, "at: ");
        cc_plain_text(out, item->file);
        orm_buffer_printf(out, ":%lld\n", (long long)item->line);
    }
    labelled(out, "repeat", item->repeat);
}

void cc_describe_sql(orm_buffer *out, const cc_record_case *item, size_t first)
{
    for (size_t i = first; i < item->sql_count; i++) {
        const cc_record_sql *sql = &item->sql[i];

        cc_plain_text(out, sql->sql);
        orm_buffer_append(out, "\n  -- ");
        cc_append_seconds(out, sql->nanoseconds);
        orm_buffer_append(out, " s");
        if (sql->error != NULL) {
            orm_buffer_append(out, ", error: ");
            cc_plain_text(out, sql->error);
        } else if (sql->rows >= 0) {
            orm_buffer_printf(out, ", %lld row%s", (long long)sql->rows, sql->rows == 1 ? "" : "s");
        }
        orm_buffer_append_char(out, '\n');
    }
}
