#include "pgclone/postgres/password.h"

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/poll_set.h"
#include "pgclone/postgres/slot.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/url.h"

static void password_free_verifier(char **verifier)
{
    PQfreemem(*verifier);
}

/* Waits until nothing is under way any more, and tells what it came to. */
static bool password_wait(struct slot *slot, struct error *err)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    while (slot_is_busy(slot)) {
        size_t index;

        if (interrupt_signal() != 0)
            return interrupt_error(err);
        poll_set_clear(&set);
        index = poll_set_add(&set, slot_descriptor(slot), slot_events(slot));
        poll_set_until(&set, slot->deadline_ms);
        poll_set_wait(&set);
        slot_advance(slot, poll_set_ready(&set, index), clock_now_ms());
    }
    return !error_is_set(&slot->error) || error_move(err, &slot->error);
}

/* The slot is connected. */
static bool password_send(struct slot *slot, const char *role, const char *password,
                          struct error *err)
{
    char *verifier OWNED(password_free_verifier) =
        password != NULL ? PQencryptPasswordConn(slot->conn, password, role, "scram-sha-256")
                         : NULL;
    char *sql OWNED(memory_free_string) = NULL;

    if (password != NULL && verifier == NULL)
        return error_set(err, ERROR_CONNECTION, "libpq could not encrypt it");
    sql = sql_role_password(role, verifier);
    slot_send(slot, sql, 0, clock_now_ms());
    return password_wait(slot, err);
}

bool password_set(const char *url, const char *role, const char *password, struct error *err)
{
    struct url parsed OWNED(url_release) = {0};
    struct url_connection connection OWNED(url_connection_release) = {0};
    struct slot slot OWNED(slot_release) = {0};
    struct slot_target target;

    if (!url_parse(url, &parsed, err))
        return false;
    url_connection_init(&parsed, url_get(&parsed, "dbname"), &connection);
    target = (struct slot_target){.keywords = connection.keywords,
                                  .values = connection.values,
                                  .connect_timeout_ms = url_connect_timeout_ms(&parsed)};
    slot_init(&slot, 1, &target);
    slot_connect(&slot, 0, clock_now_ms());
    return (password_wait(&slot, err) && password_send(&slot, role, password, err)) ||
           error_prefix(err, "could not set the password of \"%s\": ", role);
}
