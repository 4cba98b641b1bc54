/*
 * The full example of the page "Usage with CockroachDB", in C. It prints John.
 *
 * Without an argument it connects as the page does (a local CockroachDB, user root); an argument is a URL to use instead.
 */
#include <stdio.h>

#include <orm/orm.h>

typedef struct author {
    orm_uuid        id;
    const char     *name;
    const char     *email;
    orm_collection *books;
} author;

typedef struct book {
    orm_uuid    id;
    const char *title;
    author     *author;
} book;

static const orm_property author_properties[] = {
    ORM_UUID(author, id, .primary = true),
    ORM_STRING(author, name),
    ORM_STRING(author, email),
    ORM_ONE_TO_MANY(author, books, .target = "Book", .mapped_by = "author"),
};
static const orm_property book_properties[] = {
    ORM_UUID(book, id, .primary = true),
    ORM_STRING(book, title),
    ORM_MANY_TO_ONE(book, author, .target = "Author"),
};
ORM_ENTITY(author, "Author", author_properties);
ORM_ENTITY(book, "Book", book_properties);

static orm_status run(orm *db, orm_error *error)
{
    orm_list books;
    orm_em  *em;
    author  *john;

    if (orm_schema_update(db, NULL, error) != ORM_OK)
        return error->status;
    em = orm_fork(db, error);
    if (em == NULL)
        return error->status;

    john = orm_create(em, author, .name = "John", .email = "john@example.com");
    if (john == NULL || orm_create(em, book, .title = "My Book", .author = john) == NULL || orm_flush(em) != ORM_OK ||
        orm_find(em, book, NULL, &(orm_find_options){ .populate = ORM_PATHS("author") }, &books) != ORM_OK)
        *error = *orm_em_error(em);
    else
        puts(ORM_AT(books, book, 0)->author->name);
    orm_em_close(em);
    return error->status;
}

int main(int argc, char **argv)
{
    orm_config page = { .entities = ORM_ENTITIES(author, book),
                        .db_name = "my_database",
                        .host = "localhost",
                        .port = 26257,
                        .user = "root" };
    orm_config given = { .entities = page.entities, .url = argc > 1 ? argv[1] : NULL };
    orm_error  error = { .status = ORM_OK };
    orm       *db;

    if (orm_open(argc > 1 ? &given : &page, &db, &error) == ORM_OK)
        run(db, &error);
    orm_close(db);
    if (error.status != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_name(error.status), error.message);
    return error.status == ORM_OK ? 0 : 1;
}
