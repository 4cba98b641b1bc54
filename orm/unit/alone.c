#include "unit/em_private.h"

orm_status em_alone(orm_em *em, orm_status (*work)(void *context), void *context)
{
    orm_status status = em_begin_ahead(em);
    orm_error  why;

    if (status == ORM_OK)
        status = work(context);
    if (status == ORM_OK)
        status = em_end_ahead(em);
    if (status == ORM_OK)
        return status;
    why = em->error;
    em_settle(em); /* it failed on the way, for a reason of ours: what is under way does not matter any more */
    em->error = why;
    if (em->level_count == 0)
        return status;
    em_rollback(em);
    em->error = why;
    return status;
}
