/*
 * filters_fixture.h - entities with filters, rows, and a log of what is sent.
 */
#ifndef ORM_TESTS_FILTERS_FIXTURE_H
#define ORM_TESTS_FILTERS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <orm/orm.h>

typedef struct team {
    int32_t           id;
    const char       *name;
    int32_t           tenant;
    orm_opt_timestamp deletedAt;
    orm_collection   *players;
} team;
typedef struct player {
    int32_t           id;
    const char       *name;
    team             *team;
    team             *old_team;
    struct player    *mentor;
    orm_opt_timestamp deletedAt;
    orm_collection   *badges;
} player;
typedef struct badge {
    int32_t         id;
    const char     *label;
    bool            hidden;
    orm_collection *players;
} badge;

static const orm_property team_properties[] = {
    ORM_INTEGER(team, id, .primary = true),
    ORM_STRING(team, name),
    ORM_INTEGER(team, tenant),
    ORM_TIMESTAMPTZ(team, deletedAt, .nullable = true),
    ORM_ONE_TO_MANY(team, players, .target = "Player", .mapped_by = "team"),
};
static const orm_property player_properties[] = {
    ORM_INTEGER(player, id, .primary = true),
    ORM_STRING(player, name),
    ORM_MANY_TO_ONE(player, team, .target = "Team"),
    ORM_MANY_TO_ONE(player, old_team, .target = "Team", .nullable = true),
    ORM_MANY_TO_ONE(player, mentor, .target = "Player", .nullable = true),
    ORM_TIMESTAMPTZ(player, deletedAt, .nullable = true),
    ORM_MANY_TO_MANY(player, badges, .target = "Badge", .fixed_order = false),
};
static const orm_property badge_properties[] = {
    ORM_INTEGER(badge, id, .primary = true),
    ORM_STRING(badge, label),
    ORM_BOOLEAN(badge, hidden),
    ORM_MANY_TO_MANY(badge, players, .target = "Player", .mapped_by = "badges"),
};

static const orm_condition of_tenant = ORM_COMPARE_PARAM(ORM_OP_EQ, "tenant", "id");
static const orm_condition not_deleted = { .op = ORM_OP_EQ, .property = "deletedAt" };
static const orm_condition shown = { .op = ORM_OP_EQ,
                                     .property = "hidden",
                                     .value = { .kind = ORM_VALUE_BOOL, .as.boolean = false } };
static const orm_condition of_good_team = { .op = ORM_OP_LIKE,
                                            .property = "team.name",
                                            .value = { .kind = ORM_VALUE_TEXT, .as.text = "G%" } };

/* Players whose names are among those given; all where none is. */
static inline orm_status make_named(void *context, const orm_filter_call *call, orm_condition *out)
{
    const orm_value *name = orm_filter_value(call, "name");
    orm_condition   *both = orm_filter_alloc(call, 2 * sizeof *both);

    if (context != NULL)
        ++*(size_t *)context;
    if (name == NULL || both == NULL)
        return both == NULL ? ORM_ERR_MEMORY : ORM_OK;
    if (name->kind != ORM_VALUE_TEXT)
        return ORM_ERR_VALIDATION;
    both[0] = orm_eq("name", *name);
    both[1] = orm_eq("name", "Zoe");
    *out = (orm_condition){ .op = ORM_OP_OR, .children = both, .child_count = 2 };
    return ORM_OK;
}

ORM_ENTITY(team, "Team", team_properties, ORM_FILTERS({ .name = "tenant", .where = &of_tenant }));
ORM_ENTITY(player, "Player", player_properties,
           ORM_FILTERS({ .name = "named", .make = make_named }, { .name = "goodTeam", .where = &of_good_team }));
ORM_ENTITY(badge, "Badge", badge_properties, ORM_FILTERS({ .name = "shown", .where = &shown, .default_on = true }));

static const orm_filter soft_delete = { .name = "softDelete",
                                        .where = &not_deleted,
                                        .default_on = true,
                                        .property = "deletedAt" };

/*
 * Teams Good (tenant 1), Gone (1, deleted), Other (2). Ann: Good, before Gone; Bob: Gone; Cy: Other, before Good, with mentor
 * Dan; Dan: Good, deleted. Ann has the badges gold and secret (hidden); Cy has gold.
 */
static const char rows[] =
    "insert into team (id, name, tenant, deleted_at) values (1, 'Good', 1, null), (2, 'Gone', 1, '2026-01-01'),"
    " (3, 'Other', 2, null);"
    "insert into player (id, name, team_id, old_team_id, mentor_id, deleted_at) values (4, 'Dan', 1, null, null, '2026-01-01'),"
    " (1, 'Ann', 1, 2, null, null), (2, 'Bob', 2, null, null, null), (3, 'Cy', 3, 1, 4, null);"
    "insert into badge (id, label, hidden) values (1, 'gold', false), (2, 'secret', true);"
    "insert into player_badges (player_id, badge_id) values (1, 1), (1, 2), (3, 1)";

typedef struct world {
    orm    *db;
    orm_em *em;
    char   *lines[256];
    size_t  count;
} world;

static inline void take_line(void *context, const orm_log_event *event)
{
    world *w = context;

    if (event->kind == ORM_LOG_QUERY && w->count < sizeof w->lines / sizeof w->lines[0])
        w->lines[w->count++] = strdup(event->message);
}

static inline void forget_lines(world *w)
{
    while (w->count > 0)
        free(w->lines[--w->count]);
}

static inline void must(const world *w, orm_status status)
{
    if (status != ORM_OK)
        fail_msg("%s: %s (%s)", orm_status_name(status), orm_em_error(w->em)->message, orm_em_error(w->em)->sql);
}

static inline bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

/* The texts are those of preset mikroorm; the other one lists columns and binds values. */
static inline void was_sent(const world *w, size_t index, const char *expected)
{
    if (index >= w->count)
        fail_msg("only %zu statements were sent; expected: %s", w->count, expected);
    if (is_mikroorm(w))
        assert_string_equal(w->lines[index], expected);
}

static inline void was_refused(const world *w, orm_status status, orm_status got, int number, const char *part)
{
    const orm_error *error = orm_em_error(w->em);

    if (got != status || error->status != status || error->number != number || strstr(error->message, part) == NULL)
        fail_msg("expected %s %d with \"%s\", got %s %d: %s", orm_status_name(status), number, part,
                 orm_status_name(error->status), error->number, error->message);
    assert_int_equal(w->count, 0);
}

static inline int open_world(void **state, orm_preset preset)
{
    world     *w = calloc(1, sizeof *w);
    orm_error  error;
    orm_config config = { .entities = ORM_ENTITIES(team, player, badge),
                          .url = getenv("ORM_TEST_URL"),
                          .preset = preset,
                          .filters = &soft_delete,
                          .filter_count = 1,
                          .log = take_line,
                          .log_context = w };

    if (orm_open(&config, &w->db, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    w->em = orm_fork(w->db, &error);
    must(w, orm_execute(w->em, "set client_min_messages = warning; drop schema public cascade; create schema public", NULL, 0,
                        NULL));
    if (orm_schema_create(w->db, NULL, &error) != ORM_OK) {
        print_error("%s\n", error.message);
        return -1;
    }
    must(w, orm_execute(w->em, rows, NULL, 0, NULL));
    *state = w;
    return 0;
}

static inline int open_native(void **state)
{
    return open_world(state, ORM_PRESET_NATIVE);
}

static inline int open_mikroorm(void **state)
{
    return open_world(state, ORM_PRESET_MIKROORM);
}

static inline int close_world(void **state)
{
    world *w = *state;

    orm_close(w->db);
    forget_lines(w);
    free(w);
    return 0;
}

/* Another entity manager, so that no setting is left. */
static inline int fresh(void **state)
{
    world    *w = *state;
    orm_error error;

    orm_em_close(w->em);
    w->em = orm_fork(w->db, &error);
    forget_lines(w);
    return w->em == NULL ? -1 : 0;
}

/* Names of what was found, in its order. */
static inline void found(const orm_list *list, const char *expected)
{
    char   names[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? " " : "",
                                 ((const player *)list->items[i])->name);
    assert_string_equal(names, expected);
}

#define BY_ID ORM_ORDER({ "id", ORM_ASC })
#define OFF(name_) ORM_USE_FILTERS({ .name = name_, .off = true })
#define WITH(...) (&(orm_find_options){ __VA_ARGS__, .order_by = BY_ID })
#define SELECT_IN .strategy = ORM_STRATEGY_SELECT_IN
#define JOINED .strategy = ORM_STRATEGY_JOINED

#endif
