#include "pgclone/base/loop.h"

#include <signal.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"

void loop_add(struct loop *loop, const struct loop_source *source)
{
    loop->sources = memory_resize(loop->sources, loop->count + 1, sizeof *loop->sources);
    loop->sources[loop->count++] = *source;
}

/* Its place is kept until the next turn: a source that goes in a turn must not shift another's. */
void loop_remove(struct loop *loop, const void *context)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->sources[i].context == context)
            loop->sources[i].turn = NULL;
}

static void loop_prepare(struct loop *loop)
{
    size_t kept = 0;

    poll_set_clear(&loop->set);
    (void)poll_set_add(&loop->set, interrupt_descriptor(), POLLIN);
    for (size_t i = 0; i < loop->count; i++) {
        if (loop->sources[i].turn == NULL)
            continue;
        loop->sources[kept] = loop->sources[i];
        if (loop->sources[kept].prepare != NULL)
            loop->sources[kept].prepare(loop->sources[kept].context, &loop->set);
        kept++;
    }
    loop->count = kept;
}

static void loop_take_signals(struct loop *loop)
{
    struct interrupt_event event;

    while (interrupt_next(&event))
        if (event.signal != SIGCHLD && loop->signal != NULL)
            loop->signal(&event, loop->context);
}

/* The child may have ended before anybody waited for its signal, so it is looked at each time. */
static void loop_look_after_child(struct loop *loop)
{
    int status = 0;

    if (loop->child == 0 || !spawn_has_ended(loop->child, &status))
        return;
    loop->child = 0;
    loop->child_ended(status, loop->context);
}

void loop_turn(struct loop *loop)
{
    size_t prepared;

    loop_prepare(loop);
    prepared = loop->count;
    poll_set_wait(&loop->set);
    loop_take_signals(loop);
    loop_look_after_child(loop);
    /* One that was added meanwhile stands behind these: it has not said what it waits for. */
    for (size_t i = 0; i < prepared; i++)
        if (loop->sources[i].turn != NULL)
            loop->sources[i].turn(loop->sources[i].context, &loop->set);
}

void loop_release(struct loop *loop)
{
    free(loop->sources);
    poll_set_release(&loop->set);
    *loop = (struct loop){0};
}
