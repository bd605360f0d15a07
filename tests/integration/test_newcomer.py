"""From each package to green parallel tests, as tests/bench/newcomer.py goes and times it."""
import sys

import pytest
from support.packages import PROJECT, built

sys.path.insert(0, str(PROJECT / "tests" / "bench"))
import newcomer  # noqa: E402


@pytest.mark.parametrize("name", newcomer.WAYS)
def test_three_commands_are_enough(program, server, name):
    with server.unchanged():
        ((_, commands, _, out),) = newcomer.ways(built(program), [name])
    assert len(commands) <= 3
    assert "8 passed" in out
