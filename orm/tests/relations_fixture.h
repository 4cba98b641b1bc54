/*
 * relations_fixture.h - entities with every kind of relation; their tables are made by the schema generator.
 */
#ifndef ORM_TESTS_RELATIONS_FIXTURE_H
#define ORM_TESTS_RELATIONS_FIXTURE_H

#include "em_fixture.h"

/* One-to-ones: a nullable one, one that removes orphans, one whose foreign key is the primary key. */
struct passport;
struct account;
struct address;
typedef struct person {
    int64_t          id;
    const char      *name;
    struct passport *passport;
    struct account  *account;
    struct address  *address;
    orm_collection  *pets;  /* nullable children */
    orm_collection  *bills; /* orphans are removed */
    orm_collection  *notes; /* required, and nothing cascades but persisting */
} person;
typedef struct passport {
    int64_t     id;
    const char *number;
    person     *person;
} passport;
typedef struct account {
    int64_t     id;
    const char *iban;
    person     *person;
} account;
typedef struct address {
    person     *person;
    const char *city;
} address;
typedef struct pet {
    int64_t     id;
    const char *name;
    person     *owner;
} pet;
typedef struct bill {
    int64_t     id;
    const char *sum;
    person     *payer;
} bill;
typedef struct note {
    int64_t     id;
    const char *text;
    person     *person;
} note;

/* Many-to-manys: both sides, itself, in a fixed order, by an entity with columns of its own. */
typedef struct label {
    int64_t         id;
    const char     *name;
    orm_collection *articles;
} label;
typedef struct article {
    int64_t         id;
    const char     *title;
    orm_collection *labels;
    orm_collection *related;
    orm_collection *steps;
    orm_collection *reviewers;
} article;
typedef struct step {
    int64_t     id;
    const char *name;
} step_;
typedef struct reviewer {
    int64_t         id;
    const char     *name;
    orm_collection *articles;
} reviewer;
typedef struct review {
    article      *article;
    reviewer     *reviewer;
    orm_opt_int32 stars;
} review;

/* A key of two references, and a reference to it. */
typedef struct seat {
    article    *article;
    label      *label;
    const char *row;
} seat;
typedef struct ticket {
    int64_t     id;
    seat       *seat;
} ticket;

static const orm_property person_properties[] = {
    ORM_BIGINT(person, id, .primary = true),
    ORM_STRING(person, name),
    ORM_ONE_TO_ONE(person, passport, .target = "Passport", .mapped_by = "person"),
    ORM_ONE_TO_ONE(person, account, .target = "Account", .mapped_by = "person", .orphan_removal = true),
    ORM_ONE_TO_ONE(person, address, .target = "Address", .mapped_by = "person"),
    ORM_ONE_TO_MANY(person, pets, .target = "Pet", .mapped_by = "owner"),
    ORM_ONE_TO_MANY(person, bills, .target = "Bill", .mapped_by = "payer", .orphan_removal = true),
    ORM_ONE_TO_MANY(person, notes, .target = "Note", .mapped_by = "person"),
};
static const orm_property passport_properties[] = {
    ORM_BIGINT(passport, id, .primary = true),
    ORM_STRING(passport, number, .unique = true),
    ORM_ONE_TO_ONE(passport, person, .target = "Person", .nullable = true),
};
static const orm_property account_properties[] = {
    ORM_BIGINT(account, id, .primary = true),
    ORM_STRING(account, iban),
    ORM_ONE_TO_ONE(account, person, .target = "Person"),
};
static const orm_property address_properties[] = {
    ORM_ONE_TO_ONE(address, person, .target = "Person", .primary = true),
    ORM_STRING(address, city),
};
static const orm_property pet_properties[] = {
    ORM_BIGINT(pet, id, .primary = true),
    ORM_STRING(pet, name),
    ORM_MANY_TO_ONE(pet, owner, .target = "Person", .nullable = true),
};
static const orm_property bill_properties[] = {
    ORM_BIGINT(bill, id, .primary = true),
    ORM_STRING(bill, sum),
    ORM_MANY_TO_ONE(bill, payer, .target = "Person"),
};
static const orm_property note_properties[] = {
    ORM_BIGINT(note, id, .primary = true),
    ORM_STRING(note, text),
    ORM_MANY_TO_ONE(note, person, .target = "Person"),
};
static const orm_property label_properties[] = {
    ORM_BIGINT(label, id, .primary = true),
    ORM_STRING(label, name),
    ORM_MANY_TO_MANY(label, articles, .target = "Article", .mapped_by = "labels"),
};
static const orm_property article_properties[] = {
    ORM_BIGINT(article, id, .primary = true),
    ORM_STRING(article, title),
    ORM_MANY_TO_MANY(article, labels, .target = "Label", .pivot_table = "article_label"),
    ORM_MANY_TO_MANY(article, related, .target = "Article"),
    ORM_MANY_TO_MANY(article, steps, .target = "Step", .fixed_order = true),
    ORM_MANY_TO_MANY(article, reviewers, .target = "Reviewer", .pivot_entity = "Review"),
};
static const orm_property step_properties[] = {
    ORM_BIGINT(step_, id, .primary = true),
    ORM_STRING(step_, name),
};
static const orm_property reviewer_properties[] = {
    ORM_BIGINT(reviewer, id, .primary = true),
    ORM_STRING(reviewer, name),
    ORM_MANY_TO_MANY(reviewer, articles, .target = "Article", .mapped_by = "reviewers"),
};
static const orm_property review_properties[] = {
    ORM_MANY_TO_ONE(review, article, .target = "Article", .primary = true),
    ORM_MANY_TO_ONE(review, reviewer, .target = "Reviewer", .primary = true),
    ORM_INTEGER(review, stars, .default_raw = "3"),
};
static const orm_property seat_properties[] = {
    ORM_MANY_TO_ONE(seat, article, .target = "Article", .primary = true),
    ORM_MANY_TO_ONE(seat, label, .target = "Label", .primary = true),
    ORM_STRING(seat, row),
};
static const orm_property ticket_properties[] = {
    ORM_BIGINT(ticket, id, .primary = true),
    ORM_MANY_TO_ONE(ticket, seat, .target = "Seat"),
};
ORM_ENTITY(person, "Person", person_properties);
ORM_ENTITY(passport, "Passport", passport_properties);
ORM_ENTITY(account, "Account", account_properties);
ORM_ENTITY(address, "Address", address_properties);
ORM_ENTITY(pet, "Pet", pet_properties);
ORM_ENTITY(bill, "Bill", bill_properties);
ORM_ENTITY(note, "Note", note_properties);
ORM_ENTITY(label, "Label", label_properties);
ORM_ENTITY(article, "Article", article_properties);
ORM_ENTITY(step_, "Step", step_properties);
ORM_ENTITY(reviewer, "Reviewer", reviewer_properties);
ORM_ENTITY(review, "Review", review_properties);
ORM_ENTITY(seat, "Seat", seat_properties);
ORM_ENTITY(ticket, "Ticket", ticket_properties);

static const orm_entity *const relations_entities[] = {
    &orm_entity_person,  &orm_entity_passport, &orm_entity_account,  &orm_entity_address, &orm_entity_pet,
    &orm_entity_bill,    &orm_entity_note,     &orm_entity_label,    &orm_entity_article, &orm_entity_step_,
    &orm_entity_reviewer, &orm_entity_review,  &orm_entity_seat,     &orm_entity_ticket,  NULL
};

static inline int open_relations_native(void **state)
{
    return open_entities(state, ORM_PRESET_NATIVE, relations_entities);
}

static inline int open_relations_mikroorm(void **state)
{
    return open_entities(state, ORM_PRESET_MIKROORM, relations_entities);
}

static inline int reset_relations(void **state)
{
    world *w = *state;

    check(w->em, orm_clear(w->em));
    sql(w, "truncate person, passport, account, address, pet, bill, note, label, article, step, reviewer, review, seat,"
           " ticket, article_label, article_related, article_steps restart identity cascade");
    sql_log_clear(&w->log);
    return 0;
}

/* Flushes, and sees that so many statements were sent, transaction control among them. */
static inline void flush_sends(world *w, size_t count)
{
    sql_log_clear(&w->log);
    check(w->em, orm_flush(w->em));
    if (w->log.count != count) {
        for (size_t i = 0; i < w->log.count; i++)
            print_error("  %s\n", w->log.lines[i]);
        fail_msg("%zu statements were sent, not %zu", w->log.count, count);
    }
}

static inline bool is_mikroorm(const world *w)
{
    return orm_settings_of(w->db).preset == ORM_PRESET_MIKROORM;
}

#define RUN_RELATIONS(tests)                                                                                           \
    (cmocka_run_group_tests_name("native", tests, open_relations_native, close_emptied) +                              \
     cmocka_run_group_tests_name("mikroorm", tests, open_relations_mikroorm, close_emptied))

#endif
