/*
 * plan.h - one SELECT before it is text: its tables with their aliases, its condition with names resolved and values
 * converted, its order. The text needs to know all joins before it can begin, and a page over joined rows needs the same
 * condition in an inner SELECT; so names are resolved first and written afterwards.
 *
 * Aliases are MikroORM's: a letter and the number of the table in the query, counted in the order in which tables are met.
 */
#ifndef ORM_QUERY_PLAN_H
#define ORM_QUERY_PLAN_H

#include "query/query_private.h"

#define ORM_ALIAS_SIZE 24

typedef struct orm_bound orm_bound;

typedef struct orm_join {
    struct orm_join         *next;  /* in the order of their making, which is that of the text */
    struct orm_join         *owner; /* the join it starts from; NULL: the root */
    struct orm_join         *pivot; /* of a many-to-many: the join of the pivot table, between owner and this */
    struct orm_join         *group; /* written inside of this one's parentheses; NULL: at the top */
    const orm_meta_property *relation;
    const orm_meta_entity   *target; /* whose table it is */
    const orm_condition     *branch; /* the branch of an orm_and() that it was made for; NULL: none */
    const orm_load          *load;   /* what is loaded from it; may be NULL */
    orm_bound               *filter; /* besides the keys, whoever reads it; may be NULL */
    orm_bound               *on;     /* besides these, for what is loaded; may be NULL */
    orm_bound               *outer_on; /* the same, for a page's outer SELECT: see orm_plan_keep_joins() */
    bool                     is_pivot;
    bool                     is_left;
    bool                     populated; /* made to load from it */
    bool                     kept;      /* a page's outer SELECT needs it, too */
    size_t                   part;      /* of the layout, where it is loaded from; 0: none */
    char                     alias[ORM_ALIAS_SIZE];
} orm_join;

typedef enum orm_bound_kind {
    ORM_BOUND_COMPARE,
    ORM_BOUND_ALL, /* of the children, side by side; of none: true */
    ORM_BOUND_AND, /* the same; as a branch of OR always in parentheses */
    ORM_BOUND_OR,  /* of none: false */
    ORM_BOUND_NOT
} orm_bound_kind;

struct orm_bound {
    orm_bound_kind  kind;
    orm_bound     **children;
    size_t          child_count;

    orm_operator                  op; /* COMPARE: one that compares */
    const orm_meta_property      *property;
    orm_join                     *join; /* NULL: the root's columns */
    const orm_meta_column *const *columns;
    size_t                        column_count;
    const void *const            *slots; /* value by value, column_count each; a NULL slot is SQL NULL */
    size_t                        value_count;
};

typedef struct orm_bound_order {
    orm_join              *join;
    const orm_meta_column *column;
    orm_direction          direction;
} orm_bound_order;

typedef struct orm_plan {
    const orm_meta_entity *root;
    const orm_query_scope *scope;
    orm_arena             *arena; /* the scope's */
    orm_error             *error; /* never NULL */
    char                   alias[ORM_ALIAS_SIZE];
    size_t                 table_count; /* aliases given so far */
    orm_join              *joins;
    orm_join             **last;
    bool                   bare;   /* without aliases: a statement on one table ... */
    const char            *bare_name; /* ... that may still have to be named before its columns; NULL: not */
    bool                   infers; /* conditions share the joins of what is populated */
    orm_bound             *filter; /* of the root: before `where`; NULL: none */
    orm_bound             *where;  /* NULL: all rows */
    orm_bound_order       *orders;
    size_t                 order_count;
    size_t                 order_capacity;
} orm_plan;

/* The plan of an entity's table alone. `error` is not NULL. */
void orm_plan_init(orm_plan *plan, const orm_meta_entity *root, const orm_query_scope *scope, orm_error *error);

/* ---- What is wrong with a name (names.c) ---- */

/* ORM_ERR_VALIDATION: no such property; `path` is where its name stands. */
orm_status orm_plan_unknown(orm_plan *plan, const orm_meta_entity *entity, const char *name, const char *path);
/* ORM_ERR_VALIDATION about a property. */
orm_status orm_plan_fail(orm_plan *plan, const orm_meta_property *property, int number, const char *format, ...)
    ORM_PRINTF(4, 5);

/* ---- Joins (join.c) ---- */

/* The alias of the root, for NULL, or of a join; NULL where there are none. */
static inline const char *orm_plan_alias(const orm_plan *plan, const orm_join *join)
{
    if (plan->bare)
        return plan->bare_name;
    return join == NULL ? plan->alias : join->alias;
}

/* What else may use the join of a to-many relation. To-one relations are shared by all. */
typedef struct orm_sharing {
    const orm_condition *branch;
    bool                 with_populated;
} orm_sharing;

/* NULL: there is none yet. */
orm_join *orm_plan_find_join(const orm_plan *plan, const orm_join *owner, const orm_meta_property *relation,
                             orm_sharing sharing);
/* That one, or a new one: inner where the relation is a required to-one. NULL with the plan's error. */
orm_join *orm_plan_join(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing);
/* The pivot table of a many-to-many alone, where the keys in it are enough. */
orm_join *orm_plan_join_pivot(orm_plan *plan, orm_join *owner, const orm_meta_property *relation, orm_sharing sharing);

/* A join to load from; always a new one. */
orm_join *orm_plan_populate(orm_plan *plan, orm_join *owner, const orm_meta_property *relation);
orm_join *orm_plan_populate_pivot(orm_plan *plan, orm_join *owner, const orm_meta_property *relation);
/* The root's inverse one-to-one: whether there is one is only known by a look at the other table. */
orm_join *orm_plan_join_inverse(orm_plan *plan, const orm_meta_property *relation);

/* Puts inner joins into the parentheses of the left join that they start from, so that they cannot drop its rows. */
void orm_plan_group_joins(orm_plan *plan);
bool orm_plan_has_to_many(const orm_plan *plan);

/*
 * Marks what a page's outer SELECT needs: what is loaded, and what it is ordered by. The latter gets the condition's
 * comparisons with it, so that both SELECTs order by the same rows. ORM_ERR_MEMORY.
 */
orm_status orm_plan_keep_joins(orm_plan *plan);

typedef enum orm_joins_written {
    ORM_JOINS_ALL,
    ORM_JOINS_BARE, /* all, without what restricts only that which is loaded */
    ORM_JOINS_KEPT  /* those that a page's outer SELECT needs */
} orm_joins_written;
/*  inner join .. on .. left join .. on .. */
orm_status orm_plan_write_joins(orm_statement *statement, const orm_plan *plan, orm_joins_written which);

/* ---- Conditions (bind.c, condition.c) ---- */

/* Where a path leads. */
typedef struct orm_place {
    const orm_meta_property      *property; /* the last of the path */
    orm_join                     *join;     /* NULL: the root */
    const orm_meta_column *const *columns;
    size_t                        column_count;
    const orm_meta_entity        *key_of; /* whose whole key `columns` are; NULL: the target's of the property, if it is a relation */
    bool                          is_key; /* `columns` are the key of the property's entity, or the property's target */
} orm_place;

/*
 * Follows a path from `from` (NULL: the root) and joins what lies on the way. A relation at its end means its keys: the
 * foreign key, the pivot table's column, or the key of the joined table.
 */
orm_status orm_plan_resolve(orm_plan *plan, orm_join *from, const char *path, orm_sharing sharing, orm_place *out);

/* `*out` is NULL for a condition that is always true. */
orm_status orm_plan_bind(orm_plan *plan, orm_join *from, const orm_condition *condition, orm_bound **out);

/* ---- Locks (lock.c) ---- */

/*
 * As orm_query_lock(). Where tables are left joined and no aliases given, those are left out of the lock, as MikroORM does it:
 * a server cannot lock a row that may not be there.
 */
void orm_plan_write_lock(orm_statement *statement, const orm_plan *plan, orm_lock_mode mode, const char *const *aliases);

/* ---- Types of a hierarchy (typed.c) ---- */

/* Ands to *to that rows of the join's table (NULL: the root's) are of its entity, where others share that. ORM_ERR_MEMORY. */
orm_status orm_plan_restrict_type(orm_plan *plan, orm_join *join, orm_bound **to);

/* ---- Filters (filter.c) ---- */

/* Binds the root's, not NULL. */
orm_status orm_plan_bind_filter(orm_plan *plan, const orm_condition *filter);
/* Binds those of what is loaded by joins; all of these must be there, and the conditions bound. */
orm_status orm_plan_filter_loaded(orm_plan *plan);

/* *to and `more`, in the plan's arena. ORM_ERR_MEMORY. */
orm_status orm_bound_and(orm_plan *plan, orm_bound **to, orm_bound *more);

/*
 * Calls visit(context, part) for each part of a condition that must hold for the whole to hold. Stops at a failure.
 */
orm_status orm_bound_each_conjunct(orm_bound *bound, orm_status (*visit)(void *context, orm_bound *part), void *context);

/*
 * The one joined table that a condition speaks of. False when it speaks of the root or of several.
 */
bool orm_bound_only_join(const orm_bound *bound, orm_join **out);

/* Whether it has nothing that could be false. */
bool orm_bound_is_true(const orm_bound *bound);

/* Appends it. A list too long for the protocol fails, and names the property. */
orm_status orm_plan_write_bound(orm_statement *statement, const orm_plan *plan, const orm_bound *bound);

/* ---- Order (order.c) ---- */

/* Adds to the plan's order. `from` NULL: the root. */
orm_status orm_plan_bind_order(orm_plan *plan, orm_join *from, const orm_order *order);
/*
 * Adds the orders that belong to collections that are loaded by joins, last. `root_by_root`: the rows of a root stay
 * together.
 */
orm_status orm_plan_order_loaded(orm_plan *plan, bool root_by_root);
/*  order by ..; `grouped`: by the smallest value of each group, as pages over joined rows need it */
void orm_plan_write_order(orm_statement *statement, const orm_plan *plan, bool grouped);

/* ---- What is loaded (load.c) ---- */

/* Joins what `load` loads by join, and lists it in the layout. */
orm_status orm_plan_load(orm_plan *plan, const orm_load *load, orm_layout *layout);
/* Joins the inverse one-to-ones of the root that are not loaded, for their keys. */
orm_status orm_plan_find_inverses(orm_plan *plan, const orm_load *load, orm_layout *layout);
/* Limits what is loaded by joins, and not which roots are found. */
orm_status orm_plan_limit_loaded(orm_plan *plan, const orm_condition *condition);

/* "a0"."x", "a0"."y"; without alias for NULL; formulas in parentheses */
void orm_plan_write_columns(orm_statement *statement, const char *alias, const orm_meta_column *const *columns,
                            size_t count);

#endif
