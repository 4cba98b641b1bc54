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

orm_status orm_tls_check_authority(const orm_target *target, const char *line, orm_error *error)
{
    const char *complaint = strstr(line, "could not read root certificate file ");
    const char *reason = complaint != NULL ? strstr(complaint, "\": ") : NULL;

    if (complaint == NULL)
        return ORM_OK;
    if (target->ca_path[0] != '\0' && reason != NULL)
        orm_fail(error, ORM_ERR_CONFIG, 344, "ssl.ca_text cannot be read as a certificate%s", reason + 1);
    else
        orm_fail(error, ORM_ERR_CONFIG, 345, "%s", complaint);
    orm_fail_hint(error,
                  "A certificate authority is PEM text: a line -----BEGIN CERTIFICATE-----, lines of base64, and a "
                  "line -----END CERTIFICATE-----.");
    return ORM_ERR_CONFIG;
}

const char *orm_tls_hint(const orm_target *target, const char *line)
{
    static const struct {
        const char *said;
        bool        only_disabled; /* with other modes it is what the second try without TLS meets */
        const char *hint;
    } hints[] = {
        { "certificate verify failed", false,
          "The certificate authority that is given (ssl.ca_file, ssl.ca_text or sslrootcert) did not sign the server's "
          "certificate, or the certificate has expired: take the authority of this very cluster, and see the dates." },
        { "does not match host name", false,
          "Give the host by a name that the server's certificate has, or let the server have a certificate for this "
          "one." },
        { "SSL connection required", false,
          "The server wants TLS: give its certificate authority (ssl.ca_file or ssl.ca_text) and sslmode "
          "verify-full." },
        { "no encryption", true,
          "The server may want TLS: give its certificate authority (ssl.ca_file or ssl.ca_text) and sslmode "
          "verify-full." },
        { "server does not support SSL", false,
          "TLS is asked for, but the server has none: turn it on there, or use sslmode disable where nobody listens." },
    };
    /* No value can look like this: quotes inside values are escaped. */
    bool disabled = strstr(target->conninfo, "sslmode='disable'") != NULL;

    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (strstr(line, hints[i].said) != NULL && (disabled || !hints[i].only_disabled))
            return hints[i].hint;
    }
    return NULL;
}
