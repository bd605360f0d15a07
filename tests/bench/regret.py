"""What auto costs against the best pair of strategy and jobs that the flags can force."""

import statistics

from peers import DEFAULT, Variant
from search import Race, explore


def measure_regret(server, cell, pgclone, rounds):
    """Every pair against auto; pairs that are far behind are not measured again."""
    pairs = [Variant(strategy, jobs) for strategy in cell.server.strategies for jobs in cell.widths]
    creates = Race(pairs, always=[DEFAULT])
    drops = Race([Variant("", jobs) for jobs in cell.widths], always=[DEFAULT])
    explore(server, cell, pgclone, creates, drops, rounds)
    return {
        "server": cell.server.name,
        "template": cell.template.name,
        "copies": cell.copies,
        "create": summary(creates),
        "drop": summary(drops),
    }


def summary(race):
    auto = statistics.median(race.times[DEFAULT])
    best = race.median(race.best)
    return {
        "auto": auto,
        "best": best,
        "best_pair": str(race.best),
        "regret_percent": 100 * (auto / best - 1),
        "times": {
            "auto" if variant == DEFAULT else str(variant): times
            for variant, times in race.times.items()
            if times
        },
    }
