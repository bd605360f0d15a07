#include "pgclone/base/process.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "pgclone/base/utf8.h"

int process_cpu_count(void)
{
    cpu_set_t set;
    long online;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    /* More CPUs than cpu_set_t holds, or no affinity at all. */
    online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

void process_host_name(char *name, size_t size)
{
    if (gethostname(name, size) != 0)
        name[0] = '\0';
    name[size - 1] = '\0';
    if (name[0] == '\0' || !utf8_is_valid(name))
        (void)snprintf(name, size, "unknown");
}

bool process_die_with(pid_t parent, int signal)
{
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL) != 0)
        return false;
#endif
    /* Where the parent died before, nobody will ever send the signal. */
    return getppid() == parent;
}

void process_open_standard(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0)
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}
