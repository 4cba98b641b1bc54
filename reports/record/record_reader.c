#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/map.h"
#include "base/text.h"
#include "reports/record/record_private.h"

/* A case keeps head and tail of its SQL, so a longer line was not written by crdbcheck. */
#define LINE_LIMIT ((size_t)256 << 20)

typedef struct reading {
    orm_arena *arena;
    FILE      *file;
    orm_buffer line;
    size_t     number;
    cc_record *record;
    size_t     capacity;
    orm_map    seen; /* the cases, by what tells them apart */
    bool       has_header;
    orm_error  problem; /* of the line, before its place is put in front */
} reading;

/* One object of one line. NULL: `error` says why. The caller gives it back. */
static json_t *parse(const char *text, size_t size, orm_error *error)
{
    json_error_t why;
    json_t      *json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);

    if (json == NULL) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "no JSON: %s (column %d)", why.text, why.column);
    } else if (!json_is_object(json)) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "no map of header, case or footer");
        json_decref(json);
        json = NULL;
    }
    return json;
}

orm_status cc_record_case_from_json(orm_arena *arena, const char *json, size_t size, cc_record_case *out,
                                    orm_error *error)
{
    json_t    *object = parse(json, size, error);
    orm_status status = ORM_OK;

    if (object == NULL)
        return ORM_ERR_CONFIG;
    memset(out, 0, sizeof *out);
    status = cc_shape_read(arena, &cc_case_shape, object, out, error);
    json_decref(object);
    return status;
}

/* The next line without its newline into r->line. False at the file's end; *whole tells whether a newline was met. */
static bool next_line(reading *r, bool *whole)
{
    int c = EOF;

    orm_buffer_reset(&r->line);
    while ((c = getc_unlocked(r->file)) != EOF && c != '\n')
        orm_buffer_append_char(&r->line, (char)c);
    *whole = c == '\n';
    r->number++;
    return *whole || r->line.length > 0 || r->line.broken;
}

static orm_status read_header(reading *r, json_t *json)
{
    cc_record_header *header = &r->record->header;
    const json_t     *format = json_object_get(json, "format");

    /* First of all: what else a newer format says may not even fit our shapes. */
    if (json_is_integer(format) && json_integer_value(format) > CC_RECORD_FORMAT)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0,
                        "the record has format %" JSON_INTEGER_FORMAT
                        ", this program reads up to %d: take a newer crdbcheck",
                        json_integer_value(format), CC_RECORD_FORMAT);
    if (json_is_integer(format) && json_integer_value(format) < 1)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "key 'format' of a header must be 1 or more");
    r->has_header = true;
    return cc_shape_read(r->arena, &cc_header_shape, json, header, &r->problem);
}

static bool has_target(const cc_record_header *header, const char *name)
{
    for (size_t i = 0; i < header->target_count; i++) {
        if (orm_text_equal(header->targets[i].name, name))
            return true;
    }
    return false;
}

/* Counted twice, a case would tell of a run that never was. */
static orm_status check_new(reading *r, const cc_record_case *item)
{
    const char *key = orm_arena_printf(r->arena, "%s\n%s\n%s\n%s", item->target, item->preset, item->mode, item->id);

    if (key == NULL)
        return orm_fail_memory(&r->problem);
    if (orm_map_get_text(&r->seen, key) != NULL)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "the case '%s' stands here a second time for target '%s'",
                        item->id, item->target);
    return orm_map_put_text(&r->seen, key, r) ? ORM_OK : orm_fail_memory(&r->problem);
}

static orm_status read_case(reading *r, json_t *json)
{
    cc_record     *record = r->record;
    cc_record_case item = { 0 };
    orm_status     status = cc_shape_read(r->arena, &cc_case_shape, json, &item, &r->problem);

    if (status != ORM_OK)
        return status;
    if (!has_target(&record->header, item.target))
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "target '%s' of case '%s' is not in the header", item.target,
                        item.id);
    status = check_new(r, &item);
    if (status != ORM_OK)
        return status;
    if (!orm_arena_grow(r->arena, &record->cases, record->case_count, &r->capacity, sizeof *record->cases))
        return orm_fail_memory(&r->problem);
    record->cases[record->case_count++] = item;
    return ORM_OK;
}

static orm_status read_object(reading *r, json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));

    if (type == NULL)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "no 'type': this is no line of a run record");
    if (!r->has_header && !orm_text_equal(type, "header"))
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "a run record starts with its header, not with a '%s'", type);
    if (r->record->complete)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "a '%s' after the footer: are these two records in one file?",
                        type);
    if (orm_text_equal(type, "case"))
        return read_case(r, json);
    if (orm_text_equal(type, "footer")) {
        r->record->complete = true;
        return cc_shape_read(r->arena, &cc_footer_shape, json, &r->record->footer, &r->problem);
    }
    if (!orm_text_equal(type, "header"))
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "unknown type '%s'", type);
    if (r->has_header)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "a second header: are these two records in one file?");
    return read_header(r, json);
}

/* A last line without newline that is no JSON was cut off: the run was killed while it wrote. */
static orm_status read_lines(reading *r)
{
    bool whole = false;

    while (next_line(r, &whole)) {
        json_t    *json = NULL;
        orm_status status = ORM_OK;

        if (r->line.broken)
            return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "the line is too long for a run record, or memory is out");
        json = parse(r->line.data, r->line.length, &r->problem);
        if (json == NULL && !whole && r->has_header)
            return ORM_OK;
        if (json == NULL && !whole)
            return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "the file ends within its first line: it has no header");
        if (json == NULL)
            return r->problem.status;
        status = read_object(r, json);
        json_decref(json);
        if (status != ORM_OK)
            return status;
    }
    if (ferror(r->file))
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "cannot be read: %s", strerror(errno));
    if (!r->has_header)
        return orm_fail(&r->problem, ORM_ERR_CONFIG, 0, "the file is empty: it has no header");
    return ORM_OK;
}

orm_status cc_record_read(orm_arena *arena, const char *path, cc_record **out, orm_error *error)
{
    reading    r = { .arena = arena, .record = orm_arena_zalloc(arena, sizeof *r.record) };
    orm_status status = ORM_OK;

    if (r.record == NULL || (r.record->path = orm_arena_strdup(arena, path)) == NULL)
        return orm_fail_memory(error);
    r.file = fopen(path, "re");
    if (r.file == NULL)
        return orm_fail(error, ORM_ERR_CONFIG, 0, "cannot read the run record %s: %s", path, strerror(errno));
    orm_buffer_init(&r.line, NULL, LINE_LIMIT);
    orm_map_init(&r.seen, orm_arena_allocator(arena));
    status = read_lines(&r);
    orm_map_free(&r.seen);
    orm_buffer_free(&r.line);
    fclose(r.file);
    if (status != ORM_OK)
        return orm_fail(error, status, 0, "%s:%zu: %s", path, r.number, r.problem.message);
    *out = r.record;
    return ORM_OK;
}

void cc_record_count(const cc_record *record, size_t counts[CC_STATUS_COUNT])
{
    memset(counts, 0, CC_STATUS_COUNT * sizeof counts[0]);
    for (size_t i = 0; i < record->case_count; i++)
        counts[record->cases[i].status]++;
}
