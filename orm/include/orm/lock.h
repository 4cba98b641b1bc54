/*
 * lock.h - locks that are asked for: rows of the server, and versions in memory. Versions themselves are in entity.h.
 */
#ifndef ORM_LOCK_H
#define ORM_LOCK_H

#include <orm/error.h>
#include <orm/value.h>

ORM_BEGIN_DECLS

typedef struct orm_em orm_em;

/* The words are MikroORM's. All but OPTIMISTIC need an open transaction, and hold until its end. */
typedef enum orm_lock_mode {
    ORM_LOCK_NONE = 0,
    ORM_LOCK_OPTIMISTIC,                /* the entity must have the version that is given */
    ORM_LOCK_PESSIMISTIC_READ,          /* for share: others may read and share, not write */
    ORM_LOCK_PESSIMISTIC_WRITE,         /* for update: others wait */
    ORM_LOCK_PESSIMISTIC_PARTIAL_WRITE, /* for update skip locked: rows that others have locked are left out */
    ORM_LOCK_PESSIMISTIC_WRITE_OR_FAIL, /* for update nowait: ORM_ERR_LOCK_WAIT_TIMEOUT instead of waiting */
    ORM_LOCK_PESSIMISTIC_PARTIAL_READ,  /* for share skip locked */
    ORM_LOCK_PESSIMISTIC_READ_OR_FAIL   /* for share nowait */
} orm_lock_mode;

/*
 * Locks an entity's row, or compares its version in memory.
 *
 * OPTIMISTIC sends nothing: ORM_ERR_OPTIMISTIC_LOCK when the version is not `*version`, or the entity has none. `version`
 * NULL only asks whether it has one.
 *
 * The others take no version. Outside a transaction they are ORM_ERR_VALIDATION, and nothing is sent. The values in
 * memory are not read again (find it with `refresh` and the lock for that). ORM_ERR_NOT_FOUND: the row is gone;
 * ORM_ERR_LOCK_WAIT_TIMEOUT: somebody else has locked it, where the mode does not wait. After the server's own refusal
 * (nowait) the transaction can only be rolled back.
 *
 * A new or removed entity is ORM_ERR_VALIDATION.
 */
ORM_API orm_status orm_lock(orm_em *em, void *entity, orm_lock_mode mode, const orm_value *version);

ORM_END_DECLS

#endif
