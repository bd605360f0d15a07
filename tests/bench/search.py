"""Finds the best of a peer's variants without measuring the hopeless ones again and again."""

import statistics

from trial import run_trial

HOPELESS = 2.0  # a strategy this much slower than the best at a middling width is left out
CLOSE = 1.3  # only variants this near to the best are measured again
MIDDLE = 8


class Race:
    """The times of some variants, in seconds; those of `always` stay in whatever they take."""

    def __init__(self, variants, always=()):
        self.always = list(always)
        self.variants = list(variants)
        self.times = {variant: [] for variant in (*self.always, *self.variants)}

    def median(self, variant):
        return statistics.median(self.times[variant])

    @property
    def measured(self):
        return [variant for variant in self.variants if self.times[variant]]

    @property
    def best(self):
        most = max(len(self.times[variant]) for variant in self.measured)
        whole = [variant for variant in self.measured if len(self.times[variant]) == most]
        return min(whole, key=self.median)

    def near(self, factor):
        limit = factor * min(self.median(variant) for variant in self.measured)
        return [variant for variant in self.measured if self.median(variant) <= limit]


def scouts(variants):
    """One variant of each strategy, at a middling width."""
    chosen = {}
    for variant in variants:
        if variant.strategy not in chosen or variant.jobs <= MIDDLE:
            chosen[variant.strategy] = variant
    return list(chosen.values())


def explore(server, cell, peer, creates, drops, rounds):
    """Runs `rounds` over the two races at once: each trial creates with one, drops with another."""

    def run(create_list, drop_list):
        """The shorter list starts again where it ends; those times are not kept twice."""
        for turn in range(max(len(create_list), len(drop_list))):
            create = create_list[turn % len(create_list)]
            drop = drop_list[turn % len(drop_list)]
            created, dropped = run_trial(server, cell, peer, create, drop)
            if turn < len(create_list):
                creates.times[create].append(created.seconds)
            if turn < len(drop_list):
                drops.times[drop].append(dropped.seconds)

    first = scouts(creates.variants)
    run(creates.always + first, drops.always + drops.variants[: len(first)])
    kept = {variant.strategy for variant in creates.near(HOPELESS)}
    rest = [v for v in creates.variants if v.strategy in kept and not creates.times[v]]
    missing = [v for v in drops.variants if not drops.times[v]]
    if rest or missing:
        run(rest or [creates.best], missing or [drops.best])
    for _ in range(rounds - 1):
        run(creates.always + creates.near(CLOSE), drops.always + drops.near(CLOSE))
