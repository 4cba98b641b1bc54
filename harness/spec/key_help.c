#include <string.h>

#include "harness/spec/spec_private.h"

static const cc_key_help help_of[] = {
    { "feature", "The feature of the page that the cases are about: an id of features.yaml.", "#feature" },
    { "entities", "The entities that the cases work with, by name.", "#entities" },
    { "modes", "Settings under which all cases are run again, by name.", "#modes" },
    { "isolation", "file: one database for all cases, emptied between them. case: a database for each.", "#isolation" },
    { "requires", "Where the case can run at all; elsewhere it is skipped with this reason.", "#requires" },
    { "sim", "Why the case says nothing on a simulated server: {no: reason}.", "#sim" },
    { "cases", "The cases.", "#cases" },
    { "id", "The case is known as FEATURE/ID: unique, stable, never reused.", "#id" },
    { "name", "Of a case: one line on what it shows. Of an index: its name, by default MikroORM's.", "#text" },
    { "proves", "The claims that the case decides.", "#claims" },
    { "touches", "Claims that the case is about without deciding them.", "#claims" },
    { "outcome", "What happens on each platform.", "#outcomes" },
    { "steps", "What is done, in this order.", "#steps" },
    { "timeout", "Seconds after which the case is given up.", "#timeout" },
    { "table", "Name of the table; by default the entity's in snake case.", "#text" },
    { "comment", "Comment on the table or column.", "#text" },
    { "properties", "The entity's properties, by name.", "#properties" },
    { "uniques", "Unique constraints over several properties.", "#indexes" },
    { "indexes", "Indexes over one or several properties.", "#indexes" },
    { "of", "The properties, in this order.", "#items" },
    { "type", "The type of the property.", "#type" },
    { "primary", "Part of the primary key.", "boolean" },
    { "nullable", "May be NULL.", "boolean" },
    { "unique", "Has a unique constraint.", "boolean" },
    { "autoincrement", "Whether the database makes the key; by default for a single integer key.", "boolean" },
    { "length", "Characters of a string; digits of a second's fraction of a timestamptz.", "#count" },
    { "precision", "Digits of a decimal.", "#positive" },
    { "scale", "Digits behind the point of a decimal.", "#count" },
    { "default", "SQL of the column's default.", "#text" },
    { "version", "Counts the versions of the row; what is written must have the version that was loaded.", "boolean" },
    { "concurrency_check", "What is written must still have the value that was loaded.", "boolean" },
    { "column", "Name of the column; by default the property's in snake case.", "#text" },
    { "items", "The allowed texts of an enum.", "#items" },
    { "target", "The entity that a relation points to.", "#text" },
    { "mapped_by", "The property of the target that holds the foreign key.", "#text" },
    { "inversed_by", "The collection of the target that is the other side.", "#text" },
    { "delete_rule", "ON DELETE of the foreign key.", "#rule" },
    { "update_rule", "ON UPDATE of the foreign key.", "#rule" },
    { "works", "All steps succeed and all expectations hold.", "#true" },
    { "fails", "One step fails; earlier ones succeed, later ones are not run.", "#fails" },
    { "differs", "Other expectations for some steps: the step's id or number, and the keys that replace its own.",
      "#differs" },
    { "unknown", "Why it is not settled; the case runs, and what happens is recorded.", "#text" },
    { "versions", "Server versions for which this holds: \">=24.3\", \"<25.1\", \">=24.3 <25.1\".", "#versions" },
    { "source", "Where this is shown: a test or page with its version, an issue, a recorded live run.", "#text" },
    { "reason", "Why it is so, in one line.", "#text" },
    { "at", "Id or number of the step that fails.", "#step_id" },
    { "sqlstate", "The SQLSTATE of the failure, in quotes.", "#sqlstate" },
    { "message", "The message of the failure: a text or \"/regex/\".", "string" },
    { "protocol", "How statements reach the server.", "#protocol" },
    { "batch", "How many rows are written at once.", "#batch" },
    { "batch_size", "Rows in one statement.", "#positive" },
    { "strategy", "How relations are loaded where nothing else says so.", "#strategy" },
    { "order", "Order of the items.", "#order" },
    { "limit", "Items for each owner.", "#positive" },
    { "offset", "Items of each owner that are left out first.", "#count" },
    { "platform", "The platform that is needed.", "#platform" },
    { "no", "The reason, in one line.", "#text" },
    { "kind", "The kind of the error, by liborm's name for it.", "#error_kind" },
    { "constraint", "The constraint that was violated.", "string" },
    { "entity", "The entity that it is about.", "string" },
    { "property", "The property that it is about.", "string" },
    { "hint", "The hint: a text or \"/regex/\".", "string" },
};

const cc_key_help *cc_key_help_of(const char *key)
{
    for (size_t i = 0; i < sizeof help_of / sizeof help_of[0]; i++) {
        if (strcmp(help_of[i].key, key) == 0)
            return &help_of[i];
    }
    return NULL;
}
