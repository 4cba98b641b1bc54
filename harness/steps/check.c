/*
 * Checking what steps saw against what the case expects: the case's own expectations, and those of an outcome `differs`.
 */
#include <string.h>

#include "base/text.h"
#include "harness/steps/steps_private.h"

#define MESSAGE_LIMIT 200

const char *cc_step_label(orm_arena *arena, const cc_step *step)
{
    const char *label = step->id != NULL ? orm_arena_printf(arena, "%s (%s)", step->id, step->def->name)
                                         : orm_arena_printf(arena, "%zu (%s)", step->number, step->def->name);

    return label == NULL ? step->def->name : label;
}

static const char *place_text(orm_arena *arena, cc_place place)
{
    const char *text =
        orm_arena_printf(arena, "%s:%u:%u", place.file == NULL ? "" : place.file, place.line, place.column);

    return text == NULL ? "" : text;
}

/* One line of at most MESSAGE_LIMIT bytes. */
static const char *one_line(orm_arena *arena, const char *text)
{
    size_t length = strcspn(text, "\n");
    bool   cut = length > MESSAGE_LIMIT;
    char  *line = NULL;

    if (cut)
        length = orm_utf8_valid_prefix(text, MESSAGE_LIMIT);
    line = orm_arena_printf(arena, "%.*s%s", (int)length, text, cut ? "..." : "");
    return line == NULL ? "out of memory" : line;
}

static void lose(cc_context *context, cc_track *track, const cc_step *step, cc_place place, const char *type,
                 const char *message, const char *detail)
{
    const char *copy = orm_arena_strdup(context->arena, detail == NULL ? "" : detail);

    if (track->lost)
        return;
    track->lost = true;
    track->failure = (cc_record_failure){ .type = type,
                                          .message = one_line(context->arena, message),
                                          .detail = copy == NULL ? "" : copy,
                                          .place = place_text(context->arena, place),
                                          .step = cc_step_label(context->arena, step) };
}

void cc_lose_all(cc_context *context, const cc_step *step, const char *type, bool refused, const char *message,
                 const char *detail)
{
    for (size_t i = 0; i < context->track_count; i++) {
        cc_track *track = &context->tracks[i];

        track->refused = track->refused || (refused && !track->lost);
        lose(context, track, step, step->place, type, message, detail);
    }
}

static bool any_holds(const cc_context *context)
{
    for (size_t i = 0; i < context->track_count; i++)
        if (!context->tracks[i].lost)
            return true;
    return false;
}

/* ---- The expectation of one set ---- */

static const cc_yaml *replaced(const cc_outcome *outcome, const cc_step *step, const char *key)
{
    const cc_key_def *common = cc_common_keys();

    for (size_t i = 0; i < outcome->override_count; i++) {
        const cc_override *other = &outcome->overrides[i];

        if (other->step != step)
            continue;
        for (size_t k = 0; other->args != NULL && step->def->keys != NULL && step->def->keys[k].name != NULL; k++)
            if (other->args[k] != NULL && strcmp(step->def->keys[k].name, key) == 0)
                return other->args[k];
        for (size_t k = 0; other->common != NULL && common[k].name != NULL; k++)
            if (other->common[k] != NULL && strcmp(common[k].name, key) == 0)
                return other->common[k];
    }
    return NULL;
}

static const cc_yaml *expectation(const cc_track *track, const cc_step *step, const char *key)
{
    const cc_yaml *node = track->overrides == NULL ? NULL : replaced(track->overrides, step, key);

    return node != NULL ? node : cc_step_arg(step, key);
}

const char *cc_override_problem(orm_arena *arena, const cc_outcome *outcome)
{
    for (size_t i = 0; i < outcome->override_count; i++) {
        const cc_override *other = &outcome->overrides[i];
        const cc_key_def  *keys = other->step->def->keys;

        for (size_t k = 0; other->args != NULL && keys != NULL && keys[k].name != NULL; k++) {
            if (other->args[k] != NULL && !keys[k].expects) {
                const char *text = orm_arena_printf(
                    arena, "%s: an outcome `differs` can give other expectations, and '%s' of %s is none",
                    place_text(arena, outcome->place), keys[k].name, other->step->def->name);

                return text == NULL ? "out of memory" : text;
            }
        }
    }
    return NULL;
}

static void finding_init(cc_finding *finding, cc_place place)
{
    *finding = (cc_finding){ .type = "mismatch", .place = place };
    orm_buffer_init(&finding->message, NULL, 0);
    orm_buffer_init(&finding->detail, NULL, 0);
}

static void finding_free(cc_finding *finding)
{
    orm_buffer_free(&finding->message);
    orm_buffer_free(&finding->detail);
}

/* One set against one key. */
static cc_step_status check_track(cc_context *context, cc_track *track, const cc_step *step, const cc_yaml *expected,
                                  cc_check_fn check, const void *seen)
{
    cc_finding finding;
    cc_match   match = CC_MATCH;

    finding_init(&finding, expected->place);
    match = check(context, expected, seen, &finding);
    if (match == CC_NO_MATCH)
        lose(context, track, step, finding.place, finding.type, finding.message.data, finding.detail.data);
    else if (match == CC_MATCH_BROKEN)
        cc_broken(context, step, "%s: %s", place_text(context->arena, finding.place),
                  one_line(context->arena, finding.message.data));
    finding_free(&finding);
    return match == CC_MATCH_BROKEN ? CC_STEP_BROKEN : CC_STEP_OK;
}

cc_step_status cc_check(cc_context *context, const cc_step *step, const char *key, cc_check_fn check, const void *seen)
{
    for (size_t i = 0; i < context->track_count; i++) {
        cc_track      *track = &context->tracks[i];
        const cc_yaml *expected = track->lost ? NULL : expectation(track, step, key);

        if (expected != NULL && check_track(context, track, step, expected, check, seen) == CC_STEP_BROKEN)
            return CC_STEP_BROKEN;
    }
    return any_holds(context) ? CC_STEP_OK : CC_STEP_MISMATCH;
}

/* ---- Ready checks ---- */

cc_match cc_check_int(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    cc_actual   actual = { .value = orm_int(*(const int64_t *)seen) };
    cc_matching matching = cc_matching_of(context);

    return cc_match_value(&matching, expected, &actual, &finding->message);
}

static const cc_yaml *text_at(const cc_yaml *expected, size_t index)
{
    if (expected->kind != CC_YAML_LIST)
        return index == 0 ? expected : NULL;
    return index < expected->count ? expected->items[index] : NULL;
}

/* The whole lists as a difference; a pattern that fits stands there as the text that it fits. */
static void print_texts(cc_context *context, const cc_yaml *expected, const cc_texts *seen, cc_finding *finding)
{
    cc_matching matching = cc_matching_of(context);
    orm_buffer  wanted, got;

    orm_buffer_init(&wanted, NULL, 0);
    orm_buffer_init(&got, NULL, 0);
    for (size_t i = 0; text_at(expected, i) != NULL; i++) {
        const cc_yaml *node = text_at(expected, i);
        bool           fits = i < seen->count && cc_match_text(&matching, node, seen->items[i], NULL) == CC_MATCH;

        orm_buffer_printf(&wanted, "%s%s", i == 0 ? "" : "\n", fits ? seen->items[i] : node->text);
    }
    for (size_t i = 0; i < seen->count; i++)
        orm_buffer_printf(&got, "%s%s", i == 0 ? "" : "\n", seen->items[i]);
    if (!wanted.broken && !got.broken)
        cc_print_text_diff(&finding->detail, wanted.data, got.data);
    orm_buffer_free(&wanted);
    orm_buffer_free(&got);
}

cc_match cc_check_texts(cc_context *context, const cc_yaml *expected, const void *opaque, cc_finding *finding)
{
    const cc_texts *seen = opaque;
    cc_matching     matching = cc_matching_of(context);
    size_t          count = expected->kind == CC_YAML_LIST ? expected->count : 1;
    cc_match        match = CC_MATCH;

    for (size_t i = 0; i < count && i < seen->count && match == CC_MATCH; i++) {
        match = cc_match_text(&matching, text_at(expected, i), seen->items[i], NULL);
        if (match == CC_NO_MATCH)
            orm_buffer_printf(&finding->message, "%s %zu is another one", seen->what, i + 1);
        else if (match == CC_MATCH_BROKEN)
            cc_match_text(&matching, text_at(expected, i), seen->items[i], &finding->message);
    }
    if (match == CC_MATCH && count != seen->count) {
        orm_buffer_printf(&finding->message, "expected %zu %s%s, got %zu", count, seen->what, count == 1 ? "" : "s",
                          seen->count);
        match = CC_NO_MATCH;
    }
    if (match == CC_NO_MATCH)
        print_texts(context, expected, seen, finding);
    return match;
}

/* ---- Errors ---- */

bool cc_is_our_fault(orm_status status)
{
    switch (status) {
    case ORM_ERR_MEMORY:
    case ORM_ERR_ARGUMENT:
    case ORM_ERR_CONFIG:
    case ORM_ERR_METADATA:
    case ORM_ERR_UNSUPPORTED:
    case ORM_ERR_CONNECTION:
    case ORM_ERR_PROTOCOL:
        return true;
    default:
        return false;
    }
}

const char *cc_error_line(cc_context *context, const orm_error *error)
{
    const char *line =
        orm_arena_printf(context->arena, "%s%s%s (%s)", error->sqlstate, error->sqlstate[0] == '\0' ? "" : " ",
                         error->message, orm_status_name(error->status));

    return line == NULL ? "out of memory" : line;
}

static const char *error_field(const orm_error *error, const char *name)
{
    const struct {
        const char *name;
        const char *value;
    } fields[] = {
        { "kind", orm_status_name(error->status) },
        { "sqlstate", error->sqlstate },
        { "message", error->message },
        { "detail", error->detail },
        { "hint", error->hint },
        { "constraint", error->constraint },
        { "table", error->table },
        { "column", error->column },
        { "entity", error->entity },
        { "property", error->property },
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].value;
    return NULL;
}

/* A pattern for a message must not take a lost connection for the answer that it waits for. */
static bool says_nothing_of_server(const orm_error *error)
{
    return error->status == ORM_ERR_CONNECTION || error->status == ORM_ERR_PROTOCOL || error->status == ORM_ERR_MEMORY;
}

/* `seen` is the orm_error, or NULL when the step succeeded. All fields that differ are listed. */
static cc_match check_error(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    const orm_error *error = seen;
    cc_matching      matching = cc_matching_of(context);
    cc_match         result = CC_MATCH;

    if (error == NULL) {
        orm_buffer_append(&finding->message, "expected an error, and the step succeeded");
        return CC_NO_MATCH;
    }
    if (says_nothing_of_server(error) && cc_yaml_get(expected, "kind") == NULL &&
        cc_yaml_get(expected, "sqlstate") == NULL) {
        orm_buffer_append(&finding->message, cc_error_line(context, error));
        return CC_MATCH_BROKEN;
    }
    for (size_t i = 0; expected->kind == CC_YAML_MAP && i < expected->count; i++) {
        const cc_yaml_entry *entry = &expected->entries[i];
        const char          *value = error_field(error, entry->key);
        orm_buffer           why;
        cc_match             match = CC_MATCH;

        orm_buffer_init(&why, NULL, 0);
        match = value == NULL ? CC_MATCH_BROKEN : cc_match_text(&matching, entry->value, value, &why);
        if (match != CC_MATCH && result != CC_MATCH_BROKEN) {
            finding->type = strcmp(entry->key, "sqlstate") == 0 ? "sqlstate" : finding->type;
            if (result == CC_MATCH || match == CC_MATCH_BROKEN) {
                orm_buffer_reset(&finding->message);
                orm_buffer_printf(&finding->message, "error.%s: %s", entry->key,
                                  value == NULL ? "errors have no such field" : why.data);
            }
            orm_buffer_printf(&finding->detail, "error.%s: %s\n", entry->key, why.data);
            result = match;
        }
        orm_buffer_free(&why);
    }
    return result;
}

static bool expects_error(const cc_context *context, const cc_step *step)
{
    for (size_t i = 0; i < context->track_count; i++)
        if (!context->tracks[i].lost && expectation(&context->tracks[i], step, "error") != NULL)
            return true;
    return false;
}

/* A set that does not expect the refusal is lost here, because the run goes on for the sake of one that does. */
static void lose_surprised(cc_context *context, const cc_step *step)
{
    for (size_t i = 0; i < context->track_count; i++) {
        cc_track *track = &context->tracks[i];

        if (!track->lost && expectation(track, step, "error") == NULL) {
            track->refused = true;
            lose(context, track, step, step->place, "unexpected-error", cc_error_line(context, &context->error), NULL);
        }
    }
}

cc_step_status cc_check_error(cc_context *context, const cc_step *step, cc_step_status status)
{
    bool held[sizeof context->tracks / sizeof context->tracks[0]] = { false };

    if (!expects_error(context, step))
        return status;
    if (status != CC_STEP_REFUSED)
        return cc_check(context, step, "error", check_error, NULL);
    lose_surprised(context, step);
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        held[i] = !context->tracks[i].lost;
    status = cc_check(context, step, "error", check_error, &context->error);
    for (size_t i = 0; i < context->track_count; i++)
        context->tracks[i].refused = context->tracks[i].refused || (held[i] && context->tracks[i].lost);
    context->refused_step = NULL;
    return status;
}

/* ---- Statements ---- */

/* How many, and, where they are not as many as expected, which. */
static cc_match check_queries(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    const cc_texts *texts = seen;
    int64_t         count = (int64_t)texts->count;
    cc_match        match = cc_check_int(context, expected, &count, finding);

    if (match != CC_NO_MATCH)
        return match;
    orm_buffer_append(&finding->message, " statements");
    for (size_t i = 0; i < texts->count && i < CC_TRACE_TAIL; i++)
        orm_buffer_printf(&finding->detail, "%s\n", texts->items[i]);
    return match;
}

static cc_match check_sql_sent(cc_context *context, const cc_yaml *expected, const void *seen, cc_finding *finding)
{
    const cc_texts *texts = seen;

    for (size_t i = 0; i < texts->count; i++) {
        if (texts->items[i][0] == '\0') {
            orm_buffer_append(&finding->message, "too much SQL was sent to be compared");
            return CC_MATCH_BROKEN;
        }
    }
    return cc_check_texts(context, expected, texts, finding);
}

static bool wants(const cc_context *context, const cc_step *step, const char *key)
{
    for (size_t i = 0; i < context->track_count; i++)
        if (!context->tracks[i].lost && expectation(&context->tracks[i], step, key) != NULL)
            return true;
    return false;
}

cc_step_status cc_check_traffic(cc_context *context, const cc_step *step, size_t first)
{
    size_t         count = cc_trace_count(context->trace) - first;
    const char   **items = NULL;
    cc_texts       texts = { .count = count, .what = "statement" };
    cc_step_status status = CC_STEP_OK;

    if (!wants(context, step, "queries") && !wants(context, step, "sql_sent"))
        return CC_STEP_OK;
    items = orm_arena_calloc(context->arena, count, sizeof *items);
    if (items == NULL)
        return cc_broken_memory(context, step);
    for (size_t i = 0; i < count; i++) {
        items[i] = cc_trace_text(context->trace, first + i);
        items[i] = items[i] == NULL ? "" : items[i];
    }
    texts.items = items;
    status = cc_check(context, step, "queries", check_queries, &texts);
    return status == CC_STEP_OK ? cc_check(context, step, "sql_sent", check_sql_sent, &texts) : status;
}
