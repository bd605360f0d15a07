#include "pgclone/cli/flags.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/suggest.h"

static const char *const automatic_words[] = {"auto", NULL};

static void flags_add(struct flags *flags, struct flag flag)
{
    flags->items = memory_resize(flags->items, flags->count + 1, sizeof *flags->items);
    flags->items[flags->count++] = flag;
}

static void flags_add_options(struct flags *flags, const struct command_option *const *options)
{
    for (; options != NULL && *options != NULL; options++)
        flags_add(flags, (struct flag){.row = **options, .option = *options, .used = true});
}

static void flags_add_setting(struct flags *flags, enum setting_id id, bool used)
{
    const struct setting *row = settings_row(id);
    struct flag flag = {.row = {.flag = row->flag,
                                .argument = row->argument,
                                .help = row->help,
                                .words = row->automatic != NULL ? automatic_words : row->choices,
                                .short_flag = row->short_flag,
                                .takes_file = id == SETTING_CONFIG},
                        .setting = id,
                        .used = used};

    if (row->flag != NULL)
        flags_add(flags, flag);
    if (row->negative_flag == NULL)
        return;
    flag.row.flag = row->negative_flag;
    flag.negative = true;
    flags_add(flags, flag);
}

void flags_collect(const struct command *const *table, const struct command *command,
                   struct flags *out)
{
    if (command != NULL)
        flags_add_options(out, command->options);
    for (; command == NULL && *table != NULL; table++)
        flags_add_options(out, (*table)->options);
    flags_add_options(out, command_common_options);
    for (enum setting_id id = 0; id < SETTING_COUNT; id++)
        flags_add_setting(out, id,
                          command == NULL || (settings_row(id)->purposes & command->purposes) != 0);
}

const struct flag *flags_find(const struct flags *flags, const char *name, size_t length)
{
    for (size_t i = 0; i < flags->count; i++)
        if (strncmp(flags->items[i].row.flag, name, length) == 0 &&
            flags->items[i].row.flag[length] == '\0')
            return &flags->items[i];
    return NULL;
}

const struct flag *flags_find_short(const struct flags *flags, char short_flag)
{
    for (size_t i = 0; i < flags->count; i++)
        if (flags->items[i].row.short_flag == short_flag)
            return &flags->items[i];
    return NULL;
}

const struct flag *flags_nearest(const struct flags *flags, const char *name)
{
    const char **names = memory_new(flags->count, sizeof *names);
    const struct flag *abbreviated = NULL;
    size_t matches = 0;
    size_t nearest;

    for (size_t i = 0; i < flags->count; i++) {
        if (!flags->items[i].used)
            continue;
        names[i] = flags->items[i].row.flag;
        if (name[0] != '\0' && strncmp(names[i], name, strlen(name)) == 0) {
            abbreviated = &flags->items[i];
            matches++;
        }
    }
    nearest = suggest_nearest(name, names, flags->count);
    free(names);
    if (matches == 1)
        return abbreviated;
    return nearest < flags->count ? &flags->items[nearest] : NULL;
}

void flags_release(struct flags *flags)
{
    free(flags->items);
    *flags = (struct flags){0};
}
