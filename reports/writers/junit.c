#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "reports/writers/atomic_file.h"
#include "reports/writers/case_order.h"
#include "reports/writers/describe.h"
#include "reports/writers/plain_text.h"
#include "reports/writers/writers.h"
#include "reports/writers/xml.h"

/* Readers show the message as a heading, and some cut or choke on longer bodies. */
#define MESSAGE_LIMIT 200
#define BODY_LIMIT ((size_t)64 << 10)

typedef enum result { BARE, FAILURE, ERROR, SKIPPED } result;

typedef struct counters {
    int64_t tests;
    int64_t of[SKIPPED + 1];
    int64_t nanoseconds;
} counters;

typedef struct junit {
    cc_xml           xml;
    const cc_record *record;
    orm_buffer       text; /* scratch */
    int64_t          suite_number;
} junit;

static result result_of(cc_status status)
{
    switch (status) {
    case CC_FAIL:
    case CC_DRIFT:
    case CC_TIMEOUT:
        return FAILURE;
    case CC_ERROR:
    case CC_CRASH:
        return ERROR;
    case CC_UNKNOWN:
    case CC_SKIPPED:
    case CC_NOT_RUN:
        return SKIPPED;
    default:
        return BARE;
    }
}

static void count(counters *c, const cc_record_case *const *cases, size_t case_count)
{
    for (size_t i = 0; i < case_count; i++) {
        c->tests++;
        c->of[result_of(cases[i]->status)]++;
        c->nanoseconds += cases[i]->nanoseconds > 0 ? cases[i]->nanoseconds : 0;
    }
}

static void write_counters(cc_xml *xml, const counters *c)
{
    cc_xml_attribute_int(xml, "tests", c->tests);
    cc_xml_attribute_int(xml, "failures", c->of[FAILURE]);
    cc_xml_attribute_int(xml, "errors", c->of[ERROR]);
    cc_xml_attribute_int(xml, "skipped", c->of[SKIPPED]);
    cc_xml_attribute_seconds(xml, "time", c->nanoseconds);
}

/* Readers take a time without zone as UTC, and some refuse fractions and zones. */
static void write_timestamp(junit *j)
{
    const char *started = j->record->header.started;

    if (strlen(started) < 19 || started[10] != 'T')
        return;
    orm_buffer_reset(&j->text);
    orm_buffer_append_bytes(&j->text, started, 19);
    cc_xml_attribute(&j->xml, "timestamp", j->text.data);
}

static void write_property(cc_xml *xml, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    cc_xml_open(xml, "property");
    cc_xml_attribute(xml, "name", name);
    cc_xml_attribute(xml, "value", value);
    cc_xml_close(xml);
}

/* "v24.3.1 ..." as the server says it: one line is enough to know which one it was. */
static void write_server_version(junit *j, const cc_record_target *target)
{
    orm_buffer_reset(&j->text);
    if (target != NULL)
        cc_plain_line(&j->text, target->version, MESSAGE_LIMIT);
    write_property(&j->xml, "server_version", j->text.data);
}

static void write_list_property(junit *j, const char *name, const char *const *words)
{
    orm_buffer_reset(&j->text);
    for (; words != NULL && *words != NULL; words++)
        orm_buffer_printf(&j->text, "%s%s", j->text.length > 0 ? " " : "", *words);
    write_property(&j->xml, name, j->text.data);
}

static void write_case_properties(junit *j, const cc_record_case *item)
{
    cc_xml *xml = &j->xml;

    cc_xml_open(xml, "properties");
    write_property(xml, "status", cc_status_name(item->status));
    write_property(xml, "outcome", cc_expected_name(item->expected));
    write_property(xml, "happened", cc_happened_name(item->happened));
    write_property(xml, "evidence", cc_evidence_name(item->evidence));
    write_server_version(j, cc_case_target(j->record, item));
    write_property(xml, "preset", cc_case_preset(j->record, item));
    write_list_property(j, "proves", item->proves);
    write_list_property(j, "touches", item->touches);
    if (item->expected != CC_EXPECT_WORKS) {
        write_property(xml, "reason", item->reason);
        write_property(xml, "source", item->source);
    }
    cc_xml_close(xml);
}

/* drift and timeout are what they are; other failures say more closely what did not match. */
static const char *type_of(const cc_record_case *item)
{
    bool own = item->status == CC_FAIL || item->status == CC_ERROR || item->status == CC_CRASH;

    if (own && item->failure != NULL && item->failure->type[0] != '\0')
        return item->failure->type;
    return cc_status_name(item->status);
}

static void write_message(junit *j, const cc_record_case *item)
{
    orm_buffer_reset(&j->text);
    cc_describe_reason(&j->text, item, MESSAGE_LIMIT);
    cc_xml_attribute(&j->xml, "message", j->text.data);
}

/* A text that belongs to the case, cut so that no reader chokes on it. */
static void write_capped(junit *j, const char *text)
{
    orm_buffer capped;

    orm_buffer_init(&capped, NULL, 0);
    cc_append_head_and_tail(&capped, text, BODY_LIMIT);
    cc_xml_text(&j->xml, capped.data);
    j->xml.broken = j->xml.broken || capped.broken;
    orm_buffer_free(&capped);
}

static void write_result(junit *j, const cc_record_case *item)
{
    static const char *const elements[] = { NULL, "failure", "error", "skipped" };
    result                   r = result_of(item->status);

    if (r == BARE)
        return;
    cc_xml_open(&j->xml, elements[r]);
    if (r != SKIPPED)
        cc_xml_attribute(&j->xml, "type", type_of(item));
    write_message(j, item);
    if (r != SKIPPED) {
        orm_buffer_reset(&j->text);
        cc_describe_case(&j->text, item);
        write_capped(j, j->text.data);
    }
    cc_xml_close(&j->xml);
}

static void write_sql(junit *j, const cc_record_case *item)
{
    if (item->status == CC_PASS || item->sql_count == 0)
        return;
    orm_buffer_reset(&j->text);
    cc_describe_sql(&j->text, item, 0);
    cc_xml_open(&j->xml, "system-out");
    write_capped(j, j->text.data);
    cc_xml_close(&j->xml);
}

/*
 * crdbcheck.<target>[.<mode>].<feature>: no server version in it, or a CI's history of a test breaks. A mode tells already
 * where its cases are of another preset than the record.
 */
static void write_classname(junit *j, const cc_record_case *item)
{
    const char *preset = cc_case_preset(j->record, item);

    orm_buffer_reset(&j->text);
    orm_buffer_printf(&j->text, "crdbcheck.%s", item->target);
    if (item->mode[0] != '\0')
        orm_buffer_printf(&j->text, ".%s", item->mode);
    else if (!orm_text_equal(preset, j->record->header.preset))
        orm_buffer_printf(&j->text, ".%s", preset);
    orm_buffer_printf(&j->text, ".%s", item->feature);
    cc_xml_attribute(&j->xml, "classname", j->text.data);
}

static void write_case(junit *j, const cc_record_case *item)
{
    cc_xml *xml = &j->xml;

    cc_xml_open(xml, "testcase");
    cc_xml_attribute(xml, "name", item->id);
    write_classname(j, item);
    cc_xml_attribute_seconds(xml, "time", item->nanoseconds);
    if (item->file[0] != '\0') {
        cc_xml_attribute(xml, "file", item->file);
        cc_xml_attribute_int(xml, "line", item->line);
    }
    write_case_properties(j, item);
    write_result(j, item);
    write_sql(j, item);
    cc_xml_close(xml);
    j->xml.broken = j->xml.broken || j->text.broken;
}

static void write_suite_properties(junit *j, const cc_record_case *item)
{
    const cc_record_target *target = cc_case_target(j->record, item);
    cc_xml                 *xml = &j->xml;

    cc_xml_open(xml, "properties");
    write_property(xml, "tool", j->record->header.tool);
    write_property(xml, "preset", cc_case_preset(j->record, item));
    if (target != NULL) {
        write_property(xml, "target_kind", target->kind);
        write_property(xml, "evidence", cc_evidence_name(target->evidence));
        write_property(xml, "simulated", target->simulated);
        write_server_version(j, target);
    }
    cc_xml_close(xml);
}

static void write_suite(junit *j, const cc_record_case *const *cases, size_t case_count)
{
    const cc_record_case *first = cases[0];
    const char           *preset = cc_case_preset(j->record, first);
    bool                  other = !orm_text_equal(preset, j->record->header.preset);
    counters              c = { 0 };

    cc_xml_open(&j->xml, "testsuite");
    orm_buffer_reset(&j->text);
    orm_buffer_printf(&j->text, "%s%s%s%s%s: %s", first->target, other ? "/" : "", other ? preset : "",
                      first->mode[0] != '\0' ? "/" : "", first->mode, first->feature);
    cc_xml_attribute(&j->xml, "name", j->text.data);
    cc_xml_attribute_int(&j->xml, "id", j->suite_number++);
    count(&c, cases, case_count);
    write_counters(&j->xml, &c);
    write_timestamp(j);
    cc_xml_attribute(&j->xml, "hostname", j->record->header.hostname);
    write_suite_properties(j, first);
    for (size_t i = 0; i < case_count; i++)
        write_case(j, cases[i]);
    cc_xml_close(&j->xml);
}

static bool same_suite(const cc_record *record, const cc_record_case *a, const cc_record_case *b)
{
    return orm_text_equal(a->target, b->target) && orm_text_equal(a->mode, b->mode) &&
           orm_text_equal(a->feature, b->feature) &&
           orm_text_equal(cc_case_preset(record, a), cc_case_preset(record, b));
}

/* A green file of a run that was killed would be a lie: its absence of a footer is an error of its own. */
static void write_incomplete(junit *j)
{
    static const char message[] = "the run record has no footer: the run did not end, and cases are missing here";
    counters          c = { .tests = 1, .of = { [ERROR] = 1 } };

    cc_xml_open(&j->xml, "testsuite");
    cc_xml_attribute(&j->xml, "name", "crdbcheck: run");
    cc_xml_attribute_int(&j->xml, "id", j->suite_number++);
    write_counters(&j->xml, &c);
    write_timestamp(j);
    cc_xml_attribute(&j->xml, "hostname", j->record->header.hostname);
    cc_xml_open(&j->xml, "testcase");
    cc_xml_attribute(&j->xml, "name", "run/complete");
    cc_xml_attribute(&j->xml, "classname", "crdbcheck.run");
    cc_xml_attribute_seconds(&j->xml, "time", 0);
    cc_xml_open(&j->xml, "error");
    cc_xml_attribute(&j->xml, "type", "incomplete");
    cc_xml_attribute(&j->xml, "message", message);
    cc_xml_text(&j->xml, message);
    for (int open = 0; open < 3; open++)
        cc_xml_close(&j->xml);
}

static void write_all(junit *j, const cc_record_case *const *cases)
{
    size_t   total = j->record->case_count;
    counters c = { 0 };

    count(&c, cases, total);
    if (!j->record->complete) {
        c.tests++;
        c.of[ERROR]++;
    }
    cc_xml_open(&j->xml, "testsuites");
    cc_xml_attribute(&j->xml, "name", "crdbcheck");
    write_counters(&j->xml, &c);
    write_timestamp(j);
    if (!j->record->complete)
        write_incomplete(j);
    for (size_t start = 0, end = 0; start < total; start = end) {
        while (end < total && same_suite(j->record, cases[start], cases[end]))
            end++;
        write_suite(j, cases + start, end - start);
    }
    cc_xml_close(&j->xml);
}

orm_status cc_write_junit(const cc_record *record, const char *path, orm_error *error)
{
    orm_arena             *arena = orm_arena_new(NULL, NULL, "junit");
    const cc_record_case **cases = arena != NULL ? cc_order_cases(arena, record) : NULL;
    junit                  j = { .record = record };
    orm_buffer             document;
    orm_status             status = ORM_OK;

    if (cases == NULL) {
        orm_arena_free(arena);
        return orm_fail_memory(error);
    }
    orm_buffer_init(&document, NULL, 0);
    orm_buffer_init(&j.text, NULL, 0);
    cc_xml_init(&j.xml);
    write_all(&j, cases);
    j.xml.broken = j.xml.broken || j.text.broken;
    cc_xml_finish(&j.xml, &document);
    status = cc_write_file(path, &document, error);
    orm_buffer_free(&j.text);
    orm_buffer_free(&document);
    orm_arena_free(arena);
    return status;
}
