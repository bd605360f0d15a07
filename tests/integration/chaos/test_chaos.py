"""Whatever is killed, one call later nothing of ours is left, and nothing of anybody else's lost.

Runs when PGCLONE_CHAOS_ROUNDS says how many rounds (300, or 3000 for the long form);
PGCLONE_CHAOS_SEED repeats a run's choices, though not its timing. `chaos.py --help` does the same
without pytest.
"""
import os

import pytest
from chaos import SETTINGS, Chaos


@pytest.mark.core
@pytest.mark.skipif("PGCLONE_CHAOS_ROUNDS" not in os.environ,
                    reason="PGCLONE_CHAOS_ROUNDS says how many rounds, and is not set")
def test_whatever_is_killed_the_next_call_removes_exactly_what_was_left(own_server, request):
    server = own_server(**SETTINGS)
    rounds = int(os.environ["PGCLONE_CHAOS_ROUNDS"])
    seed = int(os.environ.get("PGCLONE_CHAOS_SEED", int.from_bytes(os.urandom(4), "big")))
    print(f"PGCLONE_CHAOS_SEED={seed}, {rounds} rounds")
    chaos = Chaos(server, os.path.realpath(request.config.getoption("--pgclone")), seed)
    try:
        chaos.run(rounds)
    finally:
        chaos.close()
