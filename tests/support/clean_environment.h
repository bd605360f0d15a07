/* No PG* variable of whoever runs the tests may decide what they see. */
#ifndef PGCLONE_TESTS_CLEAN_ENVIRONMENT_H
#define PGCLONE_TESTS_CLEAN_ENVIRONMENT_H

/** Unsets every variable whose name begins with "PG". */
void clean_environment(void);

#endif
