#include "pgclone/base/loop.h"

#include <signal.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"

void loop_add(struct loop *loop, const struct loop_source *source)
{
    loop->entries = memory_resize(loop->entries, loop->count + 1, sizeof *loop->entries);
    loop->entries[loop->count++] = (struct loop_entry){.source = *source};
}

void loop_remove(struct loop *loop, const void *context)
{
    size_t kept = 0;

    for (size_t i = 0; i < loop->count; i++)
        if (loop->entries[i].source.context != context)
            loop->entries[kept++] = loop->entries[i];
    loop->count = kept;
}

void loop_on_signals(struct loop *loop,
                     void (*signal)(const struct interrupt_event *event, void *context),
                     void *context)
{
    loop->signal = signal;
    loop->signal_context = context;
}

void loop_on_child(struct loop *loop, pid_t pid, void (*ended)(int status, void *context),
                   void *context)
{
    loop->child = pid;
    loop->child_ended = ended;
    loop->child_context = context;
}

static void loop_take_signals(struct loop *loop)
{
    struct interrupt_event event;

    while (interrupt_next(&event))
        if (event.signal != SIGCHLD && loop->signal != NULL)
            loop->signal(&event, loop->signal_context);
}

/* The child may have ended before anybody waited for its signal, so it is looked at each time. */
static void loop_look_after_child(struct loop *loop)
{
    int status = 0;

    if (loop->child == 0 || !spawn_has_ended(loop->child, &status))
        return;
    loop->child = 0;
    loop->child_ended(status, loop->child_context);
}

void loop_turn(struct loop *loop)
{
    poll_set_clear(&loop->set);
    (void)poll_set_add(&loop->set, interrupt_descriptor(), POLLIN);
    for (size_t i = 0; i < loop->count; i++) {
        struct loop_entry *entry = &loop->entries[i];

        entry->source.prepare(entry->source.context, &loop->set);
        entry->prepared = true;
    }
    poll_set_wait(&loop->set);
    loop_take_signals(loop);
    loop_look_after_child(loop);
    /* One that was added meanwhile has not said what it waits for. */
    for (size_t i = 0; i < loop->count; i++)
        if (loop->entries[i].prepared)
            loop->entries[i].source.turn(loop->entries[i].source.context, &loop->set);
}

void loop_release(struct loop *loop)
{
    free(loop->entries);
    poll_set_release(&loop->set);
    *loop = (struct loop){0};
}
