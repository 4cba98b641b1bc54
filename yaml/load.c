#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/map.h"
#include "base/text.h"
#include "yaml/yaml_private.h"

/* What an alias stands for, and what following it costs. */
typedef struct anchor {
    const cc_yaml *node; /* NULL while the node is still being read: an alias to it would be a cycle */
    size_t         weight;
    unsigned       height;
} anchor;

typedef struct loader {
    orm_arena    *arena;
    const char   *name;
    const char   *text;
    size_t        size;
    cc_problems  *problems;
    yaml_parser_t parser;
    orm_map       anchors; /* name -> anchor */
    size_t        nodes;   /* so far, with aliases followed */
    bool          stopped; /* reading on makes no sense */
} loader;

static cc_place place_of(const loader *l, yaml_mark_t mark)
{
    return (cc_place){ .file = l->name, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1 };
}

/* libyaml's marks count characters, its reader's errors count bytes. */
static cc_place place_of_byte(const char *name, const char *text, size_t offset)
{
    cc_place place = { .file = name, .line = 1, .column = 1 };

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

static char byte_at(const loader *l, cc_place place)
{
    cc_place at = { .line = 1, .column = 1 };

    for (size_t i = 0; i < l->size; i++) {
        if (at.line == place.line && at.column == place.column)
            return l->text[i];
        if (l->text[i] == '\n') {
            at.line++;
            at.column = 1;
        } else if (i + 1 < l->size && ((unsigned char)l->text[i + 1] & 0xC0) != 0x80) {
            at.column++;
        }
    }
    return '\0';
}

static void out_of_memory(loader *l)
{
    l->problems->out_of_memory = true;
    l->stopped = true;
}

static void syntax_problem(loader *l)
{
    const yaml_parser_t *p = &l->parser;
    cc_place             place = place_of(l, p->problem_mark);

    l->stopped = true;
    if (p->error == YAML_MEMORY_ERROR) {
        l->problems->out_of_memory = true;
        return;
    }
    if (p->error == YAML_READER_ERROR) {
        size_t offset = p->problem_offset < l->size ? p->problem_offset : l->size;

        cc_problem_add(l->problems, place_of_byte(l->name, l->text, offset), "YAML: %s", p->problem);
    } else if (byte_at(l, place) == '\t') {
        cc_problem_add(l->problems, place, "a tab stands where YAML wants spaces; indent with spaces");
    } else if (p->context != NULL) {
        cc_problem_add(l->problems, place, "YAML syntax: %s (%s that begins at line %zu)", p->problem, p->context,
                       p->context_mark.line + 1);
    } else {
        cc_problem_add(l->problems, place, "YAML syntax: %s", p->problem);
    }
}

/* False when there is no further event: then `event` needs no delete. */
static bool next_event(loader *l, yaml_event_t *event)
{
    if (l->stopped)
        return false;
    if (yaml_parser_parse(&l->parser, event) != 0)
        return true;
    syntax_problem(l);
    return false;
}

/* One more node, or the many of an alias. */
static bool count_nodes(loader *l, size_t count, cc_place place)
{
    l->nodes += count;
    if (l->nodes <= CC_YAML_NODES)
        return true;
    if (!l->stopped)
        cc_problem_add(l->problems, place, "more than %d nodes once aliases are followed; make the file smaller",
                       CC_YAML_NODES);
    l->stopped = true;
    return false;
}

static bool check_depth(loader *l, unsigned depth, cc_place place)
{
    if (depth <= CC_YAML_DEPTH)
        return true;
    cc_problem_add(l->problems, place, "nested deeper than %d levels", CC_YAML_DEPTH);
    l->stopped = true;
    return false;
}

/* Standard tags that change nothing are let through. */
static void check_tag(loader *l, const yaml_char_t *tag, const char *allowed, cc_place place)
{
    const char *text = (const char *)tag;

    if (text == NULL || strcmp(text, "!") == 0 || strcmp(text, allowed) == 0)
        return;
    cc_problem_add(l->problems, place, "the tag '%s' is not supported; leave tags out", text);
}

static cc_yaml *new_node(loader *l, cc_yaml_kind kind, cc_place place)
{
    cc_yaml *node = orm_arena_zalloc(l->arena, sizeof *node);

    if (node == NULL) {
        out_of_memory(l);
        return NULL;
    }
    *node = (cc_yaml){ .kind = kind, .place = place, .text = "" };
    return count_nodes(l, 1, place) ? node : NULL;
}

static cc_yaml *load_scalar(loader *l, const yaml_event_t *event)
{
    cc_place    place = place_of(l, event->start_mark);
    const char *value = (const char *)event->data.scalar.value;
    size_t      length = event->data.scalar.length;
    cc_yaml    *node = new_node(l, CC_YAML_STRING, place);

    if (node == NULL)
        return NULL;
    check_tag(l, event->data.scalar.tag, YAML_STR_TAG, place);
    if (memchr(value, '\0', length) != NULL)
        cc_problem_add(l->problems, place, "the text has a NUL character (\\0), which PostgreSQL cannot store");
    node->text = orm_arena_strndup(l->arena, value, length);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (node->text == NULL)
        out_of_memory(l);
    else if (!node->quoted && event->data.scalar.tag == NULL)
        cc_yaml_resolve(node, l->problems);
    return node;
}

/* A copy of the top node, so that problems with it are shown where the alias stands; what is below is shared. */
static cc_yaml *follow_alias(loader *l, const yaml_event_t *event, unsigned depth, unsigned *height)
{
    const char   *name = (const char *)event->data.alias.anchor;
    cc_place      place = place_of(l, event->start_mark);
    const anchor *target = orm_map_get_text(&l->anchors, name);
    cc_yaml      *node;

    if (target == NULL || target->node == NULL) {
        cc_problem_add(l->problems, place,
                       target == NULL ? "alias '*%s' has no anchor '&%s' before it"
                                      : "alias '*%s' stands inside what '&%s' names: a cycle",
                       name, name);
        return new_node(l, CC_YAML_NULL, place);
    }
    if (!check_depth(l, depth + target->height, place) || !count_nodes(l, target->weight, place))
        return NULL;
    node = orm_arena_memdup(l->arena, target->node, sizeof *node);
    if (node == NULL) {
        out_of_memory(l);
        return NULL;
    }
    node->place = place;
    *height = target->height;
    return node;
}

static cc_yaml *load_node(loader *l, const yaml_event_t *event, unsigned depth, unsigned *height);

static void load_list(loader *l, cc_yaml *list, unsigned depth, unsigned *height)
{
    size_t       capacity = 0;
    yaml_event_t event;

    while (next_event(l, &event)) {
        bool     ends = event.type == YAML_SEQUENCE_END_EVENT;
        unsigned below = 0;
        cc_yaml *item = ends ? NULL : load_node(l, &event, depth + 1, &below);

        yaml_event_delete(&event);
        if (item == NULL)
            return;
        if (!orm_arena_grow(l->arena, &list->items, list->count, &capacity, sizeof *list->items)) {
            out_of_memory(l);
            return;
        }
        list->items[list->count++] = item;
        *height = below + 1 > *height ? below + 1 : *height;
    }
}

/* The text of a key, or NULL after a problem; the value is read all the same. */
static const char *check_key(loader *l, const yaml_event_t *event, const cc_yaml *key)
{
    if (event->type != YAML_SCALAR_EVENT) {
        cc_problem_add(l->problems, place_of(l, event->start_mark), "a key must be a plain string, not %s",
                       event->type == YAML_ALIAS_EVENT ? "an alias" : cc_yaml_kind_name(key->kind));
        return NULL;
    }
    if (key->kind != CC_YAML_STRING) {
        cc_problem_add(l->problems, key->place, "a key must be a string, and %s is %s; quote it: \"%s\"",
                       key->text[0] != '\0' ? key->text : "an empty one", cc_yaml_kind_name(key->kind), key->text);
        return NULL;
    }
    if (!key->quoted && strcmp(key->text, "<<") == 0) {
        cc_problem_add(l->problems, key->place, "merge keys (<<) are not supported; write the keys out");
        return NULL;
    }
    return key->text;
}

/* `seen` remembers entries by number, because the array of entries moves while it grows. */
static bool add_entry(loader *l, cc_yaml *map, size_t *capacity, orm_map *seen, cc_yaml_entry entry)
{
    uintptr_t earlier = (uintptr_t)orm_map_get_text(seen, entry.key);

    if (earlier != 0) {
        cc_place first = map->entries[earlier - 1].place;

        cc_problem_add(l->problems, entry.place,
                       "the key '%s' stands here a second time; it was first given at line %u, column %u", entry.key,
                       first.line, first.column);
        return true;
    }
    if (!orm_arena_grow(l->arena, &map->entries, map->count, capacity, sizeof *map->entries))
        return false;
    map->entries[map->count++] = entry;
    return orm_map_put_text(seen, entry.key, (void *)(uintptr_t)map->count);
}

/* Reads one key and its value. False at the end of the map and when reading was stopped. */
static bool load_entry(loader *l, cc_yaml *map, size_t *capacity, orm_map *seen, unsigned depth, unsigned *height)
{
    cc_yaml_entry entry = { 0 };
    cc_yaml      *key;
    unsigned      below = 0;
    yaml_event_t  event;

    if (!next_event(l, &event))
        return false;
    key = event.type == YAML_MAPPING_END_EVENT ? NULL : load_node(l, &event, depth + 1, &below);
    if (key != NULL && !l->stopped) {
        entry.key = check_key(l, &event, key);
        entry.place = place_of(l, event.start_mark);
    }
    yaml_event_delete(&event);
    if (key == NULL || !next_event(l, &event))
        return false;
    entry.value = load_node(l, &event, depth + 1, &below);
    yaml_event_delete(&event);
    if (entry.value == NULL)
        return false;
    *height = below + 1 > *height ? below + 1 : *height;
    if (entry.key != NULL && !add_entry(l, map, capacity, seen, entry))
        out_of_memory(l);
    return !l->stopped;
}

static void load_map(loader *l, cc_yaml *map, unsigned depth, unsigned *height)
{
    size_t  capacity = 0;
    orm_map seen;

    orm_map_init(&seen, orm_arena_allocator(l->arena));
    while (load_entry(l, map, &capacity, &seen, depth, height))
        ;
    orm_map_free(&seen);
}

static cc_yaml *load_collection(loader *l, const yaml_event_t *event, unsigned depth, unsigned *height)
{
    bool     is_map = event->type == YAML_MAPPING_START_EVENT;
    cc_place place = place_of(l, event->start_mark);
    cc_yaml *node = check_depth(l, depth, place) ? new_node(l, is_map ? CC_YAML_MAP : CC_YAML_LIST, place) : NULL;

    if (node == NULL)
        return NULL;
    if (is_map) {
        check_tag(l, event->data.mapping_start.tag, YAML_MAP_TAG, place);
        load_map(l, node, depth, height);
    } else {
        check_tag(l, event->data.sequence_start.tag, YAML_SEQ_TAG, place);
        load_list(l, node, depth, height);
    }
    return node;
}

static anchor *open_anchor(loader *l, const yaml_char_t *name)
{
    anchor *opened = orm_arena_zalloc(l->arena, sizeof *opened);
    char   *key = orm_arena_strdup(l->arena, (const char *)name);

    /* A later anchor of the same name replaces the earlier one. */
    if (opened == NULL || key == NULL || !orm_map_put_text(&l->anchors, key, opened)) {
        out_of_memory(l);
        return NULL;
    }
    return opened;
}

/*
 * The node that begins with `event`, or NULL when reading was stopped. `*height` becomes the number of levels below it.
 * Recursion is bounded by CC_YAML_DEPTH.
 */
static cc_yaml *load_node(loader *l, const yaml_event_t *event, unsigned depth, unsigned *height)
{
    const yaml_char_t *name = NULL;
    anchor            *named = NULL;
    size_t             nodes_before = l->nodes;
    cc_yaml           *node;

    *height = 0;
    if (event->type == YAML_ALIAS_EVENT)
        return follow_alias(l, event, depth, height);
    if (event->type == YAML_SCALAR_EVENT)
        name = event->data.scalar.anchor;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        name = event->data.sequence_start.anchor;
    else
        name = event->data.mapping_start.anchor;
    if (name != NULL && (named = open_anchor(l, name)) == NULL)
        return NULL;
    node = event->type == YAML_SCALAR_EVENT ? load_scalar(l, event) : load_collection(l, event, depth, height);
    if (named != NULL)
        *named = (anchor){ .node = node, .weight = l->nodes - nodes_before, .height = *height };
    return node;
}

/* Stream start, document start, the node, document end, stream end. */
static cc_yaml *load_stream(loader *l)
{
    cc_yaml     *root = NULL;
    bool         ended = false;
    size_t       documents = 0;
    yaml_event_t event;

    while (!ended && next_event(l, &event)) {
        unsigned height = 0;

        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (documents++ > 0) {
                cc_problem_add(l->problems, place_of(l, event.start_mark),
                               "a second document begins here; a file has one, so put it into a file of its own");
                l->stopped = true;
            }
            break;
        case YAML_STREAM_END_EVENT:
            ended = true;
            break;
        default:
            root = load_node(l, &event, 1, &height);
            break;
        }
        yaml_event_delete(&event);
    }
    if (ended && root == NULL)
        root = new_node(l, CC_YAML_NULL, (cc_place){ .file = l->name, .line = 1, .column = 1 });
    return root;
}

/* What libyaml would only notice vaguely or not at all. */
static bool check_bytes(const char *name, const char *text, size_t size, cc_problems *problems)
{
    size_t      valid = orm_utf8_valid_prefix(text, size);
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;

    if (size > CC_YAML_FILE_LIMIT) {
        cc_problem_add(problems, (cc_place){ .file = name }, "the file is larger than %zu MiB; split it",
                       CC_YAML_FILE_LIMIT >> 20);
        return false;
    }
    if (valid < size)
        cc_problem_add(problems, place_of_byte(name, text, valid), "the byte 0x%02X is not valid UTF-8",
                       (unsigned)(unsigned char)text[valid]);
    if (nul != NULL)
        cc_problem_add(problems, place_of_byte(name, text, (size_t)(nul - text)), "a NUL byte; the file must be text");
    return valid == size && nul == NULL;
}

cc_yaml *cc_yaml_load_text(orm_arena *arena, const char *name, const char *text, size_t size, cc_problems *problems)
{
    size_t   problems_before = problems->count;
    loader   l = { .arena = arena, .text = text, .size = size, .problems = problems };
    cc_yaml *root;

    /* Places outlive the caller's string. */
    l.name = orm_arena_strdup(arena, name);
    if (l.name == NULL || yaml_parser_initialize(&l.parser) == 0) {
        problems->out_of_memory = true;
        return NULL;
    }
    orm_map_init(&l.anchors, orm_arena_allocator(arena));
    l.stopped = !check_bytes(l.name, text, size, problems);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)text, size);
    root = load_stream(&l);
    yaml_parser_delete(&l.parser);
    orm_map_free(&l.anchors);
    return problems->count > problems_before || problems->out_of_memory ? NULL : root;
}

/* Reads at most one byte more than may be; NULL with errno set. The caller frees it. */
static char *read_all(int file, size_t *size)
{
    size_t room = CC_YAML_FILE_LIMIT + 1;
    char  *text = malloc(room);

    *size = 0;
    while (text != NULL && *size < room) {
        ssize_t got = read(file, text + *size, room - *size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(text);
            return NULL;
        }
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return text;
}

cc_yaml *cc_yaml_load_file(orm_arena *arena, const char *path, cc_problems *problems)
{
    cc_place    place = { .file = orm_arena_strdup(arena, path) };
    struct stat status;
    cc_yaml    *root = NULL;
    char       *text = NULL;
    size_t      size = 0;
    int         file;

    if (place.file == NULL) {
        problems->out_of_memory = true;
        return NULL;
    }
    /* Without O_NONBLOCK a pipe nobody writes to would hang the run. */
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0 || (S_ISREG(status.st_mode) && (text = read_all(file, &size)) == NULL))
        cc_problem_add(problems, place, "cannot read the file: %s", strerror(errno));
    else if (text == NULL)
        cc_problem_add(problems, place, "cannot read it: it is not a regular file");
    else
        root = cc_yaml_load_text(arena, path, text, size, problems);
    free(text);
    if (file >= 0)
        close(file);
    return root;
}
