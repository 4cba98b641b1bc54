/* Which rows of a table that several entities share are of one of them: MikroORM's applyDiscriminatorCondition(). */
#include "base/fail.h"
#include "query/plan.h"

orm_status orm_plan_restrict_type(orm_plan *plan, orm_join *join, orm_bound **to)
{
    const orm_meta_entity *entity = join == NULL ? plan->root : join->target;
    orm_bound             *bound;
    const void           **slots;

    /* An abstract root has all of them. */
    if (entity->discriminator == NULL || (entity->is_abstract && entity->base == NULL))
        return ORM_OK;
    bound = orm_arena_zalloc(plan->arena, sizeof *bound);
    slots = orm_arena_calloc(plan->arena, entity->type_count, sizeof *slots);
    if (bound == NULL || slots == NULL)
        return orm_fail_memory(plan->error);
    for (size_t i = 0; i < entity->type_count; i++)
        slots[i] = &entity->types[i]->discriminator_value;
    *bound = (orm_bound){ .kind = ORM_BOUND_COMPARE,
                          .op = entity->type_count == 1 ? ORM_OP_EQ : ORM_OP_IN,
                          .property = entity->discriminator,
                          .join = join,
                          .columns = entity->columns + entity->discriminator->columns[0].index,
                          .column_count = 1,
                          .slots = slots,
                          .value_count = entity->type_count };
    return orm_bound_and(plan, to, bound);
}
