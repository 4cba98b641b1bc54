/*
 * Random questions to random data: SELECT_IN, JOINED and BALANCED load the same graph, which is the one that is there, and what
 * is found is what an evaluation in memory finds.
 */
#include "library_fixture.h"

enum { ROUNDS = 250, MAX_PATHS = 4, TEXT = 1 << 16 };

/* ---- A question ---- */

typedef struct question {
    const orm_entity    *root;
    char                 texts[64][64];
    size_t               text_count;
    const char          *paths[MAX_PATHS + 1];
    orm_condition        conditions[64];
    size_t               condition_count;
    const orm_condition *where;
    orm_order            order[5];
    orm_find_options     options;
    orm_populate_hint    hints[2];
    orm_order            hint_order[2];
    bool                 narrowed; /* collections may hold less than there is */
} question;

/* Two texts joined by what is between, which an empty one does not need. */
static const char *keep_text(question *q, const char *head, const char *between, const char *tail)
{
    char *text = q->texts[q->text_count++];

    assert_true(q->text_count <= 64);
    snprintf(text, sizeof q->texts[0], "%s%s%s", head, *head == 0 ? "" : between, tail);
    return text;
}

static const relation *some_relation(uint64_t *seed, const orm_entity *type)
{
    const relation *relations = relations_of(type);
    int             count = 0;

    while (relations[count].name != NULL)
        count++;
    return &relations[below(seed, count)];
}

/* A path through up to `depth` relations; *type becomes what it leads to. "" for none. */
static const char *some_path(question *q, uint64_t *seed, const orm_entity **type, int depth, bool to_one)
{
    const char *path = "";

    for (int i = below(seed, depth + 1); i > 0; i--) {
        const relation *r = some_relation(seed, *type);

        if (to_one && r->many)
            break;
        path = keep_text(q, path, ".", r->name);
        *type = r->target;
    }
    return path;
}

static const char *scalar_path(question *q, uint64_t *seed, const orm_entity *type, int depth, bool to_one,
                               bool *number)
{
    const char *path = some_path(q, seed, &type, depth, to_one);
    const char *name = type == &orm_entity_vita ? "text" : "name";

    *number = one_in(seed, 3) && (type == &orm_entity_novel || type == &orm_entity_writer);
    if (*number)
        name = type == &orm_entity_novel ? "pages" : "age";
    return keep_text(q, path, ".", name);
}

static orm_condition leaf(question *q, uint64_t *seed, const orm_entity *type, int depth, bool to_one)
{
    static const orm_operator operators[] = { ORM_OP_EQ, ORM_OP_EQ, ORM_OP_NE, ORM_OP_GT, ORM_OP_LTE, ORM_OP_EXISTS };
    bool                      number;
    const char               *path = scalar_path(q, seed, type, depth, to_one, &number);
    orm_operator              op = operators[below(seed, 6)];

    if (op == ORM_OP_EXISTS)
        return one_in(seed, 2) ? orm_is_null(path) : orm_is_not_null(path);
    return (orm_condition){ .op = op,
                            .property = path,
                            .value = number ? orm_int(below(seed, 4)) : orm_text(some_name(seed)) };
}

static const orm_condition *keep_conditions(question *q, const orm_condition *from, size_t count)
{
    orm_condition *to = q->conditions + q->condition_count;

    q->condition_count += count;
    assert_true(q->condition_count <= 64);
    memcpy(to, from, count * sizeof *from);
    return to;
}

/* A tree of conditions. One of related rows has at most one child that goes through collections: others would be about its row. */
static orm_condition tree(question *q, uint64_t *seed, const orm_entity *type, int depth)
{
    orm_condition children[3];
    size_t        count = (size_t)(1 + below(seed, 3));
    int           kind = depth == 0 ? 9 : below(seed, 10);

    if (kind > 4)
        return leaf(q, seed, type, depth, false);
    if (kind == 4) {
        const relation *r = some_relation(seed, type);

        children[0] = tree(q, seed, r->target, depth - 1);
        for (size_t i = 1; i < count; i++)
            children[i] = leaf(q, seed, r->target, 1, true);
        return (orm_condition){ .op = ORM_OP_RELATED,
                                .property = r->name,
                                .children = keep_conditions(q, children, count),
                                .child_count = count };
    }
    if (kind == 3) {
        children[0] = leaf(q, seed, type, 1, true);
        return (orm_condition){ .op = ORM_OP_NOT, .children = keep_conditions(q, children, 1), .child_count = 1 };
    }
    for (size_t i = 0; i < count; i++)
        children[i] = tree(q, seed, type, depth - 1);
    return (orm_condition){ .op = kind == 2 ? ORM_OP_OR : ORM_OP_AND,
                            .children = keep_conditions(q, children, count),
                            .child_count = count };
}

/* ---- The answer that memory gives: 1 true, 0 false, -1 unknown, as in SQL ---- */

static int evaluate(world *w, const orm_entity *type, void *entity, const orm_condition *c);

/* Some row of the relation fits; a collection that is empty and a reference that is not there are one row of NULLs. */
static int any_related(world *w, const orm_entity *type, void *entity, const relation *r, const orm_condition *c)
{
    const orm_collection *items;
    int                   best = 0;

    (void)type;
    if (!r->many)
        return evaluate(w, r->target, entity == NULL ? NULL : referred(w, entity, r->name), c);
    items = entity == NULL ? NULL : orm_collection_of(w->em, entity, r->name);
    if (orm_collection_count(items) == 0)
        return evaluate(w, r->target, NULL, c);
    for (size_t i = 0; i < orm_collection_count(items) && best != 1; i++)
        best = evaluate(w, r->target, orm_collection_at(items, i), c) == 1;
    return best;
}

static int compare(world *w, void *entity, const orm_condition *c)
{
    orm_value value = { .kind = ORM_VALUE_NULL };
    int       order;

    if (entity != NULL)
        check(w->em, orm_get(w->em, entity, c->property, &value));
    if (c->value.kind == ORM_VALUE_NULL)
        return (c->op == ORM_OP_EQ) == (value.kind == ORM_VALUE_NULL);
    if (value.kind == ORM_VALUE_NULL)
        return -1;
    order = c->value.kind == ORM_VALUE_TEXT
                ? strcmp(value.as.text, c->value.as.text)
                : (value.as.integer > c->value.as.integer) - (value.as.integer < c->value.as.integer);
    switch (c->op) {
    case ORM_OP_EQ:
        return order == 0;
    case ORM_OP_NE:
        return order != 0;
    case ORM_OP_GT:
        return order > 0;
    default:
        return order <= 0;
    }
}

static int evaluate_children(world *w, const orm_entity *type, void *entity, const orm_condition *c, bool all)
{
    int result = all;

    for (size_t i = 0; i < c->child_count; i++) {
        int one = evaluate(w, type, entity, &c->children[i]);

        if (one == !all)
            return one;
        if (one < 0)
            result = -1;
    }
    return result;
}

static int evaluate(world *w, const orm_entity *type, void *entity, const orm_condition *c)
{
    const char     *dot;
    int             result;
    char            head[64];
    orm_condition   rest = *c;
    const relation *r;

    switch (c->op) {
    case ORM_OP_AND:
    case ORM_OP_OR:
        return evaluate_children(w, type, entity, c, c->op == ORM_OP_AND);
    case ORM_OP_NOT:
        result = evaluate_children(w, type, entity, c, true);
        return result < 0 ? -1 : !result;
    case ORM_OP_RELATED:
        rest.op = ORM_OP_AND;
        return any_related(w, type, entity, relation_named(type, c->property), &rest);
    default:
        break;
    }
    dot = strchr(c->property, '.');
    if (dot == NULL)
        return compare(w, entity, c);
    snprintf(head, sizeof head, "%.*s", (int)(dot - c->property), c->property);
    r = relation_named(type, head);
    rest.property = dot + 1;
    return any_related(w, type, entity, r, &rest);
}

/* ---- Graphs as text ---- */

typedef struct text {
    char   chars[TEXT];
    size_t length;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *t, const char *format, ...)
{
    va_list arguments;
    int     written;

    va_start(arguments, format);
    written = vsnprintf(t->chars + t->length, sizeof t->chars - t->length, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < sizeof t->chars - t->length);
    t->length += (size_t)written;
}

static void forget(text *t)
{
    t->length = 0;
    t->chars[0] = 0;
}

static void put_entity(world *w, text *t, const question *q, const orm_entity *type, const void *entity,
                       const char *prefix, bool key_only);

/* Whether a path of the question goes through `prefix`.`name`; *ref: only as far as there, and only the keys. */
static bool is_populated(const question *q, const char *prefix, const char *name, bool *ref)
{
    char   path[64];
    size_t length;
    bool   found = false;

    snprintf(path, sizeof path, "%s%s%s", prefix, *prefix == 0 ? "" : ".", name);
    length = strlen(path);
    *ref = true;
    for (size_t i = 0; q->paths[i] != NULL; i++) {
        const char *p = q->paths[i];
        size_t      shared = strlen(prefix) + (*prefix != 0);

        if (strncmp(p, path, length) == 0 && (p[length] == 0 || p[length] == '.')) {
            found = true;
            *ref = false;
        } else if (strncmp(p, path, length) == 0 && p[length] == ':') {
            found = true;
        } else if (strncmp(p, path, shared) == 0 && strcmp(p + shared, "*") == 0) {
            found = true;
            *ref = false;
        }
    }
    return found;
}

static int by_number(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

static void *item_numbered(const orm_collection *items, const orm_entity *type, int64_t number)
{
    for (size_t i = 0; i < orm_collection_count(items); i++)
        if (number_of(type, orm_collection_at(items, i)) == number)
            return orm_collection_at(items, i);
    return NULL;
}

static void put_items(world *w, text *t, const question *q, const relation *r, const orm_collection *items,
                      const char *path, bool ref)
{
    int64_t numbers[64];
    size_t  count = orm_collection_count(items);

    if (!orm_collection_is_initialized(items)) {
        put(t, "not loaded");
        return;
    }
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        numbers[i] = number_of(r->target, orm_collection_at(items, i));
    qsort(numbers, count, sizeof *numbers, by_number);
    put(t, "[");
    for (size_t i = 0; i < count; i++)
        put_entity(w, t, q, r->target, item_numbered(items, r->target, numbers[i]), path, ref);
    put(t, "]");
}

static void put_entity(world *w, text *t, const question *q, const orm_entity *type, const void *entity,
                       const char *prefix, bool key_only)
{
    if (entity == NULL) {
        put(t, " null");
        return;
    }
    put(t, " %s%lld", type->name, (long long)number_of(type, entity));
    if (key_only)
        return;
    if (!orm_is_initialized(w->em, entity)) {
        put(t, "?");
        return;
    }
    put(t, "'%s'", name_of(type, entity));
    for (const relation *r = relations_of(type); r->name != NULL; r++) {
        bool ref;
        char path[64];

        if (!is_populated(q, prefix, r->name, &ref))
            continue;
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix == 0 ? "" : ".", r->name);
        put(t, " %s:", r->name);
        if (r->many)
            put_items(w, t, q, r, orm_collection_of(w->em, entity, r->name), path, ref);
        else
            put_entity(w, t, q, r->target, referred(w, entity, r->name), path, ref);
    }
}

/* ---- Asking ---- */

/* What is narrowed is not ordered by: a join that both is limited and gives the order would change that. */
static void some_order(question *q, uint64_t *seed)
{
    size_t count = q->narrowed ? 0 : (size_t)below(seed, 3);
    bool   number;

    for (size_t i = 0; i < count; i++)
        q->order[i] = (orm_order){ scalar_path(q, seed, q->root, 2, false, &number),
                                   one_in(seed, 2) ? ORM_ASC_NULLS_LAST : ORM_DESC_NULLS_FIRST };
    if (q->root == &orm_entity_shelf) {
        q->order[count++] = (orm_order){ "hall", ORM_DESC };
        q->order[count++] = (orm_order){ "number", ORM_ASC };
    } else {
        q->order[count++] =
            (orm_order){ q->root == &orm_entity_vita ? "writer" : "id", one_in(seed, 2) ? ORM_ASC : ORM_DESC };
    }
    q->options.order_by = q->order;
}

/* Limits what is populated. Such a collection must be met once, or it depends on which of the paths came first. */
static void narrow(question *q, uint64_t *seed)
{
    const relation *r = some_relation(seed, q->root);
    int             kind = below(seed, 3);

    memset(q->paths, 0, sizeof q->paths);
    q->paths[0] = r->name;
    q->narrowed = true;
    if (r->target != q->root && r->many && one_in(seed, 2))
        q->paths[0] = keep_text(q, r->name, ".",
                                r->target == &orm_entity_novel   ? "topics"
                                : r->target == &orm_entity_topic ? "parent"
                                                                 : "keeper");
    if (kind == 0) {
        q->options.populate_infer = true;
    } else if (kind == 1) {
        orm_condition child = leaf(q, seed, r->target, 0, true);
        orm_condition related = {
            .op = ORM_OP_RELATED, .property = r->name, .children = keep_conditions(q, &child, 1), .child_count = 1
        };

        q->options.populate_where = keep_conditions(q, &related, 1);
    } else if (r->many) {
        q->hint_order[0] = (orm_order){ r->target == &orm_entity_shelf ? "number" : "id", ORM_DESC };
        if (r->target == &orm_entity_shelf)
            q->hint_order[0].property = "name";
        q->hints[0] = (orm_populate_hint){ .path = r->name,
                                           .limit = (size_t)(1 + below(seed, 2)),
                                           .offset = (size_t)below(seed, 2),
                                           .order_by = q->hint_order };
        if (r->target != &orm_entity_shelf)
            q->options.hints = q->hints;
    }
}

static void make_question(question *q, uint64_t *seed)
{
    memset(q, 0, sizeof *q);
    q->root = library_entities[below(seed, 5)];
    for (int i = below(seed, MAX_PATHS); i > 0; i--) {
        const orm_entity *type = q->root;
        const char       *path = some_path(q, seed, &type, 3, false);

        if (*path == 0)
            path = "*";
        else if (one_in(seed, 6))
            path = keep_text(q, path, ".", "*");
        else if (one_in(seed, 6))
            path = keep_text(q, path, "", ":ref");
        q->paths[i - 1] = path;
    }
    if (one_in(seed, 3))
        narrow(q, seed);
    some_order(q, seed);
    q->options.populate = q->paths;
    if (!one_in(seed, 3)) {
        orm_condition c = tree(q, seed, q->root, 2);

        q->where = keep_conditions(q, &c, 1);
    }
    if (one_in(seed, 3)) {
        q->options.limit = (size_t)(1 + below(seed, 4));
        q->options.offset = (size_t)below(seed, 3);
    }
}

static void put_condition(text *t, const orm_condition *c)
{
    static const char *const words[] = { "and",     "eq", "key", "all", "or", "not",
                                         "related", "ne", "gt",  "gte", "lt", "lte" };

    put(t, " %s(%s", words[c->op], c->property == NULL ? "" : c->property);
    if (c->value.kind == ORM_VALUE_TEXT)
        put(t, ", %s", c->value.as.text);
    else if (c->value.kind == ORM_VALUE_INT)
        put(t, ", %lld", (long long)c->value.as.integer);
    for (size_t i = 0; i < c->child_count; i++)
        put_condition(t, &c->children[i]);
    put(t, ")");
}

static const char *words_of(const question *q)
{
    static text t;

    forget(&t);
    put(&t, "%s populate", q->root->name);
    for (size_t i = 0; q->paths[i] != NULL; i++)
        put(&t, " %s", q->paths[i]);
    put(&t, "; order");
    for (size_t i = 0; q->order[i].property != NULL; i++)
        put(&t, " %s/%d", q->order[i].property, (int)q->order[i].direction);
    put(&t, "; limit %zu offset %zu; infer %d", q->options.limit, q->options.offset, q->options.populate_infer);
    if (q->where != NULL)
        put_condition(&t, q->where);
    if (q->options.populate_where != NULL) {
        put(&t, "; populate where");
        put_condition(&t, q->options.populate_where);
    }
    if (q->options.hints != NULL)
        put(&t, "; hint %s %zu %zu", q->hints[0].path, q->hints[0].limit, q->hints[0].offset);
    return t.chars;
}

static void print_sent(const world *w)
{
    for (size_t i = 0; i < w->log.count; i++)
        fprintf(stderr, "  %s\n", w->log.lines[i]);
}

static void ask(world *w, question *q, orm_strategy strategy, text *t, orm_list *out)
{
    check(w->em, orm_clear(w->em));
    sql_log_clear(&w->log);
    q->options.strategy = strategy;
    if (orm_find_entities(w->em, q->root, q->where, &q->options, out) != ORM_OK) {
        print_sent(w);
        fail_msg("%s: %s", words_of(q), orm_em_error(w->em)->message);
    }
    forget(t);
    for (size_t i = 0; i < out->count; i++) {
        put_entity(w, t, q, q->root, out->items[i], "", false);
        put(t, "\n");
    }
}

static void same(const world *w, const question *q, const text *one, const text *other, const char *what)
{
    if (strcmp(one->chars, other->chars) == 0)
        return;
    fprintf(stderr, "%s\n-- here:\n%s-- %s:\n%s", words_of(q), one->chars, what, other->chars);
    print_sent(w);
    fail_msg("the graphs differ");
}

/* Loads all there is, and prints of it what the question asked for, of those that were found; their number must be right, too. */
static void check_truth(world *w, question *q, const int64_t *found, size_t count, const text *loaded)
{
    static text t;
    orm_list    all[5];
    size_t      fitting = 0;
    size_t      root = 0;

    check(w->em, orm_clear(w->em));
    for (size_t i = 0; i < 5; i++) {
        check(w->em,
              orm_find_entities(w->em, library_entities[i], NULL,
                                &(orm_find_options){ .populate = ORM_PATHS("*"), .strategy = ORM_STRATEGY_SELECT_IN },
                                &all[i]));
        if (library_entities[i] == q->root)
            root = i;
    }
    for (size_t i = 0; i < all[root].count; i++) {
        bool   fits = q->where == NULL || evaluate(w, q->root, all[root].items[i], q->where) == 1;
        size_t at = 0;

        while (at < count && found[at] != number_of(q->root, all[root].items[i]))
            at++;
        fitting += fits;
        if (at < count ? !fits : fits && q->options.limit == 0)
            fail_msg("%s: %lld is %s", words_of(q), (long long)number_of(q->root, all[root].items[i]),
                     fits ? "missing" : "too much");
    }
    if (q->options.limit > 0 && count != (fitting <= q->options.offset                     ? 0
                                          : fitting - q->options.offset < q->options.limit ? fitting - q->options.offset
                                                                                           : q->options.limit))
        fail_msg("%s: %zu of %zu are found", words_of(q), count, fitting);
    if (!q->narrowed) {
        forget(&t);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < all[root].count; k++)
                if (number_of(q->root, all[root].items[k]) == found[i]) {
                    put_entity(w, &t, q, q->root, all[root].items[k], "", false);
                    put(&t, "\n");
                }
        same(w, q, loaded, &t, "in truth");
    }
}

static void test_questions(void **state)
{
    static const orm_strategy strategies[] = { ORM_STRATEGY_SELECT_IN, ORM_STRATEGY_JOINED, ORM_STRATEGY_BALANCED };
    static text               graphs[3];
    static question           q;
    world                    *w = *state;
    uint64_t                  seed = library_seed();

    for (int round = 0; round < ROUNDS; round++) {
        int64_t  found[16];
        orm_list list;

        if (round % 10 == 0)
            make_library(w, &seed);
        make_question(&q, &seed);
        for (size_t i = 0; i < 3; i++) {
            ask(w, &q, strategies[i], &graphs[i], &list);
            if (i > 0)
                same(w, &q, &graphs[0], &graphs[i], i == 1 ? "joined" : "balanced");
        }
        for (size_t i = 0; i < list.count; i++)
            found[i] = number_of(q.root, list.items[i]);
        sql_log_clear(&w->log);
        check(w->em, orm_flush(w->em));
        assert_int_equal(w->log.count, 0);
        check_truth(w, &q, found, list.count, &graphs[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
    };

    return RUN_LIBRARY(tests);
}
