/*
 * Transactions as a bank needs them: a transfer that is repeated when it cannot be serialized, a savepoint around what may
 * fail, a version that notices that somebody else was faster.
 *
 *     bank URL        wants an empty database
 */
#include <stdio.h>

#include <orm/orm.h>

typedef struct account {
    const char *owner; /* its key */
    int64_t     cents;
    int32_t     version;
} account;

typedef struct entry {
    int64_t     id;
    account    *account;
    int64_t     cents;
    const char *note;
} entry;

static const orm_property account_properties[] = {
    ORM_STRING(account, owner, .primary = true),
    ORM_BIGINT(account, cents),
    ORM_INTEGER(account, version, .version = true),
};
static const orm_property entry_properties[] = {
    ORM_BIGINT(entry, id, .primary = true),
    ORM_MANY_TO_ONE(entry, account, .target = "Account"),
    ORM_BIGINT(entry, cents),
    ORM_STRING(entry, note, .unique = true),
};
ORM_ENTITY(account, "Account", account_properties);
ORM_ENTITY(entry, "Entry", entry_properties);

typedef struct transfer {
    const char *from;
    const char *to;
    int64_t     cents;
} transfer;

/* Runs in a transaction. `em` is the one to work with: each attempt gets an empty one. */
static orm_status move_money(orm_em *em, void *context)
{
    const transfer *t = context;
    account        *from = orm_find_one_or_fail(em, account, &orm_key(t->from), NULL);
    account        *to = from == NULL ? NULL : orm_find_one_or_fail(em, account, &orm_key(t->to), NULL);

    if (to == NULL)
        return orm_em_error(em)->status;
    if (from->cents < t->cents) {
        printf("%s has only %lld\n", t->from, (long long)from->cents);
        return ORM_ERR_VALIDATION; /* any status but ORM_OK rolls back */
    }
    from->cents -= t->cents;
    to->cents += t->cents;
    return ORM_OK; /* flush and COMMIT follow */
}

static orm_status transfer_money(orm_em *em, transfer t)
{
    const orm_transaction_options options = { .isolation = ORM_ISOLATION_SERIALIZABLE, .retry = { .attempts = 5 } };

    return orm_transactional(em, move_money, &t, &options);
}

typedef struct booking {
    account *account;
    entry   *entry; /* what book() made */
} booking;

static orm_status book(orm_em *em, void *context)
{
    booking *b = context;

    b->entry = orm_create(em, entry, .account = b->account, .cents = 100, .note = "rent for May");
    return b->entry != NULL ? ORM_OK : orm_em_error(em)->status;
}

/*
 * An inner transaction is a savepoint: when it fails, the outer one can go on. What was new in it is pending again, so that
 * it can be mended and written after all; here it is given up.
 */
static orm_status book_twice(orm_em *em, void *context)
{
    const transfer *t = context;
    booking         b = { .account = orm_find_one_or_fail(em, account, &orm_key(t->to), NULL) };

    if (b.account == NULL || orm_transactional(em, book, &b, NULL) != ORM_OK)
        return orm_em_error(em)->status;
    if (orm_transactional(em, book, &b, NULL) != ORM_ERR_UNIQUE_CONSTRAINT)
        return orm_em_error(em)->status;
    puts("booked already");
    return orm_remove(em, b.entry);
}

/* Two entity managers have read the same row. The second one to write is told so; nothing of it is written. */
static orm_status meet(orm_em *em)
{
    orm_em  *other = orm_fork(orm_em_orm(em), NULL);
    account *here = orm_find_one_or_fail(em, account, &orm_key("Ann"), NULL);
    account *there = other == NULL ? NULL : orm_find_one_or_fail(other, account, &orm_key("Ann"), NULL);

    if (here != NULL && there != NULL) {
        here->cents = 1;
        there->cents = 2;
        if (orm_flush(em) == ORM_OK && orm_flush(other) == ORM_ERR_OPTIMISTIC_LOCK)
            puts("somebody else was faster");
    }
    orm_em_close(other);
    return orm_em_error(em)->status;
}

static orm_status work(orm_em *em)
{
    orm_status status;
    orm_list   all;

    if (orm_create(em, account, .owner = "Ann", .cents = 500) == NULL ||
        orm_create(em, account, .owner = "Bob", .cents = 0) == NULL || orm_flush(em) != ORM_OK)
        return orm_em_error(em)->status;
    status = transfer_money(em, (transfer){ "Ann", "Bob", 200 });
    if (status == ORM_OK && transfer_money(em, (transfer){ "Bob", "Ann", 1000 }) != ORM_ERR_VALIDATION)
        return ORM_ERR_VALIDATION;
    /* The transfers were made by entity managers of their own: what this one knows of the accounts is old. */
    if (status == ORM_OK)
        status = orm_clear(em);
    if (status == ORM_OK)
        status = orm_transactional(em, book_twice, &(transfer){ .to = "Ann" }, NULL);
    if (status == ORM_OK)
        status = meet(em);
    if (status != ORM_OK)
        return status;
    if (orm_find_all(em, account, &(orm_find_options){ .order_by = ORM_ORDER({ "owner", ORM_ASC }) }, &all) != ORM_OK)
        return orm_em_error(em)->status;
    for (size_t i = 0; i < all.count; i++)
        printf("%s: %lld\n", ORM_AT(all, account, i)->owner, (long long)ORM_AT(all, account, i)->cents);
    return ORM_OK;
}

int main(int argc, char **argv)
{
    orm_error error = { .status = ORM_OK };
    orm_em   *em = NULL;
    orm      *db;

    if (argc != 2) {
        fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    if (orm_open(&(orm_config){ .entities = ORM_ENTITIES(account, entry), .url = argv[1] }, &db, &error) == ORM_OK &&
        orm_schema_update(db, NULL, &error) == ORM_OK)
        em = orm_fork(db, &error);
    if (em != NULL && work(em) != ORM_OK)
        error = *orm_em_error(em);
    orm_em_close(em);
    orm_close(db);
    if (error.status != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_name(error.status), error.message);
    return error.status == ORM_OK ? 0 : 1;
}
