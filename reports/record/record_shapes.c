#include "reports/record/record_private.h"

/* Enums are moved as unsigned numbers. */
_Static_assert(sizeof(cc_status) == sizeof(unsigned) && sizeof(cc_happened) == sizeof(unsigned) &&
                   sizeof(cc_expected) == sizeof(unsigned) && sizeof(cc_evidence) == sizeof(unsigned),
               "an enum of the record has another size than unsigned");

static const char *const status_names[CC_STATUS_COUNT + 1] = {
    [CC_PASS] = "pass",       [CC_FAIL] = "fail",       [CC_DRIFT] = "drift",
    [CC_UNKNOWN] = "unknown", [CC_ERROR] = "error",     [CC_TIMEOUT] = "timeout",
    [CC_CRASH] = "crash",     [CC_SKIPPED] = "skipped", [CC_NOT_RUN] = "not-run",
};
static const char *const happened_names[] = { "nothing", "worked", "failed", "broke", NULL };
static const char *const expected_names[] = { "works", "fails", "differs", "unknown", NULL };
static const char *const evidence_names[] = { "live", "simulated", NULL };

static const char *name_of(const char *const *names, size_t count, unsigned value)
{
    return value < count ? names[value] : "?";
}

const char *cc_status_name(cc_status status)
{
    return name_of(status_names, CC_STATUS_COUNT, (unsigned)status);
}

const char *cc_happened_name(cc_happened happened)
{
    return name_of(happened_names, 4, (unsigned)happened);
}

const char *cc_expected_name(cc_expected expected)
{
    return name_of(expected_names, 4, (unsigned)expected);
}

const char *cc_evidence_name(cc_evidence evidence)
{
    return name_of(evidence_names, 2, (unsigned)evidence);
}

/* clang-format off */
#define FIELD(type, kind_, member) { .key = #member, .kind = kind_, .offset = offsetof(type, member) }
#define REQUIRED(type, kind_, member) \
    { .key = #member, .kind = kind_, .offset = offsetof(type, member), .required = true }
#define ENUM(type, member, names_) \
    { .key = #member, .kind = CC_FIELD_ENUM, .offset = offsetof(type, member), .required = true, .names = names_ }
#define OBJECT(type, member, shape_) \
    { .key = #member, .kind = CC_FIELD_OBJECT, .offset = offsetof(type, member), .shape = shape_ }
#define OBJECTS(type, member, count, shape_) \
    { .key = #member, .kind = CC_FIELD_OBJECTS, .offset = offsetof(type, member), \
      .count_offset = offsetof(type, count), .shape = shape_ }
#define END { .key = NULL }

#define TARGET(kind, member) FIELD(cc_record_target, kind, member)
static const cc_field target_fields[] = {
    REQUIRED(cc_record_target, CC_FIELD_TEXT, name),
    REQUIRED(cc_record_target, CC_FIELD_TEXT, kind),
    TARGET(CC_FIELD_TEXT, platform),
    TARGET(CC_FIELD_TEXT, version),
    TARGET(CC_FIELD_INT, major),
    TARGET(CC_FIELD_INT, minor),
    TARGET(CC_FIELD_INT, patch),
    ENUM(cc_record_target, evidence, evidence_names),
    TARGET(CC_FIELD_TEXT_OR_NULL, simulated),
    TARGET(CC_FIELD_TEXT_OR_NULL, profile),
    TARGET(CC_FIELD_TEXTS, rules),
    TARGET(CC_FIELD_TEXT, how),
    TARGET(CC_FIELD_TEXTS, notes),
    END
};
static const cc_shape target_shape = { "target", sizeof(cc_record_target), target_fields };

#define HEADER(kind, member) FIELD(cc_record_header, kind, member)
static const cc_field header_fields[] = {
    REQUIRED(cc_record_header, CC_FIELD_INT, format),
    HEADER(CC_FIELD_TEXT, tool),
    HEADER(CC_FIELD_TEXT, started),
    HEADER(CC_FIELD_TEXT, preset),
    HEADER(CC_FIELD_TEXT, protocol),
    HEADER(CC_FIELD_TEXT, batch),
    HEADER(CC_FIELD_INT64, batch_size),
    HEADER(CC_FIELD_BOOL, adaptations),
    HEADER(CC_FIELD_TEXT, command),
    HEADER(CC_FIELD_TEXT, hostname),
    HEADER(CC_FIELD_SIZE, planned),
    OBJECTS(cc_record_header, targets, target_count, &target_shape),
    END
};
const cc_shape cc_header_shape = { "header", sizeof(cc_record_header), header_fields };

static const cc_field sql_fields[] = {
    FIELD(cc_record_sql, CC_FIELD_TEXT, sql),
    FIELD(cc_record_sql, CC_FIELD_INT64, nanoseconds),
    FIELD(cc_record_sql, CC_FIELD_INT64, rows),
    FIELD(cc_record_sql, CC_FIELD_TEXT_OR_NULL, error),
    END
};
static const cc_shape sql_shape = { "statement", sizeof(cc_record_sql), sql_fields };

#define ERROR(member) FIELD(cc_record_error, CC_FIELD_TEXT, member)
static const cc_field error_fields[] = {
    ERROR(kind), ERROR(sqlstate), ERROR(message), ERROR(detail), ERROR(hint), ERROR(constraint), ERROR(table),
    ERROR(column), END
};
static const cc_shape error_shape = { "error", sizeof(cc_record_error), error_fields };

#define FAILURE(member) FIELD(cc_record_failure, CC_FIELD_TEXT, member)
static const cc_field failure_fields[] = {
    FAILURE(type), FAILURE(message), FAILURE(detail), FAILURE(place), FAILURE(step), END
};
static const cc_shape failure_shape = { "failure", sizeof(cc_record_failure), failure_fields };

#define CASE(kind, member) FIELD(cc_record_case, kind, member)
static const cc_field case_fields[] = {
    REQUIRED(cc_record_case, CC_FIELD_TEXT, id),
    CASE(CC_FIELD_TEXT, name),
    CASE(CC_FIELD_TEXT, feature),
    REQUIRED(cc_record_case, CC_FIELD_TEXT, target),
    CASE(CC_FIELD_TEXT, mode),
    CASE(CC_FIELD_TEXT, preset),
    CASE(CC_FIELD_TEXT, file),
    CASE(CC_FIELD_INT64, line),
    ENUM(cc_record_case, status, status_names),
    ENUM(cc_record_case, happened, happened_names),
    ENUM(cc_record_case, expected, expected_names),
    ENUM(cc_record_case, evidence, evidence_names),
    CASE(CC_FIELD_TEXT, reason),
    CASE(CC_FIELD_TEXT, source),
    CASE(CC_FIELD_INT64, nanoseconds),
    CASE(CC_FIELD_INT64, queries),
    CASE(CC_FIELD_TEXTS, proves),
    CASE(CC_FIELD_TEXTS, touches),
    CASE(CC_FIELD_TEXTS, rules),
    OBJECT(cc_record_case, failure, &failure_shape),
    OBJECT(cc_record_case, error, &error_shape),
    OBJECTS(cc_record_case, sql, sql_count, &sql_shape),
    CASE(CC_FIELD_TEXT, repeat),
    END
};
const cc_shape cc_case_shape = { "case", sizeof(cc_record_case), case_fields };

#define FOOTER(kind, member) FIELD(cc_record_footer, kind, member)
static const cc_field footer_fields[] = {
    FOOTER(CC_FIELD_TEXT, finished),
    FOOTER(CC_FIELD_INT64, nanoseconds),
    REQUIRED(cc_record_footer, CC_FIELD_COUNTS, counts),
    FOOTER(CC_FIELD_INT, exit_code),
    END
};
const cc_shape cc_footer_shape = { "footer", sizeof(cc_record_footer), footer_fields };
/* clang-format on */
