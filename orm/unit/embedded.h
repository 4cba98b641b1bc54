/*
 * embedded.h - embedded values that are kept as JSON: from members to text before a flush, from text to members after a
 * read. The text stands in a slot behind the user's struct, where the rest of the unit of work treats it as any JSON.
 */
#ifndef ORM_UNIT_EMBEDDED_H
#define ORM_UNIT_EMBEDDED_H

#include "unit/instance.h"

struct orm_em;

/*
 * Brings the text of every object and list up to date with its members. Those that have changed are copied, so that
 * nothing of the user's memory is kept. Checks required members and values: ORM_ERR_VALIDATION names the member.
 */
orm_status em_compose_embedded(struct orm_em *em, orm_instance *instance);

/* Fills the members in `self`, any struct of the entity, from the property's text; the text becomes what they give. */
orm_status em_spread_embedded(struct orm_em *em, const orm_meta_property *property, void *self);

/* Takes a list over from the user's struct. Members of an object are properties like others: nothing is done for them. */
orm_status em_embedded_adopt(struct orm_em *em, const orm_meta_property *property, void *self, const void *values);

/* The text that the members in `self` give, in the entity manager's memory; NULL for SQL NULL. */
orm_status em_embedded_text(struct orm_em *em, const orm_meta_property *property, const void *self, const char **out);

/* Whether members, or the list and its items, are no longer as they were saved; a look at the bytes, without the text. */
bool orm_embedded_is_touched(const orm_meta_property *property, const orm_instance *instance);

/* Copies the members (not the text) from one struct to another, bit by bit. */
void orm_embedded_copy(const orm_meta_property *property, void *to, const void *from);

#endif
