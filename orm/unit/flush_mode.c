/* When a query flushes what is pending. */
#include <string.h>

#include "unit/em_private.h"

void em_queue(orm_em *em, const orm_meta_entity *meta)
{
    em->queued[meta->root->index] = true;
}

void em_unqueue_all(orm_em *em)
{
    memset(em->queued, 0, (em->o->meta->entity_count + 1) * sizeof *em->queued);
}

orm_status em_check_flush_mode(orm_em *em, orm_flush_mode mode)
{
    if ((unsigned)mode <= ORM_FLUSH_ALWAYS)
        return ORM_OK;
    return orm_fail(&em->error, ORM_ERR_ARGUMENT, 610, "the flush mode %d is none of orm_flush_mode", (int)mode);
}

bool em_is_to_flush(const orm_em *em, const orm_meta_entity *meta, orm_flush_mode mode)
{
    if (mode == ORM_FLUSH_DEFAULT)
        mode = em->flush_mode;
    /* An event is told in the middle of a flush, or of what must not become one. */
    if (em->in_event > 0)
        return false;
    return mode == ORM_FLUSH_ALWAYS || (mode == ORM_FLUSH_AUTO && em->queued[meta->root->index]);
}

orm_status orm_set_flush_mode(orm_em *em, orm_flush_mode mode)
{
    if (!em_enter(em))
        return ORM_ERR_ARGUMENT;
    if (em_check_flush_mode(em, mode) != ORM_OK)
        return em_leave(em, em->error.status);
    em->flush_mode = mode == ORM_FLUSH_DEFAULT ? ORM_FLUSH_AUTO : mode;
    return em_leave(em, ORM_OK);
}

orm_flush_mode orm_flush_mode_of(const orm_em *em)
{
    return em == NULL ? ORM_FLUSH_AUTO : em->flush_mode;
}
