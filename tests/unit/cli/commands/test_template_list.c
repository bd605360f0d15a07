/* `pgclone template list`: what it shows of the templates. A support file stands in for the look.
 */
// links: command_lines.c
// links: clean_environment.c
// links: provision_fixture.c
// links: table_results.c
// links: scratch_folder.c
// links: template_line.c
// links: scripted_template_list.c
#include "command_lines.h"

#include "template_line.h"

static void test_lines(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "list"),
                         "circ_0123456789ab\t0123456789ab\tcurrent\t8000\t2026-11-22T10:00:00Z\n"
                         "pgclone_scratch_00000000000000a0_0\t-\tbuilding\t-\t"
                         "2026-11-22T10:00:00Z\n");
}

static void test_json(void **state)
{
    (void)state;
    called_assert_prints(
        CALL("template", "list", "--format", "json"),
        "{\"pgclone\":1,\"templates\":[{\"project\":\"circ\",\"name\":\"circ_0123456789ab\","
        "\"fingerprint\":\"0123456789ab\",\"state\":\"current\",\"size\":8000,"
        "\"created\":\"2026-11-22T10:00:00Z\"},{\"project\":\"circ\","
        "\"name\":\"pgclone_scratch_00000000000000a0_0\",\"fingerprint\":null,"
        "\"state\":\"building\",\"size\":null,\"created\":\"2026-11-22T10:00:00Z\"}]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEMPLATE_LINE_TEST(test_lines),
        TEMPLATE_LINE_TEST(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
