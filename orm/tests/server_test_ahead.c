/*
 * Flushes that send ahead: fewer turns on the wire, the same statements, failures with their own statement, and entities
 * that are after a failure as they were before.
 */
#include "em_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- A relay between client and server, which counts how often the client has the word ---- */

typedef struct relay {
    char       folder[64];
    char       path[108];
    int        listener;
    atomic_int turns;
    pthread_t  thread;
} relay;

static struct sockaddr_un socket_address(const char *folder)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    /* A path that does not fit leads nowhere. */
    if (snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder) >= (int)sizeof address.sun_path)
        address.sun_path[0] = '\0';
    return address;
}

static bool pass_on(int from, int to)
{
    char    bytes[65536];
    ssize_t got = read(from, bytes, sizeof bytes);

    for (ssize_t done = 0; done < got;) {
        ssize_t sent = write(to, bytes + done, (size_t)(got - done));

        if (sent <= 0)
            return false;
        done += sent;
    }
    return got > 0;
}

/* One connection, until the client goes. */
static void *run_relay(void *argument)
{
    relay             *r = argument;
    int                client = accept(r->listener, NULL, NULL);
    int                server = socket(AF_UNIX, SOCK_STREAM, 0);
    char               folder[108];
    struct sockaddr_un address;
    bool               client_has_word = false;
    struct pollfd      fds[2];

    snprintf(folder, sizeof folder, "%s", strstr(getenv("ORM_TEST_URL"), "host=") + strlen("host="));
    folder[strcspn(folder, "&")] = '\0';
    address = socket_address(folder);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0)
        return NULL;
    fds[0] = (struct pollfd){ .fd = client, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = server, .events = POLLIN };
    while (poll(fds, 2, -1) > 0) {
        if (fds[1].revents != 0) {
            client_has_word = false;
            if (!pass_on(server, client))
                break;
        } else if (fds[0].revents != 0) {
            if (!client_has_word)
                atomic_fetch_add(&r->turns, 1);
            client_has_word = true;
            if (!pass_on(client, server))
                break;
        }
    }
    close(client);
    close(server);
    return NULL;
}

static void start_relay(relay *r)
{
    struct sockaddr_un address;

    *r = (relay){ .folder = "/tmp/liborm-relay.XXXXXX" };
    atomic_init(&r->turns, 0);
    assert_non_null(mkdtemp(r->folder));
    address = socket_address(r->folder);
    snprintf(r->path, sizeof r->path, "%s", address.sun_path);
    r->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(r->listener, 1), 0);
    assert_int_equal(pthread_create(&r->thread, NULL, run_relay, r), 0);
}

static void end_relay(relay *r)
{
    pthread_join(r->thread, NULL);
    close(r->listener);
    unlink(r->path);
    rmdir(r->folder);
}

/* ---- What is saved ---- */

typedef struct counts {
    int insert;
    int update;
    int many;
} counts;

static int turns_of_flush(relay *r, orm_em *em)
{
    int before = atomic_load(&r->turns);

    check(em, orm_flush(em));
    return atomic_load(&r->turns) - before;
}

static counts count_turns(orm_switch pipeline)
{
    relay      r;
    orm_config config = {
        .entities = fixture_entities, .pipeline = pipeline, .user = "postgres", .db_name = "postgres"
    };
    counts    c = { .insert = 0 };
    orm      *db;
    orm_em   *em;
    tag      *t;
    author   *a;
    orm_error error;

    char email[2] = { pipeline == ORM_OFF ? 'a' : 'x', '\0' };

    start_relay(&r);
    config.host = r.folder;
    if (orm_open(&config, &db, &error) != ORM_OK)
        fail_msg("%s", error.message);
    em = orm_fork(db, NULL);
    for (int round = 0; round < 2; round++) { /* the first one prepares what the second one has */
        t = orm_create(em, tag, .name = "t");
        c.insert = turns_of_flush(&r, em);
        t->name = "u";
        c.update = turns_of_flush(&r, em);
        a = orm_create(em, author, .name = "a", .email = email);
        email[0]++;
        check(em, orm_flush(em));
        a->name = "c";
        t->name = "v";
        check(em, orm_remove(em, orm_reference(em, publisher, "1")));
        c.many = turns_of_flush(&r, em);
    }
    orm_em_close(em);
    orm_close(db);
    end_relay(&r);
    return c;
}

static void test_turns(void **state)
{
    world *w = *state;
    counts with;
    counts without;

    if (orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM)
        return;
    without = count_turns(ORM_OFF);
    with = count_turns(ORM_DEFAULT);
    /* begin, insert, commit; begin, update, commit; begin, two updates, a delete, commit */
    assert_int_equal(without.insert, 3);
    assert_int_equal(without.update, 3);
    assert_int_equal(without.many, 5);
    /* The insert's keys are waited for; all else goes at once. */
    assert_int_equal(with.insert, 2);
    assert_int_equal(with.update, 1);
    assert_int_equal(with.many, 1);
}

/* ---- What stays the same ---- */

static void test_statements(void **state)
{
    world  *w = *state;
    tag    *t = orm_create(w->em, tag, .name = "t");
    author *a = orm_create(w->em, author, .name = "a", .email = "a");
    tag    *gone = orm_create(w->em, tag, .name = "gone");
    size_t  at;

    check(w->em, orm_flush(w->em));
    t->name = "u";
    a->name = "b";
    check(w->em, orm_remove(w->em, gone));
    at = w->log.count;
    check(w->em, orm_flush(w->em));
    assert_int_equal(w->log.count - at, 5);
    assert_sent(w, at, "begin");
    assert_non_null(strstr(w->log.lines[at + 1], "update \""));
    assert_non_null(strstr(w->log.lines[at + 2], "update \""));
    assert_non_null(strstr(w->log.lines[at + 3], "delete from \"tag\""));
    assert_sent(w, at + 4, "commit");
    assert_sql(w, "select (select name from author) || (select string_agg(name, ',') from tag)", "bu");
}

/* ---- Failures ---- */

static void test_failure(void **state)
{
    world  *w = *state;
    author *first = orm_create(w->em, author, .name = "first", .email = "first");
    author *second = orm_create(w->em, author, .name = "second", .email = "second");
    tag    *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    for (int inside = 0; inside < 2; inside++) {
        if (inside)
            check(w->em, orm_begin(w->em, NULL));
        second->email = "first"; /* is taken */
        t->name = "u";
        check(w->em, orm_remove(w->em, t));
        assert_int_equal(orm_flush(w->em), ORM_ERR_UNIQUE_CONSTRAINT);
        assert_string_equal(orm_em_error(w->em)->constraint, "author_email_key");
        assert_non_null(strstr(orm_em_error(w->em)->sql, "update \"author\""));
        assert_int_equal(orm_in_transaction(w->em), inside);
        if (inside)
            check(w->em, orm_rollback(w->em));
        assert_sql(w, "select string_agg(email, ',' order by email) from author",
                   inside ? "first,third" : "first,second");
        /* All is still to be written, and can be once the cause is gone. */
        second->email = inside ? "fourth" : "third";
        first->name = "changed";
        if (!inside)
            check(w->em, orm_persist(w->em, t));
        check(w->em, orm_flush(w->em));
        assert_sql(w, "select string_agg(email, ',' order by email) from author",
                   inside ? "first,fourth" : "first,third");
        assert_sql(w, "select count(*) from tag", inside ? "0" : "1");
    }
}

/* The server objects only when it commits. */
static void test_failure_in_commit(void **state)
{
    world *w = *state;
    tag   *t = orm_create(w->em, tag, .name = "t");

    check(w->em, orm_flush(w->em));
    sql(w, "create or replace function refuse() returns trigger language plpgsql as"
           " 'begin raise exception ''not this one''; end';"
           "create constraint trigger refuse after update on tag deferrable initially deferred"
           " for each row execute function refuse()");
    t->name = "u";
    assert_int_equal(orm_flush(w->em), ORM_ERR_DRIVER);
    assert_string_equal(orm_em_error(w->em)->message, "not this one");
    assert_string_equal(orm_em_error(w->em)->sql, "commit");
    assert_false(orm_in_transaction(w->em));
    sql(w, "drop trigger refuse on tag");
    check(w->em, orm_flush(w->em));
    assert_sql(w, "select name from tag", "u");
}

/* ---- Listeners ---- */

typedef struct listener {
    world *w;
    size_t statements; /* that had been answered when it was told */
} listener;

static orm_status note_statements(void *context, const orm_event *event)
{
    listener *l = context;

    (void)event;
    l->statements = l->w->log.count;
    return ORM_OK;
}

/* Who is told that a row was updated is told after it was. */
static void test_listener(void **state)
{
    world               *w = *state;
    listener             l = { .w = w };
    const orm_subscriber subscriber = { .events = ORM_EVENT_BIT(ORM_EVENT_AFTER_UPDATE),
                                        .handle = note_statements,
                                        .context = &l };
    orm_em              *em = orm_fork(w->db, NULL);
    tag                 *t = orm_create(em, tag, .name = "t");
    size_t               before;

    check(em, orm_flush(em));
    check(em, orm_subscribe(em, &subscriber));
    t->name = "u";
    before = w->log.count;
    check(em, orm_flush(em));
    assert_int_equal(l.statements, before + 2); /* begin, update */
    orm_em_close(em);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_turns, fresh),    cmocka_unit_test_setup(test_statements, fresh),
        cmocka_unit_test_setup(test_failure, fresh),  cmocka_unit_test_setup(test_failure_in_commit, fresh),
        cmocka_unit_test_setup(test_listener, fresh),
    };

    return RUN_IN_BOTH_PRESETS(tests);
}
