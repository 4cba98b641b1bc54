/*
 * PostgreSQL 15's keywords (pg_get_keywords()), sorted. Those that can't name a column without quotes are apart.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/wire/profile_private.h"

/* clang-format off */
static const char *const reserved_words[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both",
    "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch",
    "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner",
    "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime",
    "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps",
    "placing", "primary", "references", "returning", "right", "select", "session_user", "similar", "some",
    "symmetric", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using",
    "variadic", "verbose", "when", "where", "window", "with",
};

static const char *const other_keywords[] = {
    "abort", "absolute", "access", "action", "add", "admin", "after", "aggregate", "also", "alter", "always",
    "asensitive", "assertion", "assignment", "at", "atomic", "attach", "attribute", "backward", "before", "begin",
    "between", "bigint", "bit", "boolean", "breadth", "by", "cache", "call", "called", "cascade", "cascaded",
    "catalog", "chain", "char", "character", "characteristics", "checkpoint", "class", "close", "cluster", "coalesce",
    "columns", "comment", "comments", "commit", "committed", "compression", "configuration", "conflict", "connection",
    "constraints", "content", "continue", "conversion", "copy", "cost", "csv", "cube", "current", "cursor", "cycle",
    "data", "database", "day", "deallocate", "dec", "decimal", "declare", "defaults", "deferred", "definer", "delete",
    "delimiter", "delimiters", "depends", "depth", "detach", "dictionary", "disable", "discard", "document", "domain",
    "double", "drop", "each", "enable", "encoding", "encrypted", "enum", "escape", "event", "exclude", "excluding",
    "exclusive", "execute", "exists", "explain", "expression", "extension", "external", "extract", "family", "filter",
    "finalize", "first", "float", "following", "force", "forward", "function", "functions", "generated", "global",
    "granted", "greatest", "grouping", "groups", "handler", "header", "hold", "hour", "identity", "if", "immediate",
    "immutable", "implicit", "import", "include", "including", "increment", "index", "indexes", "inherit", "inherits",
    "inline", "inout", "input", "insensitive", "insert", "instead", "int", "integer", "interval", "invoker",
    "isolation", "key", "label", "language", "large", "last", "leakproof", "least", "level", "listen", "load",
    "local", "location", "lock", "locked", "logged", "mapping", "match", "matched", "materialized", "maxvalue",
    "merge", "method", "minute", "minvalue", "mode", "month", "move", "name", "names", "national", "nchar", "new",
    "next", "nfc", "nfd", "nfkc", "nfkd", "no", "none", "normalize", "normalized", "nothing", "notify", "nowait",
    "nullif", "nulls", "numeric", "object", "of", "off", "oids", "old", "operator", "option", "options", "ordinality",
    "others", "out", "over", "overlay", "overriding", "owned", "owner", "parallel", "parameter", "parser", "partial",
    "partition", "passing", "password", "plans", "policy", "position", "preceding", "precision", "prepare",
    "prepared", "preserve", "prior", "privileges", "procedural", "procedure", "procedures", "program", "publication",
    "quote", "range", "read", "real", "reassign", "recheck", "recursive", "ref", "referencing", "refresh", "reindex",
    "relative", "release", "rename", "repeatable", "replace", "replica", "reset", "restart", "restrict", "return",
    "returns", "revoke", "role", "rollback", "rollup", "routine", "routines", "row", "rows", "rule", "savepoint",
    "schema", "schemas", "scroll", "search", "second", "security", "sequence", "sequences", "serializable", "server",
    "session", "set", "setof", "sets", "share", "show", "simple", "skip", "smallint", "snapshot", "sql", "stable",
    "standalone", "start", "statement", "statistics", "stdin", "stdout", "storage", "stored", "strict", "strip",
    "subscription", "substring", "support", "sysid", "system", "tables", "tablespace", "temp", "template",
    "temporary", "text", "ties", "time", "timestamp", "transaction", "transform", "treat", "trigger", "trim",
    "truncate", "trusted", "type", "types", "uescape", "unbounded", "uncommitted", "unencrypted", "unknown",
    "unlisten", "unlogged", "until", "update", "vacuum", "valid", "validate", "validator", "value", "values",
    "varchar", "varying", "version", "view", "views", "volatile", "whitespace", "within", "without", "work",
    "wrapper", "write", "xml", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces",
    "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable", "year", "yes", "zone",
};
/* clang-format on */

static int compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
    return bsearch(word, words, count, sizeof *words, compare) != NULL;
}

bool cc_is_reserved_word(const char *word)
{
    return is_among(word, reserved_words, sizeof reserved_words / sizeof *reserved_words);
}

bool cc_is_keyword(const char *word)
{
    return cc_is_reserved_word(word) || is_among(word, other_keywords, sizeof other_keywords / sizeof *other_keywords);
}
