"""Whatever is killed, one call later nothing of ours is left, and nothing of anybody else's lost.

300 rounds on PostgreSQL 15 and 18 and 60 on others, or as many as PGCLONE_CHAOS_ROUNDS says (3000 for
the long form). PGCLONE_CHAOS_SEED repeats a run's choices, though not its timing. `chaos.py --help`
does the same without pytest.
"""
import os

import pytest
from chaos import SETTINGS, Chaos


@pytest.mark.core
def test_whatever_is_killed_the_next_call_removes_exactly_what_was_left(own_server, request):
    server = own_server(**SETTINGS)
    rounds = int(os.environ.get("PGCLONE_CHAOS_ROUNDS", 300 if server.major in (15, 18) else 60))
    seed = int(os.environ.get("PGCLONE_CHAOS_SEED", int.from_bytes(os.urandom(4), "big")))
    print(f"PGCLONE_CHAOS_SEED={seed}, {rounds} rounds")
    chaos = Chaos(server, os.path.realpath(request.config.getoption("--pgclone")), seed)
    try:
        chaos.run(rounds)
    finally:
        chaos.close()
