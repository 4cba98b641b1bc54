#include "reports/writers/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

static orm_status fail(const char *path, orm_error *error)
{
    return orm_fail(error, ORM_ERR_CONFIG, 0, "cannot write %s: %s", path, strerror(errno));
}

/* False with errno set. */
static bool write_all(int file, const orm_buffer *content)
{
    size_t done = 0;

    while (done < content->length) {
        ssize_t written = write(file, content->data + done, content->length - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

/* Closes in any case, and keeps the errno of the first failure. */
static bool write_and_close(int file, const orm_buffer *content)
{
    bool written = write_all(file, content);
    int  why = errno;

    if (close(file) != 0 && written)
        return false;
    errno = why;
    return written;
}

static bool is_special(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static orm_status write_special(const char *path, const orm_buffer *content, orm_error *error)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);

    return file < 0 || !write_and_close(file, content) ? fail(path, error) : ORM_OK;
}

/* Not mkstemp(), whose files are readable by their owner only; a report is for all whom the umask lets. */
static int open_temporary(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (file < 0 && errno == EEXIST && unlink(path) == 0) /* of a process with our number that was killed */
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return file;
}

static orm_status write_regular(const char *path, const char *temporary, const orm_buffer *content, orm_error *error)
{
    int file = open_temporary(temporary);

    if (file < 0)
        return fail(path, error);
    if (write_and_close(file, content) && rename(temporary, path) == 0)
        return ORM_OK;
    fail(path, error);
    unlink(temporary);
    return ORM_ERR_CONFIG;
}

orm_status cc_write_file(const char *path, const orm_buffer *content, orm_error *error)
{
    orm_buffer temporary;
    orm_status status = ORM_OK;

    if (content->broken)
        return orm_fail_memory(error);
    if (is_special(path))
        return write_special(path, content, error);
    orm_buffer_init(&temporary, NULL, 0);
    orm_buffer_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    status = temporary.broken ? orm_fail_memory(error) : write_regular(path, temporary.data, content, error);
    orm_buffer_free(&temporary);
    return status;
}
