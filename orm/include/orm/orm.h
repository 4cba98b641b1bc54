/*
 * orm.h - liborm: an object-relational mapper for C on PostgreSQL and CockroachDB. Includes all public headers.
 *
 * Start with entity.h (describe structs), session.h (open), em.h (create, change, flush), find.h (find), write.h (upsert).
 */
#ifndef ORM_ORM_H
#define ORM_ORM_H

#include <orm/collection.h>
#include <orm/common.h>
#include <orm/condition.h>
#include <orm/config.h>
#include <orm/control.h>
#include <orm/custom.h>
#include <orm/em.h>
#include <orm/entity.h>
#include <orm/error.h>
#include <orm/event.h>
#include <orm/filter.h>
#include <orm/find.h>
#include <orm/lock.h>
#include <orm/log.h>
#include <orm/memory.h>
#include <orm/schema.h>
#include <orm/serialize.h>
#include <orm/session.h>
#include <orm/transaction.h>
#include <orm/unit_of_work.h>
#include <orm/value.h>
#include <orm/write.h>

#endif
