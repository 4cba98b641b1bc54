#include <string.h>

#include <orm/control.h>

#include "unit/em_private.h"

orm_status orm_cancel(orm_em *em)
{
    if (em == NULL)
        return ORM_ERR_ARGUMENT;
    orm_interrupt_request(em->interrupt);
    return ORM_OK;
}

orm_status orm_set_deadline(orm_em *em, unsigned milliseconds)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    orm_interrupt_set_deadline(em->interrupt, milliseconds);
    return ORM_OK;
}

orm_status orm_set_label(orm_em *em, const char *label)
{
    const orm_allocator *allocator;
    char                *copy = NULL;

    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    allocator = &em->o->allocator;
    if (label != NULL) {
        copy = allocator->alloc(allocator->context, strlen(label) + 1);
        if (copy == NULL)
            return em_fail_memory(em);
        memcpy(copy, label, strlen(label) + 1);
    }
    if (em->connection != NULL)
        orm_connection_set_label(em->connection, copy);
    if (em->label != NULL)
        allocator->release(allocator->context, em->label);
    em->label = copy;
    return ORM_OK;
}
