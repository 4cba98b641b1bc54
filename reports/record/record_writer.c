#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "reports/record/record_private.h"

/* A line goes out with write() and not through stdio, so that no forked worker carries a copy of unwritten bytes. */
struct cc_record_writer {
    int        file;
    char      *path;
    orm_buffer line;
    orm_error  first_error;
};

/*
 * Only one run at a time may write a record. The lock belongs to this process and ends with it, however it ends; file
 * systems without locks go without.
 */
static bool lock_file(int file)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(file, F_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

cc_record_writer *cc_record_create(const char *path, orm_error *error)
{
    cc_record_writer *writer = calloc(1, sizeof *writer);
    char             *copy = strdup(path);

    if (writer == NULL || copy == NULL) {
        free(writer);
        free(copy);
        orm_fail_memory(error);
        return NULL;
    }
    writer->path = copy;
    orm_buffer_init(&writer->line, NULL, 0);
    writer->file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (writer->file < 0) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "cannot write the run record %s: %s", path, strerror(errno));
    } else if (!lock_file(writer->file)) {
        orm_fail(error, ORM_ERR_CONFIG, 0, "another run is writing %s: give this one another --out", path);
    } else if (ftruncate(writer->file, 0) != 0 && errno != EINVAL) { /* EINVAL: a pipe or a device */
        orm_fail(error, ORM_ERR_CONFIG, 0, "cannot empty the run record %s: %s", path, strerror(errno));
    } else {
        return writer;
    }
    cc_record_close(writer, NULL);
    return NULL;
}

static orm_status write_all(cc_record_writer *writer, orm_error *error)
{
    const char *data = writer->line.data;
    size_t      left = writer->line.length;

    while (left > 0) {
        ssize_t written = write(writer->file, data, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return orm_fail(error, ORM_ERR_CONFIG, 0, "cannot write the run record %s: %s", writer->path,
                            written < 0 ? strerror(errno) : "nothing was taken");
        data += written;
        left -= (size_t)written;
    }
    return ORM_OK;
}

static orm_status write_line(cc_record_writer *writer, const cc_shape *shape, const void *object, orm_error *error)
{
    orm_error  own;
    orm_status status = ORM_OK;

    /* After a failure the file may end within a line; what came after it would be garbage. */
    if (writer->first_error.status != ORM_OK) {
        if (error != NULL)
            *error = writer->first_error;
        return writer->first_error.status;
    }
    orm_buffer_reset(&writer->line);
    cc_shape_write(&writer->line, shape, shape->what, object);
    orm_buffer_append_char(&writer->line, '\n');
    status = writer->line.broken ? orm_fail_memory(&own) : write_all(writer, &own);
    if (status != ORM_OK) {
        writer->first_error = own;
        if (error != NULL)
            *error = own;
    }
    return status;
}

orm_status cc_record_write_header(cc_record_writer *writer, const cc_record_header *header, orm_error *error)
{
    return write_line(writer, &cc_header_shape, header, error);
}

orm_status cc_record_write_case(cc_record_writer *writer, const cc_record_case *item, orm_error *error)
{
    return write_line(writer, &cc_case_shape, item, error);
}

orm_status cc_record_write_footer(cc_record_writer *writer, const cc_record_footer *footer, orm_error *error)
{
    return write_line(writer, &cc_footer_shape, footer, error);
}

orm_status cc_record_close(cc_record_writer *writer, orm_error *error)
{
    orm_error first;

    if (writer == NULL)
        return ORM_OK;
    if (writer->file >= 0 && close(writer->file) != 0 && writer->first_error.status == ORM_OK)
        orm_fail(&writer->first_error, ORM_ERR_CONFIG, 0, "cannot write the run record %s: %s", writer->path,
                 strerror(errno));
    first = writer->first_error;
    orm_buffer_free(&writer->line);
    free(writer->path);
    free(writer);
    if (first.status != ORM_OK && error != NULL)
        *error = first;
    return first.status;
}

orm_status cc_record_case_to_json(const cc_record_case *item, orm_buffer *out, orm_error *error)
{
    cc_shape_write(out, &cc_case_shape, cc_case_shape.what, item);
    return out->broken ? orm_fail_memory(error) : ORM_OK;
}
