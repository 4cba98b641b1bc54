/* Bytes of a client, from the start-up packet on; the other side's chunks are a server's. */
#include "harness/wire/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cc_session *session;

    /* The first byte says whether the start-up is over. */
    if (size > 0 && (*data & 1) == 1)
        return fuzz_run(fuzz_begin(), CC_WIRE_CLIENT, data + 1, size - 1);
    session = cc_session_new(&proxy_filter, 4096, 8192);
    if (session == NULL)
        abort();
    return fuzz_run(session, CC_WIRE_CLIENT, size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0);
}
