"""Memory that stays the machine's own while the benchmark runs."""

import functools
import mmap
import os

MUCH_BYTES = 2**30  # copies of less find their memory in any case
PART_OF_FREE = 0.6
PAGES_PER_KEPT = 128  # hosts take memory back in blocks of 512 pages


@functools.cache
def keep_resident():
    """Virtual machines may give free memory back to their host, block by block, and every page of it
    takes several times as long when it is used again: copies of 4.9 GB took from 1.4 to 5 s. Here all
    of it is used once, and let go but for a page in each block, so that no block is free as a whole.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    step = page * PAGES_PER_KEPT
    free = page * os.sysconf("SC_AVPHYS_PAGES")
    memory = mmap.mmap(
        -1, int(free * PART_OF_FREE) // step * step, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    )
    memory.madvise(mmap.MADV_DONTFORK)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory[::page] = bytes(len(memory) // page)
    for start in range(0, len(memory), step):
        memory.madvise(mmap.MADV_DONTNEED, start + page, step - page)
    return memory
