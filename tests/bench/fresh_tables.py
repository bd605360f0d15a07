"""Markdown of fresh.py, ready for docs/performance.md."""

from tables import row

COLUMNS = (
    "",
    "wall time",
    "to pgclone's",
    "the tests alone",
    "take, median",
    "p99",
    "give back, median",
    "p99",
    "a connection",
    "server's CPU",
    "maker's CPU",
)


def milliseconds(value):
    return "" if value is None else f"{value:,.1f} ms"


def seconds(value):
    return "" if value is None else f"{value:,.1f} s"


def peer_row(entry, ours):
    how = f" ({entry['how']})" if entry["how"] else ""
    ratio = entry["wall_s"] / ours["wall_s"] if ours else None
    text = "" if ratio is None else f"{ratio:.2f}×"
    return row(
        [
            entry["title"] + how,
            seconds(entry["wall_s"]),
            f"**{text}**" if ratio is not None and ratio < 1 else text,
            seconds(entry.get("tests_s")),
            milliseconds(entry["take_median_ms"]),
            milliseconds(entry["take_p99_ms"]),
            milliseconds(entry.get("give_median_ms")),
            milliseconds(entry.get("give_p99_ms")),
            milliseconds(entry["connect_ms"]),
            seconds(entry["server_cpu_s"]),
            seconds(entry["maker_cpu_s"]),
        ]
    )


def render(results):
    lines = [f"- {name}: {value}" for name, value in results["machine"].items()]
    lines += [f"- {name}: {value}" for name, value in results["servers"].items()]
    lines += [f"- command: `{command}`" for command in results["commands"]]
    lines += [f"- left out: {name}: {reason}" for name, reason in results["left out"].items()]
    for cell in results["cells"]:
        size = f"{cell['size_bytes'] / 1e6:,.0f} MB, {cell['files']:,} files"
        heading = f"{cell['server']}, {cell['template']} ({size}), {cell['tests']} tests"
        lines += ["", f"#### {heading} of {cell['pause_ms']} ms", ""]
        lines += [row(COLUMNS), row(["---", *["--:"] * (len(COLUMNS) - 1)])]
        ours = cell["peers"].get("undo") or cell["peers"].get("take")
        lines += [peer_row(entry, ours) for entry in cell["peers"].values()]
    return "\n".join(lines)
