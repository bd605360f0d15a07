#include "pgclone/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *memory_checked(void *memory)
{
    static const char message[] = "pgclone: error: out of memory\n";

    if (memory == NULL) {
        /* Not by the log, which would allocate. There is nothing left to do if write() fails. */
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void)ignored;
        _exit(1);
    }
    return memory;
}

void *memory_new(size_t count, size_t size)
{
    return memory_checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *memory_resize(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        return memory_checked(NULL);
    return memory_checked(realloc(old, count * size > 0 ? count * size : 1));
}

char *memory_copy_string(const char *text)
{
    return text == NULL ? NULL : memory_checked(strdup(text));
}

void memory_replace_string(char **slot, const char *text)
{
    char *copy = memory_copy_string(text);

    free(*slot);
    *slot = copy;
}

char *memory_take_string(char **slot)
{
    char *taken = *slot;

    *slot = NULL;
    return taken;
}

void memory_free_string(char **slot)
{
    free(*slot);
    *slot = NULL;
}
