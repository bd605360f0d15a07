#include "pgclone/handout/generation.h"

/* A copy that is still in use is written and synced by the drops of the others, which costs about
 * as much as to wait so long. */
static const int64_t patience_ms = 500;

/* The size doubles where no more than a half had to wait, and halves where three quarters had. */
static const size_t few_percent = 50;
static const size_t many_percent = 75;

void generation_open(struct generation *generation, size_t least, size_t most)
{
    *generation = (struct generation){.size = least, .least = least, .most = most};
}

void generation_lengthen(struct generation *generation)
{
    generation->least = generation->most;
    generation->size = generation->most;
}

void generation_take(struct generation *generation, bool waited)
{
    generation->taken++;
    generation->waited += waited;
}

void generation_add(struct generation *generation, size_t count)
{
    generation->begun += count;
}

size_t generation_room(const struct generation *generation, size_t missing, size_t waiting)
{
    size_t room;

    if (generation->size == 0)
        return missing;
    if (generation->begun >= generation->size)
        return 0;
    room = generation->size - generation->begun;
    if (room < waiting)
        room = waiting;
    return missing < room ? missing : room;
}

bool generation_is_over(struct generation *generation, const struct generation_use *use,
                        int64_t now_ms)
{
    bool used = generation->begun >= generation->size && use->left == 0;

    if (!used || use->in_use == 0) {
        generation->until_ms = 0;
        return used;
    }
    if (generation->until_ms == 0 && use->waiting > 0)
        generation->until_ms = now_ms + patience_ms;
    return generation->until_ms != 0 && now_ms >= generation->until_ms;
}

static size_t generation_next_size(const struct generation *generation)
{
    size_t waited_percent =
        generation->taken > 0 ? 100 * generation->waited / generation->taken : many_percent;
    size_t size = generation->size;

    if (waited_percent <= few_percent)
        size *= 2;
    else if (waited_percent >= many_percent)
        size /= 2;
    if (size < generation->least)
        return generation->least;
    return size < generation->most ? size : generation->most;
}

void generation_renew(struct generation *generation)
{
    generation->size = generation_next_size(generation);
    generation->begun = 0;
    generation->taken = 0;
    generation->waited = 0;
    generation->until_ms = 0;
}
