/*
 * meta_private.h - the parts of discovery, in the order in which they run.
 */
#ifndef ORM_META_META_PRIVATE_H
#define ORM_META_META_PRIVATE_H

#include "base/fail.h"
#include "meta/meta.h"

/* PostgreSQL cuts longer identifiers without a word, and CockroachDB does not: both get names that are the same. */
#define ORM_META_IDENTIFIER_SIZE 63

/* ORM_ERR_METADATA that begins with "Entity.property: " or, without a property, with "Entity: ". */
orm_status orm_meta_bad(orm_error *error, const char *entity, const char *property, int number, const char *format, ...)
    ORM_PRINTF(5, 6);
#ifdef __clang_analyzer__
/* As with orm_fail(): the analyzer cannot see that it never is ORM_OK. */
#define orm_meta_bad(...)                                                                                              \
    __extension__({                                                                                                    \
        (void)(orm_meta_bad)(__VA_ARGS__);                                                                             \
        ORM_ERR_METADATA;                                                                                              \
    })
#endif

/* `; did you mean "x"?`, or nothing; in the arena. Empty, too, when memory is out. */
const char *orm_meta_hint(orm_arena *arena, const char *word, const char *const *words, size_t count);

/* Empty, too long or broken names of `what` (table, schema, column). */
orm_status orm_meta_check_identifier(orm_error *error, const char *entity, const char *property, const char *what,
                                     const char *name);

/* What can be said about a descriptor without knowing the others. */
orm_status orm_meta_check_entity(const orm_entity *descriptor, orm_error *error);
orm_status orm_meta_check_property(const orm_entity *descriptor, const orm_property *property, orm_error *error);

/* A property of an entity after embedded ones were taken apart; the rest as in orm_meta_property. */
typedef struct orm_expanded {
    orm_property           property;
    size_t                 member_count;
    size_t                 json_name_at; /* SIZE_MAX in items of a list, where all of the name is the path */
    const orm_meta_entity *items;
    size_t                 list_offset;
    bool                   behind; /* its slot is behind the user's struct: it is no member of his */
} orm_expanded;

/* The descriptor's properties with embedded ones taken apart, in the arena; the same for the items of a list. */
orm_status orm_meta_expand(orm_meta *meta, const orm_entity *descriptor, orm_expanded **out, size_t *count,
                           orm_error *error);
orm_status orm_meta_expand_items(orm_meta *meta, const orm_entity *embeddable, orm_expanded **out, size_t *count,
                                 orm_error *error);
/* What describes the items of a list, with places in their struct. */
orm_status orm_meta_add_items(orm_meta *meta, const orm_property *list, const orm_meta_entity **out, orm_error *error);

/*
 * Single-table inheritance, in the order of discovery: bases and roots are found, the discriminator gets its place among the
 * root's (expanded) properties; then children have what their bases have; last, views are made.
 */
orm_status orm_meta_find_bases(orm_meta *meta, orm_error *error);
orm_status orm_meta_add_discriminator(orm_meta *meta, orm_meta_entity *root, orm_expanded **expanded, size_t *count,
                                      orm_error *error);
orm_status orm_meta_inherit(orm_meta *meta, orm_meta_entity *entity, orm_error *error);
void       orm_meta_inherit_links(orm_meta_entity *entity);
orm_status orm_meta_add_views(orm_meta *meta, orm_error *error);
/* What inheritance excludes in a descriptor. */
orm_status orm_meta_check_inheritance(const orm_entity *descriptor, orm_error *error);
/* Calls it for all entities that users can name, bases first. */
orm_status orm_meta_each_down(orm_meta *meta, orm_status (*visit)(orm_meta *, orm_meta_entity *, orm_error *),
                              orm_error *error);

/* Copies a property with its columns to a place of another entity, and makes it known there by its names. */
orm_status orm_meta_copy_property(orm_meta *meta, orm_meta_entity *to, const orm_meta_property *from, size_t at,
                                  orm_error *error);
/* A map that goes with the arena. False when memory is out. */
bool orm_meta_begin_map(orm_arena *arena, orm_map *map) ORM_MUST_CHECK;

/* Fills in what a version's (copied) descriptor leaves open: its digits, and the first version. Others stay. */
orm_status orm_meta_fill_version(orm_arena *arena, orm_property *property, orm_error *error);
/* Finds version and guards; the entity must have its columns. */
orm_status orm_meta_list_guards(orm_meta *meta, orm_meta_entity *entity, orm_error *error);
/* What version and concurrency_check exclude. */
orm_status orm_meta_check_version(const char *entity, const orm_property *p, orm_error *error);

/* Which options go with which type. */
orm_status orm_meta_check_options(const orm_entity *descriptor, const orm_property *property, orm_error *error);

/*
 * Targets, columns and the other sides of relations, and entities of pivot tables. All entities must have their
 * properties. `tables` has the names of all tables so far.
 */
orm_status orm_meta_link(orm_meta *meta, orm_map *tables, orm_error *error);

/* Makes the column of a scalar, those of an owning reference (of no other property), and the entity's list of them. */
orm_status orm_meta_add_scalar_column(orm_meta *meta, orm_meta_property *property, orm_error *error);
orm_status orm_meta_add_reference_columns(orm_meta *meta, orm_meta_property *property, orm_error *error);
orm_status orm_meta_list_columns(orm_meta *meta, orm_meta_entity *entity, orm_error *error);

/* Finds or makes the pivot entity of an owning many-to-many; does nothing for other properties. */
orm_status orm_meta_link_pivot(orm_meta *meta, orm_map *tables, orm_meta_property *property, orm_error *error);
/* Adds an entity that no user can name. */
orm_status orm_meta_add_pivot(orm_meta *meta, orm_map *tables, const orm_entity *descriptor, orm_meta_entity **out,
                              orm_error *error);

/* Appends copies of another entity's indexes, with the properties and columns of `to` that have the same names. */
orm_status orm_meta_copy_indexes(orm_meta *meta, const orm_meta_entity *to, const orm_meta_index *from, size_t count,
                                 orm_meta_index **list, size_t *at, orm_error *error);
/* Indexes and unique constraints. The entity must have its columns, and its base its own. */
orm_status orm_meta_add_indexes(orm_meta *meta, orm_meta_entity *entity, orm_error *error);

/* Offsets and presence flags: computed for an entity made at run time, checked for a struct. */
orm_status orm_meta_place(orm_meta *meta, orm_meta_entity *entity, orm_error *error);

/* The name of a type for messages. */
const char *orm_meta_type_name(orm_type type);

/* Replace what is pointed to by copies, for entities made at run time. False when memory is out. */
bool orm_meta_own_text(orm_arena *arena, const char **text);
bool orm_meta_own_names(orm_arena *arena, const char *const **names); /* ended by NULL */
bool orm_meta_own_filters(orm_arena *arena, const orm_filter **filters, size_t count);

#endif
