#include "pgclone/base/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"

/* A peer that does not read its answers must not fill our memory. */
static const size_t most_unread = 1048576;

static void channel_unblock(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);

    if (flags >= 0)
        (void)fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

void channel_open(int input, int output, struct channel *out)
{
    *out = (struct channel){.input = input, .output = output, .same = input == output};
    channel_unblock(input);
    channel_unblock(output);
}

static void channel_close_input(struct channel *channel)
{
    if (channel->same)
        channel->input = -1; /* the descriptor goes with the output */
    else
        file_close(&channel->input);
}

void channel_prepare(struct channel *channel, bool reads, struct poll_set *set)
{
    bool writes = channel_is_writing(channel);

    channel->prepared = true;
    reads = reads && channel->input >= 0;
    if (channel->same) { /* one entry: poll() takes no more of them than there may be descriptors */
        short events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));

        channel->input_entry = poll_set_add(set, events != 0 ? channel->output : -1, events);
        channel->output_entry = channel->input_entry;
    } else {
        channel->input_entry = poll_set_add(set, reads ? channel->input : -1, POLLIN);
        channel->output_entry = poll_set_add(set, writes ? channel->output : -1, POLLOUT);
    }
    channel->reads = reads;
    channel->writes = writes;
}

static void channel_read(struct channel *channel)
{
    char bytes[CHANNEL_LINE_MAX];
    ssize_t length = read(channel->input, bytes, sizeof bytes);

    if (length > 0)
        strbuf_add_bytes(&channel->received, bytes, (size_t)length);
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        channel_close_input(channel);
}

static void channel_write(struct channel *channel)
{
    ssize_t length = write(channel->output, channel->sent.data, channel->sent.length);

    if (length < 0 && errno != EAGAIN && errno != EINTR) {
        channel_close_input(channel);
        file_close(&channel->output);
        strbuf_clear(&channel->sent);
    } else if (length > 0) {
        strbuf_remove(&channel->sent, (size_t)length);
    }
}

void channel_turn(struct channel *channel, const struct poll_set *set)
{
    if (!channel->prepared)
        return;
    channel->prepared = false;
    if (channel->reads && (poll_set_ready(set, channel->input_entry) & ~POLLOUT) != 0)
        channel_read(channel);
    if (channel->writes && (poll_set_ready(set, channel->output_entry) & ~POLLIN) != 0)
        channel_write(channel);
}

/* Passes over what has come of a line that is too long; whether its end has come, too. */
static bool channel_skip(struct channel *channel)
{
    const char *text = strbuf_text(&channel->received);
    const char *end = memchr(text, '\n', channel->received.length);

    strbuf_remove(&channel->received,
                  end != NULL ? (size_t)(end - text) + 1 : channel->received.length);
    channel->skips = end == NULL;
    return end != NULL;
}

enum channel_line channel_next(struct channel *channel, struct strbuf *line)
{
    const char *text;
    const char *end;
    size_t length;

    if (channel->skips && !channel_skip(channel))
        return CHANNEL_NOTHING;
    text = strbuf_text(&channel->received);
    end = memchr(text, '\n', channel->received.length);
    length = end != NULL ? (size_t)(end - text) : channel->received.length;
    if (length > CHANNEL_LINE_MAX) {
        (void)channel_skip(channel);
        return CHANNEL_TOO_LONG;
    }
    if (end == NULL && (length == 0 || channel->input >= 0))
        return CHANNEL_NOTHING;
    strbuf_clear(line);
    strbuf_add_bytes(line, text, length);
    strbuf_remove(&channel->received, length + (end != NULL ? 1 : 0));
    return CHANNEL_LINE;
}

void channel_send(struct channel *channel, const char *text, size_t length)
{
    if (channel->output < 0)
        return;
    strbuf_add_bytes(&channel->sent, text, length);
    channel_write(channel);
    if (channel->sent.length > most_unread)
        channel_close(channel);
}

bool channel_is_over(const struct channel *channel)
{
    return channel->output < 0 || (channel_has_ended(channel) && !channel_is_writing(channel));
}

bool channel_has_ended(const struct channel *channel)
{
    return channel->input < 0 && channel->received.length == 0;
}

bool channel_is_writing(const struct channel *channel)
{
    return channel->output >= 0 && channel->sent.length > 0;
}

void channel_close(struct channel *channel)
{
    channel_close_input(channel);
    file_close(&channel->output);
    strbuf_release(&channel->received);
    strbuf_release(&channel->sent);
}
