#include "shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"

const char *const shop_unsynced[TABLE_SETS] = {
    [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                    "7|app|f|t|f|f|90\n"};

static void shop_build(struct shop *shop, int workers, int spares, enum strategy strategy,
                       const char *const *server)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(&shop->base, workers);
    shop->base.settings.spares = spares;
    shop->base.settings.strategy = strategy;
    shop->base.settings.run_id = memory_copy_string("r1");
    fixture_inventory(server, &shop->base.settings, &shop->base.inventory);
    assert_true(session_open(&shop->base.scope, LEASE_RUN, &shop->base.session, NULL));
    stock_open(&shop->base.session, &shop->base.inventory, &shop->stock);
}

void shop_open(struct shop *shop, int workers, int spares, const char *const *server)
{
    shop_build(shop, workers, spares, STRATEGY_AUTO, server);
}

void shop_open_with(struct shop *shop, int workers, int spares, enum strategy strategy)
{
    shop_build(shop, workers, spares, strategy, NULL);
}

void shop_close(struct shop *shop)
{
    stock_close(&shop->stock);
    scripted_attempt_release(&shop->base);
}

void shop_assert_advances(struct shop *shop, size_t waiting)
{
    if (!stock_advance(&shop->stock, waiting, &shop->base.err))
        fail_msg("%s", shop->base.err.message);
}

void shop_settle(struct shop *shop, size_t waiting)
{
    shop_assert_advances(shop, waiting);
    while (scripted_session_goes_on(&shop->stock.makes) ||
           scripted_session_goes_on(&shop->stock.visits) ||
           scripted_session_goes_on(&shop->stock.drops))
        shop_assert_advances(shop, waiting);
}

size_t shop_count(const struct shop *shop, enum copy_state state)
{
    return stock_count(&shop->stock, state);
}

void shop_give_back(const struct shop *shop, size_t number)
{
    for (size_t i = 0; i < number; i++)
        stock_ready(&shop->stock)->state = COPY_UNWANTED;
}

void shop_take(const struct shop *shop, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        struct copy *copy = stock_ready(&shop->stock);

        copy->state = COPY_TAKEN;
        copy->holder = shop;
    }
}

void shop_give_back_taken(const struct shop *shop)
{
    for (struct copy *copy = shop->stock.copies; copy != NULL; copy = copy->next)
        if (copy->state == COPY_TAKEN)
            copy->state = COPY_UNWANTED;
}
