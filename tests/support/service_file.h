/* A service file of libpq's, and an environment that has nothing but its path. */
#ifndef PGCLONE_TESTS_SERVICE_FILE_H
#define PGCLONE_TESTS_SERVICE_FILE_H

/** For cmocka_unit_test_setup_teardown(). Service "one" has host service.example, port 6543, user
 * su, password sp, database sdb and connect_timeout 4; "two" has host /tmp; and "plain" has host
 * plain.example, and libpq's own port and sslmode. */
int service_file_setup(void **state);
int service_file_teardown(void **state);

#endif
