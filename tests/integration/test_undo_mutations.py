"""An undo that is broken on purpose is noticed: what compares databases sees what it is there to see."""
import itertools

import pytest
from test_undo_workloads import undo_server  # noqa: F401  (a fixture)
from undo.drivers import Statements
from undo.harness import Harness
from undo.mutations import MUTATIONS
from undo.schema import TEMPLATE

MOST = 100  # workloads


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_undo_is_noticed(undo_server, name):  # noqa: F811
    change, kinds = MUTATIONS[name]
    harness = Harness(undo_server, lambda: Statements(undo_server, TEMPLATE, "undo_broken", change), dumped_every=0)
    try:
        seeds = harness.generator.seeds_with(kinds, 1000) if kinds else itertools.count(1000)
        wrong = harness.run(itertools.islice(seeds, MOST), say=lambda *_, **__: None, most=1)
        assert wrong, f"nobody noticed {name}\n{harness.tally}"
        print(f"{name}: noticed after {sum(harness.tally.answers.values())} workloads")
    finally:
        harness.close()
