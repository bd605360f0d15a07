#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/init_found.h"
#include "pgclone/cli/init_text.h"
#include "pgclone/report/output.h"

static const char init_file[] = "pgclone.yaml";

static char *init_project(void)
{
    char *whole OWNED(memory_free_string) = realpath(".", NULL);
    const char *slash = whole != NULL ? strrchr(whole, '/') : NULL;

    return memory_copy_string(slash != NULL ? slash + 1 : "");
}

/* Never in place of a file, nor through a symbolic link. */
static bool init_write(const struct strbuf *text, struct error *err)
{
    int file OWNED(file_close) =
        open(init_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

    if (file < 0 && errno == EEXIST) {
        error_set(err, ERROR_GUARD, "there is a %s already, which is left as it is", init_file);
        return error_hint(err, "\"pgclone init --dry-run\" shows what would be written.");
    }
    if (file >= 0 && file_write(file, strbuf_text(text), text->length))
        return true;
    error_set(err, ERROR_SYSTEM, "could not write %s: %s", init_file, strerror(errno));
    if (file >= 0)
        (void)unlink(init_file);
    return false;
}

static void init_say(const struct init_found *found)
{
    for (size_t i = 0; i < found->notes.count; i++)
        log_message(LOG_NORMAL, "found %s", found->notes.items[i]);
    if (found->notes.count == 0)
        log_message(LOG_NORMAL, "found nothing that it knows");
}

static bool init_run(struct invocation *invocation, struct error *err)
{
    const struct init_folder folder = {.path = "."};
    struct init_found found OWNED(init_found_release) = {0};
    char *project OWNED(memory_free_string) = init_project();
    struct strbuf text OWNED(strbuf_release) = {0};

    init_find(&folder, &found);
    init_text(&found, project, &text);
    init_say(&found);
    if (invocation_has(invocation, &option_dry_run))
        return output_print(&text, err);
    if (!init_write(&text, err))
        return false;
    log_message(LOG_NORMAL, "wrote %s; \"pgclone doctor\" says whether it works", init_file);
    return true;
}

static const struct command_option *const init_options[] = {&option_dry_run, NULL};

const struct command init_command = {
    .name = "init",
    .summary = "writes a commented pgclone.yaml from what the current folder shows",
    .description =
        "Looks for a server (DATABASE_URL, .env, compose files), for what makes the schema\n"
        "(Django, Rails, Alembic, Prisma, Ecto, Diesel, sqlx, goose, golang-migrate, Flyway,\n"
        "Liquibase, schema.sql) and for what runs the tests, says on standard error what it has\n"
        "found, and writes pgclone.yaml. Nothing is run, no password is copied, and a file that "
        "is\n"
        "there already is left as it is. With --dry-run the text goes to standard output.",
    .section = SECTION_HELP,
    .options = init_options,
    .run = init_run,
};
