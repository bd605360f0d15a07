#include "pgclone/cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/suggest.h"

/* The numbers that getopt_long() gives back for long options, above every character. */
enum { VALUE_OPTION = 1000, VALUE_SETTING = 2000, VALUE_NEGATIVE = 3000 };

/* What getopt_long() is told, and the setting flags in their order on the command line. */
struct parser {
    struct option *longs;
    size_t count;
    struct strbuf shorts;
    struct settings_flag *flags;
    size_t flag_count;
    struct strings hidden; /* values that were overwritten in the argument list */
};

static void parser_release(struct parser *parser)
{
    free(parser->longs);
    free(parser->flags);
    strbuf_release(&parser->shorts);
    strings_release(&parser->hidden);
}

static void parser_add(struct parser *parser, const char *flag, char short_flag, bool argument,
                       int value)
{
    parser->longs[parser->count++] = (struct option){
        .name = flag, .has_arg = argument ? required_argument : no_argument, .val = value};
    if (short_flag != 0)
        strbuf_printf(&parser->shorts, "%c%s", short_flag, argument ? ":" : "");
}

static bool options_hide(const struct command *command, enum setting_id id)
{
    for (const enum option_id *option = command->options; *option != OPTION_COUNT; option++)
        if (option_row(*option)->hides_setting && option_row(*option)->hidden == id)
            return true;
    return false;
}

bool command_takes_setting(const struct command *command, enum setting_id id)
{
    return command->reads_settings && settings_row(id)->flag != NULL && !options_hide(command, id);
}

static void parser_fill(struct parser *parser, const struct command *command)
{
    /* In order, so that an operand does not end the options whatever POSIXLY_CORRECT says; and a
     * missing argument is told apart from an unknown option. */
    strbuf_add(&parser->shorts, "-:");
    parser->longs = memory_new(OPTION_COUNT + 2 * SETTING_COUNT + 1, sizeof *parser->longs);
    for (const enum option_id *option = command->options; *option != OPTION_COUNT; option++) {
        const struct option_row *row = option_row(*option);

        parser_add(parser, row->flag, row->short_flag, row->argument != NULL,
                   VALUE_OPTION + (int)*option);
    }
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting *row = settings_row((enum setting_id)id);

        if (!command_takes_setting(command, (enum setting_id)id))
            continue;
        parser_add(parser, row->flag, row->short_flag, row->argument != NULL, VALUE_SETTING + id);
        if (row->negative_flag != NULL)
            parser_add(parser, row->negative_flag, 0, false, VALUE_NEGATIVE + id);
    }
}

/* A short flag comes back as its character: find the long one it stands for. */
static int parser_value_of(const struct command *command, int value)
{
    if (value >= VALUE_OPTION)
        return value;
    for (const enum option_id *option = command->options; *option != OPTION_COUNT; option++)
        if (option_row(*option)->short_flag == value)
            return VALUE_OPTION + (int)*option;
    for (int id = 0; id < SETTING_COUNT; id++)
        if (settings_row((enum setting_id)id)->short_flag == value)
            return VALUE_SETTING + id;
    return value;
}

/* The argument list is shown to every user of the machine (ps), and a server URL may hold a
 * password: a copy is kept, and what ps shows is made unreadable. */
static const char *options_hide_server(struct parser *parser, char *argument)
{
    strings_add(&parser->hidden, argument);
    memset(argument, '*', strlen(argument));
    return parser->hidden.items[parser->hidden.count - 1];
}

static void options_take(struct parser *parser, int value, char *argument, struct invocation *out)
{
    if (value >= VALUE_SETTING) {
        bool negative = value >= VALUE_NEGATIVE;
        bool server = value == VALUE_SETTING + SETTING_SERVER;

        parser->flags[parser->flag_count++] = (struct settings_flag){
            .id = (enum setting_id)(value - (negative ? VALUE_NEGATIVE : VALUE_SETTING)),
            .negative = negative,
            .value = server ? options_hide_server(parser, argument) : argument,
        };
        return;
    }
    out->given[value - VALUE_OPTION] = true;
    strings_add(&out->values[value - VALUE_OPTION], argument != NULL ? argument : "");
}

static bool options_usage_hint(const struct command *command, struct error *err)
{
    return error_hint(err, "See \"pgclone %s --help\".", command->name);
}

/* The long flag that may be meant by a word like "--worker-s=2", or NULL. */
static const char *options_nearest(const struct parser *parser, const char *word)
{
    struct strbuf flag OWNED(strbuf_release) = {0};
    const char **names = memory_new(parser->count, sizeof *names);
    const char *found;
    size_t nearest;

    strbuf_add_bytes(&flag, word + strlen("--"), strcspn(word, "=") - strlen("--"));
    for (size_t i = 0; i < parser->count; i++)
        names[i] = parser->longs[i].name;
    nearest = suggest_nearest(flag.data, names, parser->count);
    found = nearest < parser->count ? names[nearest] : NULL;
    free(names);
    return found;
}

static bool options_refuse(const struct command *command, const struct parser *parser, int found,
                           char *const argv[], struct error *err)
{
    const char *word = argv[optind - 1];
    const char *nearest =
        found != ':' && strncmp(word, "--", 2) == 0 ? options_nearest(parser, word) : NULL;

    if (found == ':')
        error_set(err, ERROR_USAGE, "option \"%s\" needs a value", word);
    else if (strncmp(word, "--", 2) == 0)
        error_set(err, ERROR_USAGE, "unknown or ambiguous option \"%s\"", word);
    else
        error_set(err, ERROR_USAGE, "unknown option \"-%c\"", optopt);
    if (nearest == NULL)
        return options_usage_hint(command, err);
    return error_hint(err, "Did you mean \"--%s\"? See \"pgclone %s --help\".", nearest,
                      command->name);
}

static bool options_check(const struct command *command, const struct invocation *invocation,
                          struct error *err)
{
    const char *format = invocation_value(invocation, OPTION_FORMAT);

    if (invocation->operands.count > command->max_operands) {
        error_set(err, ERROR_USAGE, "unexpected argument \"%s\"",
                  invocation->operands.items[command->max_operands]);
        return options_usage_hint(command, err);
    }
    if (format == NULL)
        return true;
    for (const char *const *known = command->formats; *known != NULL; known++)
        if (strcmp(*known, format) == 0)
            return true;
    error_set(err, ERROR_USAGE, "--format: unknown format \"%s\"", format);
    return options_usage_hint(command, err);
}

static bool options_scan(const struct command *command, int argc, char *const argv[],
                         struct parser *parser, struct invocation *out, struct error *err)
{
    int found;

    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, parser->shorts.data, parser->longs, NULL)) != -1) {
        if (found == '?' || found == ':')
            return options_refuse(command, parser, found, argv, err);
        if (found == 1)
            strings_add(&out->operands, optarg);
        else
            options_take(parser, parser_value_of(command, found), optarg, out);
    }
    for (int i = optind; i < argc; i++)
        strings_add(&out->operands, argv[i]);
    return true;
}

bool options_parse(const struct command *command, int argc, char *const argv[],
                   struct invocation *out, struct error *err)
{
    struct parser parser OWNED(parser_release) = {0};
    struct invocation invocation OWNED(invocation_release) = {.command = command};

    parser.flags = memory_new((size_t)argc, sizeof *parser.flags);
    parser_fill(&parser, command);
    if (!options_scan(command, argc, argv, &parser, &invocation, err))
        return false;
    if (!invocation.given[OPTION_HELP] && !invocation.given[OPTION_VERSION]) {
        if (!options_check(command, &invocation, err))
            return false;
        if (command->reads_settings &&
            !settings_load(parser.flags, parser.flag_count, &invocation.settings, err))
            return false;
    }
    *out = invocation;
    invocation = (struct invocation){0};
    return true;
}
