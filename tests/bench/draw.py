"""Charts with gnuplot: time against copies and against template size, pgclone beside its peers."""

import pathlib
import subprocess

from tables import FLOORS, seconds

COLOURS = {
    "pgclone": "#0b5fff",
    "vs": "#15aabf",
    "xargs": "#d9480f",
    "loop": "#868e96",
    "psql": "#2b8a3e",
    "django": "#862e9c",
    "fixture": "#c2255c",
    "server": "#000000",
    "cp": "#000000",
}

HEAD = """\
set terminal svg size 960,560 enhanced background "white" font "sans-serif,13"
set output {output}
set multiplot layout 1,2 title {title}
set logscale xy
set grid
set key below samplen 2
set xlabel {xlabel}
set ylabel "seconds"
"""


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def series(cells, axis, verb):
    """Name of peer -> (title, points), the points sorted along the axis."""
    lines = {}
    for cell in cells:
        for name, entry in cell["peers"].items():
            value = seconds(entry, (verb,))
            if value is not None:
                lines.setdefault(name, (entry["title"], []))[1].append((axis(cell), value))
    return {name: (title, sorted(points)) for name, (title, points) in lines.items()}


def panel(cells, axis, verb):
    lines = series(cells, axis, verb)
    places = sorted({axis(cell) for cell in cells})
    ticks = ", ".join(f'"{x:g}" {x}' for x in places)
    blocks, plots = [], []
    for name, (title, points) in lines.items():
        data = "\n".join(f"{x} {y}" for x, y in points)
        blocks.append(f"${name} << END\n{data}\nEND")
        width = 3 if name == "pgclone" else 1.5
        dash = f" dashtype {2 + FLOORS.index(name)}" if name in FLOORS else ""
        plots.append(
            f"${name} with linespoints title {quoted(title)} linewidth {width} pointtype 7 "
            f"pointsize 0.5 linecolor rgb {quoted(COLOURS[name])}{dash} noenhanced"
        )
    blocks += [f"set title {quoted(verb)}", f"set xtics ({ticks})"]
    blocks += [f"set xrange [{places[0] / 1.3}:{places[-1] * 1.3}]", "plot " + ", ".join(plots)]
    return "\n".join(blocks)


def chart(output, title, xlabel, cells, axis):
    script = HEAD.format(output=quoted(output), title=quoted(title), xlabel=quoted(xlabel))
    script += "\n".join(panel(cells, axis, verb) for verb in ("create", "drop")) + "\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print(output)


def draw(results, folder):
    """Two charts a server: over copies of the smallest template, over sizes at fewest copies."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for server in results["servers"]:
        cells = [cell for cell in results["cells"] if cell["server"] == server]
        if not cells:
            continue
        smallest = min(cells, key=lambda cell: cell["size_bytes"])["template"]
        fewest = min(cell["copies"] for cell in cells)
        chart(
            folder / f"copies-{server}.svg",
            f"{server}: copies of {smallest}",
            "copies",
            [cell for cell in cells if cell["template"] == smallest],
            lambda cell: cell["copies"],
        )
        chart(
            folder / f"size-{server}.svg",
            f"{server}: {fewest} copies",
            "size of the template in MB",
            [cell for cell in cells if cell["copies"] == fewest],
            lambda cell: round(cell["size_bytes"] / 1e6),
        )
