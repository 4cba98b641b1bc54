/*
 * Relations as a blog has them: articles with an author and tags, soft delete as a filter, pages by cursor.
 *
 *     blog URL        wants an empty database
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <orm/orm.h>

typedef struct person {
    orm_uuid        id;
    const char     *name;
    orm_collection *articles;
} person;

typedef struct tag {
    const char *name; /* its key */
} tag;

typedef struct article {
    int64_t           id;
    const char       *title;
    person           *author;
    orm_collection   *tags;
    orm_opt_timestamp deleted_at;
} article;

static const orm_condition not_deleted = { .op = ORM_OP_EQ, .property = "deleted_at" }; /* is null */

static const orm_property person_properties[] = {
    ORM_UUID(person, id, .primary = true),
    ORM_STRING(person, name, .unique = true),
    ORM_ONE_TO_MANY(person, articles, .target = "Article", .mapped_by = "author"),
};
static const orm_property tag_properties[] = {
    ORM_STRING(tag, name, .primary = true, .length = 40),
};
static const orm_property article_properties[] = {
    ORM_BIGINT(article, id, .primary = true),
    ORM_STRING(article, title),
    ORM_MANY_TO_ONE(article, author, .target = "Person"),
    ORM_MANY_TO_MANY(article, tags, .target = "Tag"),
    ORM_TIMESTAMPTZ(article, deleted_at, .nullable = true),
};
ORM_ENTITY(person, "Person", person_properties);
ORM_ENTITY(tag, "Tag", tag_properties);
ORM_ENTITY(article, "Article", article_properties,
           ORM_FILTERS({ .name = "softDelete", .where = &not_deleted, .default_on = true }));

/* New entities refer to each other by pointers; one flush brings them into an order that the database takes. */
static orm_status write_articles(orm_em *em)
{
    static const char *const titles[] = { "Savepoints", "Isolation", "Retries", "Deadlocks", "Drafts" };

    const orm_timestamp now = { .microseconds = (int64_t)time(NULL) * 1000000 };

    person  *ann = orm_create(em, person, .name = "Ann");
    tag     *sql = orm_create(em, tag, .name = "sql");
    tag     *hard = orm_create(em, tag, .name = "hard");
    article *last = NULL;

    if (ann == NULL || sql == NULL || hard == NULL)
        return orm_em_error(em)->status;
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        last = orm_create(em, article, .title = titles[i], .author = ann);
        if (last == NULL || orm_collection_add(em, last->tags, sql) != ORM_OK)
            return orm_em_error(em)->status;
    }
    if (orm_collection_add(em, last->tags, hard) != ORM_OK)
        return orm_em_error(em)->status;
    last->deleted_at = (orm_opt_timestamp)ORM_SOME(now);
    return orm_flush(em);
}

/* Two articles to a page, by title; what is deleted is in none. */
static orm_status print_pages(orm_em *em)
{
    orm_find_options   find = { .order_by = ORM_ORDER({ "title", ORM_ASC }, { "id", ORM_ASC }),
                                .populate = ORM_PATHS("author", "tags") };
    orm_cursor_options options = { .find = &find, .first = 2 };
    orm_page           page;

    do {
        if (orm_find_by_cursor(em, article, &orm_eq("author.name", "Ann"), &options, &page) != ORM_OK)
            return orm_em_error(em)->status;
        printf("a page of %zu, of %" PRIu64 ":", page.items.count, page.total);
        for (size_t i = 0; i < page.items.count; i++) {
            const article *a = ORM_AT(page.items, article, i);

            printf(" %s by %s (%zu tag)", a->title, a->author->name, orm_collection_count(a->tags));
        }
        puts("");
        options.after = page.end_cursor;
    } while (page.has_next);
    return ORM_OK;
}

/* A to-many relation in a condition matches when one of its rows does; the filter is switched off for this find. */
static orm_status print_hard_ones(orm_em *em)
{
    orm_list found;

    if (orm_find(em, article, &orm_eq("tags.name", "hard"), &(orm_find_options){ .no_filters = true }, &found) !=
        ORM_OK)
        return orm_em_error(em)->status;
    for (size_t i = 0; i < found.count; i++)
        printf("hard: %s\n", ORM_AT(found, article, i)->title);
    return ORM_OK;
}

/* A collection that is not loaded can be counted, searched and changed all the same. */
static orm_status retag(orm_em *em)
{
    article *retries = orm_find_one_or_fail(em, article, &orm_eq("title", "Retries"), NULL);
    uint64_t tags;

    if (retries == NULL || orm_collection_add(em, retries->tags, orm_reference(em, tag, "hard")) != ORM_OK ||
        orm_flush(em) != ORM_OK || orm_collection_load_count(em, retries->tags, NULL, &tags) != ORM_OK)
        return orm_em_error(em)->status;
    printf("%s has %" PRIu64 " tags\n", retries->title, tags);
    return ORM_OK;
}

static orm_status run(orm *db, orm_error *error)
{
    static orm_status (*const parts[])(orm_em *) = { write_articles, print_pages, print_hard_ones, retag };

    if (orm_schema_update(db, NULL, error) != ORM_OK)
        return error->status;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        /* A unit of work each: what is read comes from the database. */
        orm_em *em = orm_fork(db, error);

        if (em == NULL)
            return error->status;
        if (parts[i](em) != ORM_OK)
            *error = *orm_em_error(em);
        orm_em_close(em);
        if (error->status != ORM_OK)
            return error->status;
    }
    return ORM_OK;
}

int main(int argc, char **argv)
{
    orm_error error = { .status = ORM_OK };
    orm      *db;

    if (argc != 2) {
        fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    if (orm_open(&(orm_config){ .entities = ORM_ENTITIES(person, tag, article), .url = argv[1] }, &db, &error) ==
        ORM_OK)
        run(db, &error);
    orm_close(db);
    if (error.status != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_name(error.status), error.message);
    return error.status == ORM_OK ? 0 : 1;
}
