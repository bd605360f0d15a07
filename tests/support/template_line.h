/* A folder with a pgclone.yaml that says how a template is built, for the tests of commands. */
#ifndef PGCLONE_TESTS_TEMPLATE_LINE_H
#define PGCLONE_TESTS_TEMPLATE_LINE_H

/** For cmocka_unit_test_setup_teardown(): a clean environment, and that folder as the current one.
 */
int template_line_setup(void **state);
int template_line_teardown(void **state);

#define TEMPLATE_LINE_TEST(function)                                                               \
    cmocka_unit_test_setup_teardown(function, template_line_setup, template_line_teardown)

#endif
