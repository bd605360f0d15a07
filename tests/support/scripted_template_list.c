#include "scripted_template_list.h"

#include "provision_fixture.h"

#define MARK FIXTURE_MARK("circ", "null", "", FIXTURE_LEASE)

static struct template_prune asked;

const char *template_state_word(enum template_state state)
{
    return state == TEMPLATE_IS_BUILDING ? "building" : "current";
}

bool template_list_find(struct session *session, struct template_list *out, struct error *err)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES SCRIPTED_TEMPLATE
        "|" MARK "|f|t|0|8000\n" SCRIPTED_BUILDING "|" MARK "|f|f|1|~\n",
    };
    static struct template_item items[2];

    (void)err;
    fixture_inventory(sets, session->scope->settings, &out->inventory);
    items[0] =
        (struct template_item){.database = &out->inventory.databases[0], .digits = "0123456789ab"};
    items[1] = (struct template_item){.database = &out->inventory.databases[1],
                                      .state = TEMPLATE_IS_BUILDING};
    out->items = items;
    out->count = 2;
    return true;
}

void template_list_release(struct template_list *list)
{
    inventory_release(&list->inventory);
}

bool template_list_prune(struct session *session, const struct template_prune *prune,
                         struct strbuf *lines, struct error *err)
{
    (void)session;
    asked = *prune;
    strbuf_add(lines, "dropped " SCRIPTED_TEMPLATE "\n");
    return prune->keep < SCRIPTED_PRUNE_FAILS || error_set(err, ERROR_SERVER, "refused");
}

const struct template_prune *scripted_template_prune(void)
{
    return &asked;
}
