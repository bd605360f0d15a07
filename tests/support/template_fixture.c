#include "template_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/template/fingerprint.h"
#include "provision_fixture.h"

#define MOST_LOOKS 8
#define TEXT_SIZE 2048

static char there[TEXT_SIZE];
static char found[MOST_LOOKS][2][TEXT_SIZE];
static const char *looks[MOST_LOOKS][TABLE_SETS];
static size_t look_count;

void template_attempt_init(struct scripted_attempt *attempt, const char *command)
{
    struct settings *settings = &attempt->settings;

    scripted_attempt_init(attempt, 1);
    scope_release(&attempt->scope);
    settings->origin[SETTING_BUILD].kind = ORIGIN_YAML;
    settings->origin[SETTING_BUILD].line = 7;
    settings->build.command_is_shell = true;
    strings_add(&settings->build.command, command);
    fixture_scope(settings, &attempt->scope);
    assert_true(lease_make(LEASE_CREATE, &attempt->session.lease, NULL));
    template_attempt_begin_looks();
}

void template_attempt_begin_looks(void)
{
    look_count = 0;
}

const char *template_attempt_name(const struct scripted_attempt *attempt)
{
    static char name[IDENTITY_NAME_MAX + 1];
    struct fingerprint_source source;
    struct fingerprint fingerprint;

    assert_true(fingerprint_read(&attempt->settings.build, NULL, &source, NULL));
    fingerprint_make(&source, "15/UTF8/C", &fingerprint);
    (void)snprintf(name, sizeof name, "circ_%s", fingerprint.digits);
    return name;
}

void template_attempt_there(const char *databases)
{
    (void)snprintf(there, sizeof there, TEMPLATE_FACTS "%s", databases != NULL ? databases : "");
    scripted_session_gives("look for the template", there, 8);
}

void template_attempt_look(const char *databases, bool locked)
{
    assert_true(look_count < MOST_LOOKS);
    (void)snprintf(found[look_count][0], TEXT_SIZE, "name|locked\nany|%s\nother|t\n",
                   locked ? "t" : "f");
    (void)snprintf(found[look_count][1], TEXT_SIZE, FIXTURE_DATABASES "%s",
                   databases != NULL ? databases : "");
    memset(looks[look_count], 0, sizeof looks[look_count]);
    looks[look_count][LOOK_LOCKS] = found[look_count][0];
    looks[look_count][LOOK_DATABASES] = found[look_count][1];
    scripted_session_finds(looks[look_count++]);
}
