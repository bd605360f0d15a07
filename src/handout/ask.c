#include "pgclone/handout/ask.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/poll_set.h"
#include "pgclone/base/strbuf.h"

static void ask_free_json(json_t **json)
{
    json_decref(*json);
}

const char *ask_socket(void)
{
    const char *path = getenv("PGCLONE_SOCKET");

    return path != NULL && path[0] != '\0' ? path : NULL;
}

void asked_release(struct asked *asked)
{
    free(asked->worker);
    free(asked->name);
    free(asked->url);
    *asked = (struct asked){0};
}

static bool ask_failed(const char *path, const char *what, struct error *err)
{
    error_set(err, ERROR_CONNECTION, "could not %s the run at \"%s\": %s", what, path,
              strerror(errno));
    return error_hint(err,
                      "PGCLONE_SOCKET names the socket of a run that is alive; unset it outside "
                      "of one.");
}

static int ask_connect(const char *path, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int peer OWNED(file_close) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
    } else {
        memcpy(address.sun_path, path, strlen(path));
        if (peer >= 0 && connect(peer, (const struct sockaddr *)&address, sizeof address) == 0)
            return file_take(&peer);
    }
    (void)ask_failed(path, "reach", err);
    return -1;
}

/* Reads until the line has ended. */
static bool ask_read(int peer, const char *path, struct strbuf *answer, struct error *err)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    while (answer->length == 0 || answer->data[answer->length - 1] != '\n') {
        char bytes[4096];
        ssize_t length;

        poll_set_clear(&set);
        (void)poll_set_add(&set, peer, POLLIN);
        (void)poll_set_add(&set, interrupt_descriptor(), POLLIN);
        poll_set_wait(&set);
        if (interrupt_signal() != 0)
            return interrupt_error(err);
        if (poll_set_ready(&set, 0) == 0)
            continue;
        length = read(peer, bytes, sizeof bytes);
        if (length == 0)
            errno = ECONNRESET;
        if (length <= 0)
            return ask_failed(path, "hear from", err);
        strbuf_add_bytes(answer, bytes, (size_t)length);
    }
    return true;
}

static char *ask_field(const json_t *answer, const char *key)
{
    return memory_copy_string(json_string_value(json_object_get(answer, key)));
}

static bool ask_understand(const struct strbuf *text, struct asked *out, struct error *err)
{
    json_t *answer OWNED(ask_free_json) =
        json_loadb(strbuf_text(text), text->length, JSON_REJECT_DUPLICATES, NULL);
    const char *refusal = json_string_value(json_object_get(answer, "error"));
    const char *hint = json_string_value(json_object_get(answer, "hint"));

    if (answer == NULL)
        return error_set(err, ERROR_SYSTEM, "the run's answer is not understood");
    if (refusal == NULL) {
        *out = (struct asked){.worker = ask_field(answer, "worker"),
                              .name = ask_field(answer, "name"),
                              .url = ask_field(answer, "url")};
        return true;
    }
    error_set(err, error_kind_of_exit((int)json_integer_value(json_object_get(answer, "exit"))),
              "%s", refusal);
    return hint != NULL ? error_hint(err, "%s", hint) : false;
}

bool ask_run(const char *verb, const char *name, struct asked *out, struct error *err)
{
    const char *path = ask_socket();
    struct strbuf line OWNED(strbuf_release) = {0};
    struct strbuf answer OWNED(strbuf_release) = {0};
    int peer OWNED(file_close) = -1;

    if (strchr(name, '\n') != NULL)
        return error_set(err, ERROR_USAGE, "a name may not have a line's end in it");
    if (path == NULL)
        return error_set(err, ERROR_USAGE, "PGCLONE_SOCKET is not set: there is no run to ask");
    strbuf_printf(&line, "%s %s\n", verb, name);
    peer = ask_connect(path, err);
    if (peer < 0)
        return false;
    if (!file_write(peer, strbuf_text(&line), line.length))
        return ask_failed(path, "ask", err);
    return ask_read(peer, path, &answer, err) && ask_understand(&answer, out, err);
}
