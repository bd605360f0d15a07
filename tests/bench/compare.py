"""One cell: pgclone beside its peers, round by round."""

import random
import re

from peers import DEFAULT, Pgclone
from search import Race, explore
from trial import run_trial

THOROUGH = 5  # from so many rounds on, what calibration found close is measured a second time


def calibrate(server, cell, peer, rounds):
    """The best variants of a peer for this cell, found before anything is measured."""
    creates, drops = Race(peer.create_variants(cell)), Race(peer.drop_variants(cell))
    if len(creates.variants) == 1 and len(drops.variants) == 1:
        return creates.variants[0], drops.variants[0]
    explore(server, cell, peer, creates, drops, 2 if rounds >= THOROUGH else 1)
    return creates.best, drops.best


def own_words(outcome):
    """What pgclone -v says that it chose."""
    said = re.search(r"strategy (\w+) \(.*?\), (\d+) at once", outcome.output)
    return f"{said[1]} {said[2]} at once" if said else ""


def measure_cell(server, cell, peers, rounds, log):
    """Returns the cell's record: the times of every peer in seconds, or why it failed."""
    record = {}
    chosen = {}
    for peer in peers:
        record[peer.name] = {"title": peer.title, "create": [], "drop": []}
        try:
            chosen[peer] = calibrate(server, cell, peer, rounds)
        except RuntimeError as error:
            record[peer.name]["failed"] = str(error)
            log(f"{cell}: {peer.name} failed: {error}")
    shuffle = random.Random(str(cell)).shuffle
    for _ in range(rounds):
        order = list(peers)
        shuffle(order)  # so that no peer always follows the same one
        for peer in order:
            entry = record[peer.name]
            if "failed" in entry:
                continue
            try:
                created, dropped = run_trial(server, cell, peer, *chosen[peer])
            except RuntimeError as error:
                entry["failed"] = str(error)
                log(f"{cell}: {peer.name} failed: {error}")
                continue
            entry["create"].append(created.seconds)
            entry["drop"].append(dropped.seconds)
            entry["how"] = [own_words(created), ""] if isinstance(peer, Pgclone) else how(chosen[peer])
    return {
        "server": cell.server.name,
        "template": cell.template.name,
        "copies": cell.copies,
        "size_bytes": server.built[cell.template.name]["size_bytes"],
        "files": server.built[cell.template.name]["files"],
        "peers": record,
    }


def how(variants):
    return ["" if variant == DEFAULT else str(variant) for variant in variants]
