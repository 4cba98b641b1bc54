/*
 * The table of all steps: what the loader checks case files by, and what the schema for editors and the reference page are
 * printed from. A new step is a row here and a function in the file of its family.
 */
#include "harness/steps/steps_private.h"

/* clang-format off */
#define END { .name = NULL }
#define EM { "em", CC_ARG_EM, .help = "the entity manager that does it; default: main" }
#define AS(help_) { "as", CC_ARG_BIND, .help = (help_) }
#define ENTITY { "entity", CC_ARG_ENTITY, .required = true, .help = "an entity of this file" }
#define DATA { "data", CC_ARG_DATA, .required = true, .help = "properties and their values; \"${name}\" is an entity or value" }
#define DATA_LIST { "data", CC_ARG_DATA_LIST, .required = true, .help = "rows: properties and their values" }
#define WHERE_ROWS { "where", CC_ARG_WHERE, .help = "which rows, as for find; default: all" }
#define AFFECTED { "affected", CC_ARG_INT, .help = "how many rows it must affect", .expects = true }
#define CONFLICT \
    { "conflict_fields", CC_ARG_FIELDS, .help = "what must be unique; default: the key, else a unique property" }, \
    { "action", CC_ARG_WORD, .words = cc_conflict_actions, .help = "what a row that is there does; default: merge" }, \
    { "merge_fields", CC_ARG_FIELDS, .help = "only these are merged" }, \
    { "exclude_fields", CC_ARG_FIELDS, .help = "these are not merged" }, \
    { "where", CC_ARG_WHERE, .help = "on the row that is there: else nothing is merged" }
#define REF { "ref", CC_ARG_REF, .required = true, .help = "the entity, as \"${name}\"" }
#define ISOLATION { "isolation", CC_ARG_WORD, .words = cc_isolation_words, .help = "isolation level; default: the server's" }
#define READ_ONLY { "read_only", CC_ARG_BOOL, .help = "the transaction may not write" }
#define FLUSH_MODE { "flush_mode", CC_ARG_WORD, .words = cc_flush_mode_words, .help = "which queries flush first; default: as outside" }
#define LOCK { "lock", CC_ARG_WORD, .words = cc_lock_words, .help = "what is found is locked until the transaction's end" }
#define LOCK_ALIASES { "lock_aliases", CC_ARG_TEXTS, .help = "only rows of these tables, by their aliases in the query" }
#define POPULATE { "populate", CC_ARG_PATHS, .help = "relations to load with it, as paths; \"*\", \"tags:ref\", \"$infer\"" }
#define WHERE(required_) { "where", CC_ARG_WHERE, .required = (required_), \
    .help = "a condition in MikroORM's words, or a primary key" }
#define STRATEGY { "strategy", CC_ARG_WORD, .words = cc_strategy_words, .help = "how relations are loaded" }
#define ORDER { "order", CC_ARG_ORDER, .help = "properties, each asc or desc" }
#define LOADING \
    { "hints", CC_ARG_HINTS, .help = "more about single populated relations" }, \
    { "populate_where", CC_ARG_WHERE, .help = "limits what is populated, not what is found" }, \
    { "populate_infer", CC_ARG_BOOL, .help = "what `where` says of populated relations limits them, too" }, \
    { "populate_order", CC_ARG_ORDER, .help = "order of populated collections" }, \
    { "fields", CC_ARG_FIELDS, .help = "only these properties, as paths" }, \
    { "exclude", CC_ARG_FIELDS, .help = "all but these properties, as paths" }
#define FILTERS \
    { "filters", CC_ARG_FILTERS, .help = "filters that are on or off for it, or their parameters" }, \
    { "no_filters", CC_ARG_BOOL, .help = "all but those that `filters` names are off" }
#define REFRESH { "refresh", CC_ARG_BOOL, .help = "overwrite loaded entities with their rows" }
/* clang-format on */

static const cc_key_def create_keys[] = { ENTITY, DATA, AS("name of the new entity"), EM, END };
static const cc_key_def assign_keys[] = { REF, DATA, END };
static const cc_key_def ref_keys[] = { REF,
                                       { "em", CC_ARG_EM, .help = "default: the one that the entity is from" },
                                       END };
/* clang-format off */
#define OF { "of", CC_ARG_COLLECTION, .required = true, .help = "the collection, as \"${name.property}\"" }
#define ITEMS { "items", CC_ARG_ITEMS, .required = true, .help = "the entities, each as \"${name}\"" }
/* clang-format on */

static const cc_key_def items_keys[] = { OF, ITEMS, END };
static const cc_key_def collection_load_keys[] = {
    OF,
    POPULATE,
    STRATEGY,
    FILTERS,
    ORDER,
    { "limit", CC_ARG_INT, .help = "at most so many" },
    { "offset", CC_ARG_INT, .help = "after so many" },
    REFRESH,
    END,
};
static const cc_key_def collection_count_keys[] = {
    OF,
    WHERE(false),
    { "is", CC_ARG_INT, .required = true, .help = "how many there must be", .expects = true },
    END,
};
static const cc_key_def collection_matching_keys[] = {
    OF,
    WHERE(false),
    POPULATE,
    STRATEGY,
    FILTERS,
    ORDER,
    { "limit", CC_ARG_INT, .help = "at most so many" },
    { "offset", CC_ARG_INT, .help = "after so many" },
    { "count", CC_ARG_INT, .help = "how many must be found", .expects = true },
    AS("name of the list"),
    END,
};

static const cc_key_def em_keys[] = { EM, END };
static const cc_key_def fork_keys[] = {
    { "as", CC_ARG_NEW_EM, .required = true, .help = "name of the new entity manager" },
    END,
};

static const cc_key_def insert_keys[] = { ENTITY, DATA, AS("name of the key: one row, with its parts"), EM, END };
static const cc_key_def insert_many_keys[] = { ENTITY, DATA_LIST, AS("name of the keys: a row for each"), EM, END };
static const cc_key_def native_update_keys[] = { ENTITY, WHERE_ROWS, DATA, AFFECTED, EM, END };
static const cc_key_def native_delete_keys[] = { ENTITY, WHERE_ROWS, AFFECTED, EM, END };
static const cc_key_def merge_keys[] = { ENTITY, DATA, REFRESH, AS("name of the entity"), EM, END };
static const cc_key_def upsert_keys[] = { ENTITY, DATA, CONFLICT, AS("name of the entity"), EM, END };
static const cc_key_def upsert_many_keys[] = {
    ENTITY, DATA_LIST, CONFLICT, { "batch_size", CC_ARG_INT, .help = "rows in one statement; default: the run's" },
    AS("name of the list"), EM, END,
};

static const cc_key_def find_keys[] = {
    ENTITY,
    WHERE(false),
    POPULATE,
    STRATEGY,
    ORDER,
    { "limit", CC_ARG_INT, .help = "at most so many" },
    { "offset", CC_ARG_INT, .help = "after so many" },
    REFRESH,
    FLUSH_MODE,
    LOADING,
    FILTERS,
    LOCK,
    LOCK_ALIASES,
    { "count", CC_ARG_INT, .help = "how many must be found", .expects = true },
    { "total", CC_ARG_INT, .help = "how many there must be without limit and offset; it then is a findAndCount", .expects = true },
    AS("name of the list"),
    EM,
    END,
};

static const cc_key_def find_one_keys[] = {
    ENTITY,
    WHERE(true),
    POPULATE,
    STRATEGY,
    ORDER,
    REFRESH,
    FLUSH_MODE,
    LOADING,
    FILTERS,
    LOCK,
    LOCK_ALIASES,
    { "lock_version", CC_ARG_MATCHER, .help = "lock: optimistic; the version that it must have" },
    { "or_fail", CC_ARG_BOOL, .help = "finding nothing is an error" },
    AS("name of the entity, which is null when there is none"),
    EM,
    END,
};

static const cc_key_def count_keys[] = {
    ENTITY, WHERE(false), FILTERS, { "is", CC_ARG_INT, .required = true, .help = "how many there must be", .expects = true }, EM, END,
};

static const cc_key_def page_keys[] = {
    ENTITY,
    WHERE(false),
    { "order", CC_ARG_ORDER, .required = true, .help = "properties, each asc or desc; best ending with the key" },
    { "first", CC_ARG_INT, .help = "forward: at most so many" },
    { "after", CC_ARG_MATCHER, .help = "forward: behind this cursor" },
    { "last", CC_ARG_INT, .help = "backward: at most so many" },
    { "before", CC_ARG_MATCHER, .help = "backward: before this cursor" },
    POPULATE,
    STRATEGY,
    REFRESH,
    LOADING,
    FILTERS,
    { "total", CC_ARG_INT, .help = "how many there must be in all pages", .expects = true },
    { "has_next", CC_ARG_MATCHER, .help = "whether a page must follow", .expects = true },
    { "has_previous", CC_ARG_MATCHER, .help = "whether a page must come before", .expects = true },
    { "start_cursor", CC_ARG_MATCHER, .help = "the cursor of the first one", .expects = true },
    { "end_cursor", CC_ARG_MATCHER, .help = "the cursor of the last one", .expects = true },
    AS("name of the list"),
    EM,
    END,
};

static const cc_key_def populate_keys[] = {
    { "ref", CC_ARG_REFS, .required = true, .help = "an entity or a list of them, as \"${name}\"" },
    { "populate", CC_ARG_PATHS, .required = true, .help = "relations to load, as paths" },
    STRATEGY,
    REFRESH,
    LOADING,
    FILTERS,
    END,
};

static const cc_key_def reference_keys[] = {
    ENTITY, { "key", CC_ARG_MATCHER, .required = true, .help = "its primary key" }, AS("name of the entity"), EM, END,
};

static const cc_key_def begin_keys[] = { ISOLATION, READ_ONLY, FLUSH_MODE, EM, END };

static const cc_key_def transactional_keys[] = {
    { "steps", CC_ARG_STEPS, .required = true, .help = "what runs in the transaction" },
    { "propagation", CC_ARG_WORD, .words = cc_propagation_words,
      .help = "what it does about a transaction that is open; default: nested" },
    ISOLATION,
    READ_ONLY,
    FLUSH_MODE,
    { "retry", CC_ARG_INT, .help = "how often the steps may run when they cannot be serialized; default: once" },
    { "attempts", CC_ARG_INT, .help = "how often they must have run", .expects = true },
    EM,
    END,
};

static const cc_key_def lock_keys[] = {
    REF,
    { "mode", CC_ARG_WORD, .required = true, .words = cc_lock_words, .help = "how" },
    { "version", CC_ARG_MATCHER, .help = "mode: optimistic; the version that it must have" },
    END,
};

static const cc_key_def flush_mode_keys[] = {
    { "mode", CC_ARG_WORD, .required = true, .words = cc_flush_mode_words, .help = "which queries flush first" },
    EM,
    END,
};

static const cc_key_def on_attempt_keys[] = {
    { "number", CC_ARG_INT, .required = true, .help = "the attempt, from 1" },
    { "steps", CC_ARG_STEPS, .required = true, .help = "what runs in that attempt" },
    EM,
    END,
};

static const cc_key_def filter_keys[] = {
    { "name", CC_ARG_FILTER, .required = true, .help = "the filter" },
    { "state", CC_ARG_WORD, .words = cc_filter_states, .help = "default: as it is" },
    { "params", CC_ARG_PARAMS, .help = "its parameters from now on, in place of those from before" },
    EM,
    END,
};

static const cc_key_def schema_keys[] = {
    { "action", CC_ARG_WORD, .required = true, .words = cc_schema_actions,
      .help = "what is done; the ones with -sql send nothing" },
    { "sql_contains", CC_ARG_TEXTS, .help = "parts of the SQL: texts, or patterns", .expects = true },
    { "drop_migrations_table", CC_ARG_BOOL, .help = "drop: the table of migrations too" },
    END,
};

static const cc_key_def sql_keys[] = {
    { "query", CC_ARG_TEXT, .required = true, .help = "SQL as it is sent; with params it uses $1, $2, ..." },
    { "params", CC_ARG_VALUES, .help = "values of $1, $2, ..." },
    { "rows", CC_ARG_ROWS, .help = "the rows that must come", .expects = true },
    { "unordered", CC_ARG_BOOL, .help = "the rows may come in any order" },
    { "columns", CC_ARG_TEXTS, .help = "the names of the columns", .expects = true },
    { "affected", CC_ARG_INT, .help = "how many rows it must affect", .expects = true },
    AS("name of the rows"),
    EM,
    END,
};

static const cc_key_def expect_keys[] = {
    { "that", CC_ARG_EXPECT, .required = true, .help = "paths and what must stand there", .expects = true },
    END,
};

static const cc_key_def change_sets_keys[] = {
    { "rows", CC_ARG_ROWS, .expects = true,
      .help = "create, update or delete; the entity's type; {property: value}, of an update {property: [old, new]}" },
    { "pairs", CC_ARG_ROWS, .help = "of many-to-many: add or remove; Type.property; owner; target", .expects = true },
    { "unordered", CC_ARG_BOOL, .help = "the rows may come in any order" },
    EM,
    END,
};

static const cc_key_def to_json_keys[] = {
    { "ref", CC_ARG_REFS, .required = true, .help = "an entity or a list of them, as \"${name}\"" },
    { "populate", CC_ARG_PATHS, .help = "relations to write as objects and not as keys" },
    { "exclude", CC_ARG_FIELDS, .help = "properties to leave out, as paths" },
    { "skip_null", CC_ARG_BOOL, .help = "leave out what is null" },
    { "is", CC_ARG_MATCHER, .required = true, .help = "what the JSON must be", .expects = true },
    END,
};

static const cc_key_def stream_keys[] = {
    ENTITY,
    WHERE(false),
    POPULATE,
    ORDER,
    { "limit", CC_ARG_INT, .help = "at most so many" },
    { "offset", CC_ARG_INT, .help = "after so many" },
    FLUSH_MODE,
    LOADING,
    { "stop_after", CC_ARG_INT, .help = "end it after so many, and leave the rest unread" },
    { "count", CC_ARG_INT, .help = "how many must come", .expects = true },
    { "items", CC_ARG_MATCHER, .help = "the list of what must come, each as JSON with what is populated", .expects = true },
    EM,
    END,
};

static const cc_key_def deadline_keys[] = {
    { "ms", CC_ARG_INT, .required = true, .help = "milliseconds for all that follows, together; 0: no deadline any more" },
    EM,
    END,
};

static const cc_key_def map_keys[] = {
    ENTITY,
    { "query", CC_ARG_TEXT, .required = true, .help = "SQL whose columns have the names of the entity's" },
    AS("name of the list"),
    EM,
    END,
};

static const cc_key_def events_keys[] = {
    { "rows", CC_ARG_ROWS, .required = true, .help = "each the event and the type of its entity, or null", .expects = true },
    EM,
    END,
};

static const cc_key_def on_event_keys[] = {
    { "event", CC_ARG_WORD, .required = true, .words = cc_event_words, .help = "what it waits for" },
    { "entity", CC_ARG_ENTITY, .help = "only of entities of this type" },
    { "once", CC_ARG_BOOL, .help = "the first time only" },
    AS("name of the event's entity, for the steps"),
    { "steps", CC_ARG_STEPS, .required = true, .help = "what runs each time; when a step fails, so does what is under way" },
    EM,
    END,
};

static const cc_key_def no_keys[] = { END };

static const cc_step_def steps[] = {
    { .name = "create",
      .help = "make a new entity, which the next flush inserts",
      .keys = create_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_create },
    { .name = "assign", .help = "change properties of an entity", .keys = assign_keys, .run = cc_step_assign },
    { .name = "persist",
      .help = "have an entity inserted by the next flush",
      .keys = ref_keys,
      .short_key = "ref",
      .run = cc_step_persist },
    { .name = "remove",
      .help = "have an entity deleted by the next flush",
      .keys = ref_keys,
      .short_key = "ref",
      .run = cc_step_remove },
    { .name = "collection_add",
      .help = "put entities into a collection, loaded or not",
      .keys = items_keys,
      .run = cc_step_collection_add },
    { .name = "collection_remove",
      .help = "take entities out of a collection, loaded or not",
      .keys = items_keys,
      .run = cc_step_collection_remove },
    { .name = "collection_set",
      .help = "make a collection hold these entities and no others, loaded or not",
      .keys = items_keys,
      .run = cc_step_collection_set },
    { .name = "collection_load",
      .help = "load the items of a collection",
      .keys = collection_load_keys,
      .short_key = "of",
      .run = cc_step_collection_load },
    { .name = "collection_count",
      .help = "count the items of a collection in the database",
      .keys = collection_count_keys,
      .run = cc_step_collection_count },
    { .name = "collection_matching",
      .help = "look for items of a collection in the database",
      .keys = collection_matching_keys,
      .yields = CC_YIELDS_LIST,
      .run = cc_step_collection_matching },
    { .name = "flush",
      .help = "write all that is new, changed and removed",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_flush },
    { .name = "clear",
      .help = "forget all entities of an entity manager",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_clear },
    { .name = "fork",
      .help = "make another entity manager",
      .keys = fork_keys,
      .short_key = "as",
      .run = cc_step_fork },
    { .name = "insert",
      .help = "insert a row without an entity",
      .keys = insert_keys,
      .yields = CC_YIELDS_ROWS,
      .run = cc_step_insert },
    { .name = "insert_many",
      .help = "insert rows without entities",
      .keys = insert_many_keys,
      .yields = CC_YIELDS_ROWS,
      .run = cc_step_insert_many },
    { .name = "native_update",
      .help = "set properties in all rows that match",
      .keys = native_update_keys,
      .run = cc_step_native_update },
    { .name = "native_delete",
      .help = "delete all rows that match",
      .keys = native_delete_keys,
      .run = cc_step_native_delete },
    { .name = "merge",
      .help = "have an entity managed as if its row had been loaded, without asking the server",
      .keys = merge_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_merge },
    { .name = "upsert",
      .help = "insert a row, or update the one that is there",
      .keys = upsert_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_upsert },
    { .name = "upsert_many",
      .help = "insert rows, or update those that are there",
      .keys = upsert_many_keys,
      .yields = CC_YIELDS_LIST,
      .run = cc_step_upsert_many },
    { .name = "find",
      .help = "find entities",
      .keys = find_keys,
      .short_key = "entity",
      .yields = CC_YIELDS_LIST,
      .run = cc_step_find },
    { .name = "find_one",
      .help = "find one entity",
      .keys = find_one_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_find_one },
    { .name = "find_by_cursor",
      .help = "find a page by cursor",
      .keys = page_keys,
      .yields = CC_YIELDS_LIST,
      .run = cc_step_find_page },
    { .name = "count", .help = "count entities", .keys = count_keys, .run = cc_step_count },
    { .name = "populate",
      .help = "load more of entities that are loaded",
      .keys = populate_keys,
      .run = cc_step_populate },
    { .name = "reference",
      .help = "the entity of a key, without asking the server",
      .keys = reference_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_reference },
    { .name = "begin",
      .help = "begin a transaction, or set a savepoint in one",
      .keys = begin_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_begin },
    { .name = "commit",
      .help = "flush, then commit the innermost transaction",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_commit },
    { .name = "rollback",
      .help = "roll the innermost transaction back",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_rollback },
    { .name = "transactional",
      .help = "run steps in a transaction that ends with them; one that is independent or has retries is an em of its own",
      .keys = transactional_keys,
      .short_key = "steps",
      .run = cc_step_transactional },
    { .name = "on_attempt",
      .help = "run steps in one attempt of the enclosing transactional, and not in others",
      .keys = on_attempt_keys,
      .run = cc_step_on_attempt },
    { .name = "lock",
      .help = "lock an entity's row until the transaction's end, or compare its version in memory",
      .keys = lock_keys,
      .run = cc_step_lock },
    { .name = "filter",
      .help = "switch a filter for an entity manager, and set its parameters",
      .keys = filter_keys,
      .run = cc_step_filter },
    { .name = "flush_mode",
      .help = "say which queries flush first what is pending",
      .keys = flush_mode_keys,
      .short_key = "mode",
      .run = cc_step_flush_mode },
    { .name = "change_sets",
      .help = "ask what the next flush would write, without sending anything",
      .keys = change_sets_keys,
      .run = cc_step_change_sets },
    { .name = "to_json", .help = "write entities as JSON", .keys = to_json_keys, .run = cc_step_to_json },
    { .name = "stream",
      .help = "find entities one after the other, none of which is kept",
      .keys = stream_keys,
      .short_key = "entity",
      .run = cc_step_stream },
    { .name = "map",
      .help = "make entities of the rows of raw SQL",
      .keys = map_keys,
      .yields = CC_YIELDS_LIST,
      .run = cc_step_map },
    { .name = "deadline",
      .help = "have all that an entity manager does from now on done by then, or fail",
      .keys = deadline_keys,
      .short_key = "ms",
      .run = cc_step_deadline },
    { .name = "cancel",
      .help = "stop what an entity manager does next in its transaction",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_cancel },
    { .name = "record_events",
      .help = "write down from now on what an entity manager tells its subscribers",
      .keys = em_keys,
      .short_key = "em",
      .bare = true,
      .run = cc_step_record_events },
    { .name = "events",
      .help = "compare what was told since they were recorded, or last compared",
      .keys = events_keys,
      .run = cc_step_events },
    { .name = "on_event",
      .help = "run steps whenever an entity manager tells of something",
      .keys = on_event_keys,
      .yields = CC_YIELDS_ENTITY,
      .run = cc_step_on_event },
    { .name = "throw",
      .help = "fail on purpose: the enclosing transactional rolls back, and the case goes on",
      .keys = no_keys,
      .bare = true,
      .run = cc_step_throw },
    { .name = "schema",
      .help = "create, drop or update the tables of the entities",
      .keys = schema_keys,
      .short_key = "action",
      .changes_schema = true,
      .run = cc_step_schema },
    { .name = "sql",
      .help = "send SQL and look at its result",
      .keys = sql_keys,
      .short_key = "query",
      .yields = CC_YIELDS_ROWS,
      .run = cc_step_sql },
    { .name = "expect",
      .help = "compare entities, lists and rows with what they must be",
      .keys = expect_keys,
      .short_key = "that",
      .checks = true,
      .run = cc_step_expect },
    { .name = NULL },
};

const cc_step_def *cc_steps(void)
{
    return steps;
}
