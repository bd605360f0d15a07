#include "pgclone/handout/generation.h"

/* A copy that is still in use is written and synced by the drops of the others, which costs about
 * as much as to wait so long. */
static const int64_t patience_ms = 500;

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

void generation_renew(struct generation *generation)
{
    generation->begun = 0;
    generation->until_ms = 0;
}
