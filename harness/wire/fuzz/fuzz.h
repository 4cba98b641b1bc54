/*
 * fuzz.h - what the two fuzz targets share: a session that is fed from both sides, without sockets.
 *
 * An input is a list of chunks: a byte that says which side sends (bit 0: 0 the fuzzed side, 1 the other one) and how many
 * bytes follow (the upper seven bits), then these bytes. The other side begins with what it must have said before.
 */
#ifndef CRDBCHECK_WIRE_FUZZ_H
#define CRDBCHECK_WIRE_FUZZ_H

#include <stdlib.h>

#include "harness/tests/proxy_filter.h"
#include "harness/wire/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What goes out is touched, so that a sanitizer sees bytes that are not there. */
static void fuzz_drain(cc_session *session)
{
    for (int side = CC_WIRE_CLIENT; side <= CC_WIRE_SERVER; side++) {
        const char *out;
        size_t      size = cc_session_output(session, (cc_wire_side)side, &out);
        unsigned    sum = 0;

        for (size_t i = 0; i < size; i++)
            sum += (unsigned char)out[i];
        if (size > 0)
            cc_session_sent(session, (cc_wire_side)side, sum % 2 == 0 ? size : size / 2 + 1);
    }
}

static cc_session *fuzz_begin(void)
{
    static const char startup[] = "\0\0\0\x1f\0\3\0\0user\0me\0database\0test\0";
    static const char ready[] = "R\0\0\0\x08\0\0\0\0Z\0\0\0\5I";
    cc_session       *session = cc_session_new(&proxy_filter, 4096, 8192);

    if (session == NULL)
        abort();
    cc_session_feed(session, CC_WIRE_CLIENT, startup, sizeof startup);
    cc_session_feed(session, CC_WIRE_SERVER, ready, sizeof ready - 1);
    if (!cc_session_wants_server(session) || !cc_session_reads(session, CC_WIRE_CLIENT))
        abort();
    return session;
}

static int fuzz_run(cc_session *session, cc_wire_side fuzzed, const uint8_t *data, size_t size)
{
    cc_wire_side other = fuzzed == CC_WIRE_CLIENT ? CC_WIRE_SERVER : CC_WIRE_CLIENT;

    while (size > 0) {
        cc_wire_side from = (*data & 1) == 0 ? fuzzed : other;
        size_t       chunk = *data >> 1;

        data++;
        size--;
        chunk = chunk < size ? chunk : size;
        cc_session_feed(session, from, (const char *)data, chunk);
        fuzz_drain(session);
        data += chunk;
        size -= chunk;
    }
    cc_session_end(session, fuzzed);
    fuzz_drain(session);
    cc_session_free(session);
    return 0;
}

#endif
