/* Bytes of a server after the start-up; the other side's chunks are a client's, who has sent one message of each kind. */
#include "harness/wire/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char sent[] = "Q\0\0\0\x1dselect 'shuffle_me' as a\0"
                               "P\0\0\0\x19s\0select refuse_me\0\0\0"
                               "P\0\0\0\x23s\0select 'shuffle_me notice'\0\0\0"
                               "B\0\0\0\x0d\0s\0\0\0\0\0\0\0"
                               "D\0\0\0\6P\0E\0\0\0\x09\0\0\0\0\0C\0\0\0\7Ps\0S\0\0\0\4";
    cc_session       *session = fuzz_begin();

    cc_session_feed(session, CC_WIRE_CLIENT, sent, sizeof sent - 1);
    if (!cc_session_reads(session, CC_WIRE_CLIENT))
        abort();
    return fuzz_run(session, CC_WIRE_SERVER, data, size);
}
