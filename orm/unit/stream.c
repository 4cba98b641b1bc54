/* Entities one by one, in the memory of one. */
#include "unit/event.h"
#include "unit/find.h"
#include "unit/hydrate.h"

/* A stream under way. */
typedef struct stream {
    orm_em       *em;    /* the user's, whose connection is read from */
    orm_em       *rows;  /* has the entity of the hour, and nothing else */
    orm_arena    *setup; /* what `rows` worked with while the reader was made, which lasts */
    orm_arena    *work;  /* and what it works with for one entity */
    orm_layout    layout;
    em_rows_reader reader;
    bool          begun;
    orm_instance *root; /* not told yet: more rows may come of it */
    orm_buffer    key;  /* of the root, as the server sent it */

    orm_stream_fn visit;
    void         *context;
} stream;

/* One SELECT is all that a stream has. */
static orm_status check_joined(orm_em *em, const orm_load *load)
{
    orm_status status = ORM_OK;

    for (const orm_load *child = load->children; child != NULL && status == ORM_OK; child = child->next) {
        if (!child->joined)
            return em_fail_property(em, child->relation, 882,
                                    "a stream loads by joins alone, and this would be loaded by a query of its own");
        status = check_joined(em, child);
    }
    return status;
}

static void forget(orm_em *rows)
{
    em_forget_all(rows);
    orm_arena_reset(rows->work);
}

/* Hands the root to the user, and forgets it. */
static orm_status tell(stream *s)
{
    orm_status status = em_tell_loaded(s->rows);

    if (status != ORM_OK) {
        s->em->error = s->rows->error;
        return status;
    }
    /* The user's own calls must leave what this one is still using. */
    s->em->in_event++;
    status = s->visit(s->rows, s->root->self, s->context);
    s->em->in_event--;
    orm_error_clear(&s->em->error);
    s->root = NULL;
    forget(s->rows);
    if (status != ORM_OK)
        orm_fail(&s->em->error, status, 883, "the function that was given the entities of a stream stopped it");
    return status;
}

/* Whether the row is another root's than the one before; its key is noted. False when memory is out, too: see key.broken. */
static bool is_next(stream *s, const orm_result *row)
{
    const orm_meta_entity *meta = s->layout.parts[0].entity;
    orm_buffer             key;
    bool                   next;

    orm_buffer_init(&key, orm_arena_allocator(s->setup), 0);
    for (size_t i = 0; i < meta->key_column_count; i++) {
        size_t      size = 0;
        const char *data = orm_result_data(row, 0, s->reader.readers[0].at[i], &size);

        orm_buffer_append_int(&key, (int64_t)size);
        orm_buffer_append_char(&key, ':');
        orm_buffer_append_bytes(&key, data, size);
    }
    next = key.length != s->key.length || memcmp(key.data, s->key.data, key.length) != 0;
    orm_buffer_reset(&s->key);
    orm_buffer_append_bytes(&s->key, key.data, key.length);
    s->key.broken = s->key.broken || key.broken;
    orm_buffer_free(&key);
    return next;
}

static orm_status begin(stream *s, const orm_result *row)
{
    em_pass    pass = { .number = ++s->rows->visits };
    orm_status status = em_rows_reader_init(&s->reader, s->rows, &s->layout, row, NULL, &pass);

    s->begun = true;
    s->rows->work = s->work;
    return status;
}

static orm_status take(stream *s, const orm_result *row)
{
    orm_instance *root = NULL;
    orm_status    status = s->begun ? ORM_OK : begin(s, row);
    bool          next = status == ORM_OK && is_next(s, row);

    if (status == ORM_OK && s->key.broken)
        return em_fail_memory(s->em);
    if (status == ORM_OK && next && s->root != NULL) {
        status = tell(s);
        if (status != ORM_OK)
            return status;
    }
    if (status == ORM_OK)
        status = em_read_row(&s->reader, row, 0, &root);
    if (status != ORM_OK)
        s->em->error = s->rows->error;
    s->root = root;
    return status;
}

static orm_status read_all(stream *s, orm_statement *statement)
{
    orm_em           *em = s->em;
    orm_reader       *reader = NULL;
    const orm_result *row = NULL;
    orm_error         closing = { .status = ORM_OK };
    orm_status        status = orm_connection_read(em->connection, statement, &reader, &em->error);

    while (status == ORM_OK) {
        status = orm_reader_next(reader, &row, &em->error);
        if (status != ORM_OK || row == NULL)
            break;
        status = take(s, row);
    }
    if (status == ORM_OK && s->root != NULL)
        status = tell(s);
    if (orm_reader_close(reader, &closing) != ORM_OK && status == ORM_OK) {
        em->error = closing;
        status = closing.status;
    }
    if (status != ORM_OK)
        em_sync(em);
    return status;
}

static orm_status run(stream *s, const em_find *f)
{
    orm_query_scope scope = em_scope(s->em);
    orm_statement   statement;
    orm_status      status = em_connect(s->em);

    if (status != ORM_OK)
        return status;
    orm_statement_init(&statement, s->em->connection, s->em->work);
    status = orm_query_select(&statement, &f->select, &scope, &s->layout, &s->em->error);
    if (status == ORM_OK)
        status = read_all(s, &statement);
    orm_statement_free(&statement);
    return status;
}

static orm_status open_rows(stream *s)
{
    s->rows = em_fork_like(s->em);
    if (s->rows == NULL)
        return s->em->error.status;
    s->setup = s->rows->work;
    s->work = orm_arena_new(NULL, &s->em->o->allocator, "stream");
    orm_buffer_init(&s->key, orm_arena_allocator(s->setup), 0);
    return s->work == NULL ? em_fail_memory(s->em) : ORM_OK;
}

static void close_rows(stream *s)
{
    if (s->rows == NULL)
        return;
    s->rows->work = s->setup;
    orm_buffer_free(&s->key);
    orm_arena_free(s->work);
    orm_em_close(s->rows);
}

static orm_status stream_all(stream *s, const orm_meta_entity *meta, const orm_condition *where,
                             const orm_find_options *options)
{
    orm_find_options o = options != NULL ? *options : em_find_defaults;
    em_find          f;
    orm_status       status;

    if (o.strategy == ORM_STRATEGY_DEFAULT)
        o.strategy = ORM_STRATEGY_JOINED;
    status = em_find_init(&f, s->em, meta, where, &o);
    if (status == ORM_OK)
        status = check_joined(s->em, f.load);
    f.select.root_by_root = true;
    if (status == ORM_OK)
        status = em_find_prepare(&f);
    if (status == ORM_OK)
        status = open_rows(s);
    if (status == ORM_OK)
        status = run(s, &f);
    close_rows(s);
    return status;
}

orm_status orm_stream_entities(orm_em *em, const orm_entity *entity, const orm_condition *where,
                               const orm_find_options *options, orm_stream_fn visit, void *context)
{
    const orm_meta_entity *meta = em_find_enter(em, entity, visit != NULL);
    stream                 s = { .em = em, .visit = visit, .context = context };

    if (meta == NULL)
        return em == NULL ? ORM_ERR_ARGUMENT : em->error.status;
    return em_leave(em, stream_all(&s, meta, where, options));
}
