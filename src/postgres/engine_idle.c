#include "pgclone/postgres/engine_parts.h"

int engine_backend_pid(const struct engine *engine)
{
    return engine->lane_count > 0 && lane_is_in(&engine->lanes[0], NULL)
               ? PQbackendPID(engine->lanes[0].slot.conn)
               : 0;
}

void engine_keep_first(struct engine *engine)
{
    for (size_t i = 1; i < engine->lane_count; i++)
        lane_close(&engine->lanes[i]);
}

bool engine_is_connected(const struct engine *engine)
{
    return engine->lane_count > 0 && engine->lanes[0].state == LANE_READY &&
           lane_is_in(&engine->lanes[0], NULL);
}

int64_t engine_connected_since_us(const struct engine *engine)
{
    const struct lane *first = engine->lanes;

    return engine->lane_count > 0 && lane_is_in(first, NULL) && !lane_has_ended(first)
               ? first->since_us
               : INT64_MAX;
}

bool engine_take_loss(struct engine *engine, struct error *err)
{
    if (!error_is_set(&engine->loss))
        return false;
    error_move(err, &engine->loss);
    return true;
}
