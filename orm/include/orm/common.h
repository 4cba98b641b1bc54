/*
 * common.h - what every public header needs: linkage, compiler attributes, the version.
 */
#ifndef ORM_COMMON_H
#define ORM_COMMON_H

#define ORM_VERSION_MAJOR 0
#define ORM_VERSION_MINOR 1
#define ORM_VERSION_PATCH 0
#define ORM_VERSION "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define ORM_API __attribute__((visibility("default")))
#define ORM_PRINTF(format_at, first_at) __attribute__((__format__(__printf__, format_at, first_at)))
#define ORM_MUST_CHECK __attribute__((warn_unused_result))
#else
#define ORM_API
#define ORM_PRINTF(format_at, first_at)
#define ORM_MUST_CHECK
#endif

#ifdef __cplusplus
#define ORM_BEGIN_DECLS extern "C" {
#define ORM_END_DECLS }
#else
#define ORM_BEGIN_DECLS
#define ORM_END_DECLS
#endif

#endif
