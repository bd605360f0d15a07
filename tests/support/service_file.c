#include "service_file.h"

#include <stdlib.h>

#include "clean_environment.h"
#include "scratch_folder.h"

int service_file_setup(void **state)
{
    clean_environment();
    if (scratch_setup(state) != 0)
        return -1;
    scratch_make_file("services",
                      "[one]\nhost=service.example\nport=6543\nuser=su\npassword=sp\n"
                      "dbname=sdb\nconnect_timeout=4\n"
                      "[two]\nhost=/tmp\n"
                      "[plain]\nhost=plain.example\nport=5432\nuser=pu\nsslmode=prefer\n",
                      0600);
    return setenv("PGSERVICEFILE", scratch_path("services"), 1);
}

int service_file_teardown(void **state)
{
    return scratch_teardown(state);
}
