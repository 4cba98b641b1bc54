#include <stdlib.h>

#include "harness/wire/wire_private.h"

static cc_expected *at(cc_expected_queue *queue, size_t position)
{
    return &queue->items[(queue->first + position) & (queue->capacity - 1)];
}

static void release(cc_expected_queue *queue, cc_expected *item)
{
    queue->bytes -= item->error_size + item->notices_size;
    free(item->error);
    free(item->notices);
    *item = (cc_expected){ 0 };
}

static bool grow(cc_expected_queue *queue)
{
    size_t       capacity = queue->capacity == 0 ? 16 : queue->capacity * 2;
    cc_expected *items = calloc(capacity, sizeof *items);

    if (items == NULL)
        return false;
    for (size_t i = 0; i < queue->count; i++)
        items[i] = *at(queue, i);
    free(queue->items);
    queue->items = items;
    queue->capacity = capacity;
    queue->first = 0;
    return true;
}

bool cc_expected_push(cc_expected_queue *queue, const cc_expected *item)
{
    if (queue->count == queue->capacity && !grow(queue))
        return false;
    *at(queue, queue->count) = *item;
    queue->count++;
    queue->bytes += item->error_size + item->notices_size;
    return true;
}

void cc_expected_pop(cc_expected_queue *queue)
{
    if (queue->count == 0)
        return;
    release(queue, at(queue, 0));
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
}

cc_expected *cc_expected_head(cc_expected_queue *queue)
{
    while (queue->count > 0 && at(queue, 0)->kind == CC_EXPECT_COPY_END)
        cc_expected_pop(queue);
    return queue->count > 0 ? at(queue, 0) : NULL;
}

bool cc_expected_skip_to_sync(cc_expected_queue *queue)
{
    while (queue->count > 0 && at(queue, 0)->kind != CC_EXPECT_SYNC)
        cc_expected_pop(queue);
    return queue->count > 0;
}

void cc_expected_ready(cc_expected_queue *queue)
{
    while (queue->count > 0) {
        bool found = at(queue, 0)->kind <= CC_EXPECT_SYNC;

        cc_expected_pop(queue);
        if (found)
            return;
    }
}

/*
 * The server has begun to take COPY data for the message in front. It ignores the Syncs that it meets there, and any
 * other message ends the COPY with an error and is not answered itself.
 */
bool cc_expected_swallow_copy(cc_expected_queue *queue)
{
    size_t kept = 1;
    bool   ended = false;

    for (size_t i = 1; i < queue->count; i++) {
        cc_expected *item = at(queue, i);

        if (!ended) {
            ended = item->kind != CC_EXPECT_SYNC;
            release(queue, item);
            continue;
        }
        if (kept != i) {
            *at(queue, kept) = *item;
            *item = (cc_expected){ 0 };
        }
        kept++;
    }
    if (queue->count > 0)
        queue->count = kept;
    return ended;
}

void cc_expected_free(cc_expected_queue *queue)
{
    while (queue->count > 0)
        cc_expected_pop(queue);
    free(queue->items);
    *queue = (cc_expected_queue){ 0 };
}
