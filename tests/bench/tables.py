"""Markdown, ready for docs/performance.md."""

import statistics

PARTS = (("create", ("create",)), ("drop", ("drop",)), ("create and drop", ("create", "drop")))
FLOORS = ("server", "cp")  # what no client does without
BEHIND, AHEAD = 1.05, 1.10  # pgclone may take so much more than the bar, and should leave it behind

NOTES = """\
Times are wall time of the whole client, medians of {rounds} rounds in which the clients take
turns in changing order. A CHECKPOINT and a sync go before each, outside the clock, so that none
pays for what another left dirty. Outside the clock, too, the relations and rows of every copy are
counted, and what was dropped is checked to be gone. A peer's column is its time as a multiple of
pgclone's; **bold** where the peer is the faster one. xargs and psql run as the best that was found
by trying strategies and widths first (in brackets). The clock of the Python peers starts after
their imports. Two columns are floors, and no peers. "The server alone" is what the statements take
on connections that are open already, sent all at once, at its best; connecting, looking, and in the
case of pgclone marking and renaming come on top. `cp -r` is the template's files copied once, and
synced where the server would, times the copies: it makes no database, and runs one at a time."""


def seconds(entry, verbs):
    if not entry or "failed" in entry or not entry["create"]:
        return None
    return sum(statistics.median(entry[verb]) for verb in verbs)


def ratio(entry, verbs, ours, index):
    theirs = seconds(entry, verbs)
    if theirs is None:
        return "failed" if entry and "failed" in entry else ""
    text = f"{theirs / ours:.2f}×"
    if theirs < ours:
        text = f"**{text}**"
    how = entry.get("how", ["", ""])[index] if len(verbs) == 1 else ""
    return f"{text} ({how})" if how else text


def row(cells):
    return "| " + " | ".join(cells) + " |"


def peer_columns(cells):
    columns = {}
    for cell in cells:
        for name, entry in cell["peers"].items():
            if name != "pgclone":
                columns[name] = entry["title"]
    return columns


def comparison(cells, part, verbs):
    columns = peer_columns(cells)
    index = 0 if verbs[0] == "create" else 1
    lines = [
        f"### {part.capitalize()}",
        "",
        row(["server", "template", "copies", "pgclone", *columns.values()]),
        row(["---", "---", "--:", "--:", *["--:"] * len(columns)]),
    ]
    for cell in cells:
        ours = cell["peers"].get("pgclone")
        own = seconds(ours, verbs)
        head = [cell["server"], cell["template"], str(cell["copies"])]
        if own is None:
            lines.append(row([*head, "failed", *[""] * len(columns)]))
            continue
        how = ours.get("how", ["", ""])[index] if len(verbs) == 1 else ""
        shown = f"{1000 * own:,.0f} ms" + (f" ({how})" if how else "")
        ratios = [ratio(cell["peers"].get(name), verbs, own, index) for name in columns]
        lines.append(row([*head, shown, *ratios]))
    return lines + [""]


def standing(cells):
    """In how many cells pgclone holds what it promises beside xargs, and in how many anybody could."""
    lines = [
        "### Beside xargs at its best",
        "",
        row(["", "cells", "not slower by over 5 %", "10 % ahead", "the server alone 10 % ahead"]),
        row(["---", *["--:"] * 4]),
    ]
    for part, verbs in PARTS:
        ours, theirs, floor = (
            [seconds(cell["peers"].get(name), verbs) for cell in cells]
            for name in ("pgclone", "xargs", "server")
        )
        pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a and b]
        floors = [(a, b) for a, b in zip(floor, theirs, strict=True) if a and b]
        counts = (
            str(len(pairs)),
            str(sum(a <= BEHIND * b for a, b in pairs)),
            str(sum(b >= AHEAD * a for a, b in pairs)),
            f"{sum(b >= AHEAD * a for a, b in floors)} of {len(floors)}",
        )
        lines.append(row([part, *counts]))
    return [*lines, ""]


def ahead_of_us(cells):
    """Where a peer wins, in so many words."""
    lines = []
    for cell in cells:
        for part, verbs in PARTS[:2]:
            own = seconds(cell["peers"].get("pgclone"), verbs)
            for name, entry in cell["peers"].items():
                theirs = seconds(entry, verbs)
                if own and theirs and name not in ("pgclone", *FLOORS) and theirs < own:
                    place = f"{cell['server']}, {cell['copies']} × {cell['template']}"
                    lines.append(
                        f"- {part}, {place}: {entry['title']} takes "
                        f"{100 * (1 - theirs / own):.1f} % less"
                    )
    return ["Peers ahead of pgclone:", "", *(lines or ["- none"]), ""]


def regret(rows):
    lines = [
        "### Auto against the best pair of strategy and jobs",
        "",
        row(["server", "template", "copies", "", "auto", "best pair", "its time", "regret"]),
        row(["---", "---", "--:", "---", "--:", "---", "--:", "--:"]),
    ]
    for entry in rows:
        for verb in ("create", "drop"):
            found = entry[verb]
            lines.append(
                row(
                    [
                        entry["server"],
                        entry["template"],
                        str(entry["copies"]),
                        verb,
                        f"{1000 * found['auto']:,.0f} ms",
                        found["best_pair"],
                        f"{1000 * found['best']:,.0f} ms",
                        f"{found['regret_percent']:.0f} %",
                    ]
                )
            )
    return lines + [""]


def client(found):
    lines = ["### The client: empty databases, 8 connections", ""]
    lines.append(row(["program", "workers", "", "CPU (user + system)", "peak memory"]))
    lines.append(row(["---", "--:", "---", "--:", "--:"]))
    for entry in found["cost"]:
        cpu, peak = f"{entry['cpu_ms']:.1f} ms", f"{entry['peak_kib'] / 1024:.1f} MiB"
        lines.append(row([entry["program"], str(entry["workers"]), entry["mode"], cpu, peak]))
    lines += ["", "### Many workers: 18 MB, fsync off", ""]
    lines.append(row(["program", "copies", "create, per copy", "drop, per copy"]))
    lines.append(row(["---", "--:", "--:", "--:"]))
    for entry in found["many"]:
        create, drop = entry["create_ms_per_copy"], entry["drop_ms_per_copy"]
        times = f"{create:.1f} ms", f"{drop:.1f} ms"
        lines.append(row([entry["program"], str(entry["copies"]), *times]))
    return lines + [""]


def render(results):
    """The whole report of one or several runs, merged by bench.merge()."""
    lines = [f"- {name}: {value}" for name, value in results["machine"].items()]
    lines += [f"- {name}: {value}" for name, value in results["servers"].items()]
    lines += [f"- command: `{command}`" for command in results["commands"]] + [""]
    if results["cells"]:
        lines += [NOTES.format(rounds=results["rounds"]), ""]
        for part, verbs in PARTS:
            lines += comparison(results["cells"], part, verbs)
        if any("xargs" in cell["peers"] for cell in results["cells"]):
            lines += standing(results["cells"])
        lines += ahead_of_us(results["cells"])
    if results["regret"]:
        lines += regret(results["regret"])
    if results["client"]:
        lines += client(results["client"])
    return "\n".join(lines)
