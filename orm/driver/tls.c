#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/driver_private.h"

static orm_status check_readable(const char *what, const char *path, orm_error *error)
{
    if (path == NULL || access(path, R_OK) == 0)
        return ORM_OK;
    return orm_fail(error, ORM_ERR_CONFIG, 325, "the %s \"%s\" cannot be read: %s", what, path, strerror(errno));
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t written = write(fd, text, left);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    return true;
}

/* libpq reads certificates only from files. This one stays as long as connections can be made. */
static orm_status write_ca(orm_target *target, const char *text, orm_error *error)
{
    int fd;

    if (strstr(text, "-----BEGIN ") == NULL)
        return orm_fail(error, ORM_ERR_CONFIG, 326,
                        "ssl.ca_text is no certificate: it needs the PEM text with -----BEGIN CERTIFICATE-----");
    snprintf(target->ca_path, sizeof target->ca_path, "%s", P_tmpdir "/liborm-ca.XXXXXX");
    fd = mkostemp(target->ca_path, O_CLOEXEC); /* made with mode 0600 */
    if (fd < 0) {
        target->ca_path[0] = '\0';
    } else {
        bool written = write_all(fd, text);

        if (close(fd) == 0 && written)
            return ORM_OK;
    }
    return orm_fail(error, ORM_ERR_CONFIG, 327, "ssl.ca_text cannot be written to a file in " P_tmpdir ": %s",
                    strerror(errno));
}

static orm_status check_ssl(const orm_ssl *ssl, orm_error *error)
{
    if (ssl->ca_file != NULL && ssl->ca_text != NULL)
        return orm_fail(error, ORM_ERR_CONFIG, 328, "ssl.ca_file and ssl.ca_text are both given: give one of the two");
    if ((ssl->cert_file == NULL) != (ssl->key_file == NULL))
        return orm_fail(error, ORM_ERR_CONFIG, 329, "ssl.cert_file and ssl.key_file belong together: %s is missing",
                        ssl->cert_file == NULL ? "ssl.cert_file" : "ssl.key_file");
    if ((unsigned)ssl->mode > ORM_SSL_VERIFY_FULL)
        return orm_fail(error, ORM_ERR_CONFIG, 331, "ssl.mode has the value %u, which is none of orm_ssl_mode",
                        (unsigned)ssl->mode);
    if (check_readable("certificate authority", ssl->ca_file, error) != ORM_OK ||
        check_readable("client certificate", ssl->cert_file, error) != ORM_OK ||
        check_readable("client key", ssl->key_file, error) != ORM_OK)
        return ORM_ERR_CONFIG;
    return ORM_OK;
}

/* The mode and the authority must make sense together: nobody should believe in a check that does not happen. */
static orm_status check_verification(PQconninfoOption *options, bool isolated, orm_error *error)
{
    const char *mode = orm_option_value(options, "sslmode");
    const char *ca = orm_option_value(options, "sslrootcert");
    bool        verifies = mode != NULL && strncmp(mode, "verify-", strlen("verify-")) == 0;

    if (verifies && ca == NULL && isolated)
        return orm_fail(error, ORM_ERR_CONFIG, 332,
                        "sslmode %s needs a certificate authority: give ssl.ca_file or "
                        "ssl.ca_text",
                        mode);
    if (ca != NULL && mode != NULL && !verifies && strcmp(mode, "require") != 0)
        return orm_fail(error, ORM_ERR_CONFIG, 333,
                        "a certificate authority is given, but sslmode %s does not check it: use verify-full", mode);
    return ORM_OK;
}

orm_status orm_tls_apply(orm_target *target, PQconninfoOption *options, const orm_ssl *ssl, orm_error *error)
{
    static const char *const modes[] = { NULL, "disable", "prefer", "require", "verify-ca", "verify-full" };
    orm_status               status = check_ssl(ssl, error);

    if (status == ORM_OK && ssl->ca_text != NULL)
        status = write_ca(target, ssl->ca_text, error);
    if (status != ORM_OK)
        return status;
    if (!orm_option_set(options, "sslrootcert", ssl->ca_text != NULL ? target->ca_path : ssl->ca_file) ||
        !orm_option_set(options, "sslcert", ssl->cert_file) || !orm_option_set(options, "sslkey", ssl->key_file) ||
        !orm_option_set(options, "sslmode", modes[ssl->mode]))
        return orm_fail_memory(error);
    if (orm_option_value(options, "sslrootcert") != NULL && orm_option_value(options, "sslmode") == NULL &&
        !orm_option_set(options, "sslmode", "verify-full"))
        return orm_fail_memory(error);
    return check_verification(options, target->isolated, error);
}
