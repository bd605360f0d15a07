#!/usr/bin/env python3
"""Compares the manuals and the reference with what the program's own --help says.

    tests/manual.py PROGRAM

Whatever --help has must be in them, each setting with its variable, flags, values, range and default in the
paragraph that is about it; and they must have no command, option, variable or setting that --help lacks.
"""
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MANUAL, FILE_MANUAL, REFERENCE = "docs/pgclone.1", "docs/pgclone.yaml.5", "docs/reference.md"
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+|(?<![\w-])-[a-z](?=,)")
INTERNAL = {"--answer"}  # for completion scripts alone
failures = []


def broken(text):
    failures.append(text)
    print(f"manual: {text}")


# What --help says


def command_names():
    """From the sources: each file of cli/commands is a command, `template_build` is `template build`."""
    return sorted(path.stem.replace("_", " ") for path in (PROJECT / "src/cli/commands").glob("*.c"))


def help_of(program, *command):
    return subprocess.check_output([program, *command, "--help"], text=True)


def entries(text):
    """The flags of a part of --help: the line with the flags, and those that explain it."""
    return re.findall(r"^  +(?=-)(\S.*(?:\n {32}.*)*)", text, re.MULTILINE)


def parse_setting(entry):
    flags, brackets = re.fullmatch(r"(?s)(.*)\[(.*)\]", entry).groups()
    sources, *values, default = brackets.split("; ")
    variable, *key = sources.split(", ")
    head = re.split(r"  +|\n", flags)[0]
    return {
        "flags": FLAG.findall(head + ","),
        "variable": variable,
        "key": key[0] if key else None,
        "values": re.split(r", | to ", values[0]) if values else [],
        "default": default.removeprefix("default: "),
    }


def read_help(program):
    """Each command's options, and all settings by their variables."""
    options, settings = {}, {}
    for name in command_names():
        own, _, rest = help_of(program, *name.split()).partition("\nSettings,")
        options[name] = {flag for entry in entries(own) for flag in FLAG.findall(re.split(r"  +|\n", entry)[0] + ",")}
        for entry in entries(rest):
            setting = parse_setting(entry)
            settings[setting["variable"]] = setting
    return options, settings


# What the manuals say


def plain(mdoc):
    """The text of mdoc source, near enough to look for words in it."""
    lines = []
    for line in mdoc.splitlines():
        if line.startswith(".\\\""):
            continue
        if line.startswith("."):
            line = re.sub(r"\bFl ((?:-?[a-z][a-z-]*)(?: [,|] -?[a-z][a-z-]*)*)", spelled_flags, line)
            line = re.sub(r"^\.|\b[A-Z][a-z]\b", "", line)
        lines.append(line.replace("\\e", "\\").replace("\\&", ""))
    return re.sub(r" ([,.;:)])(?= |$)", r"\1", re.sub(r"\s+", " ", " ".join(lines)))


def spelled_flags(match):
    """`.Fl w , -workers` is -w, --workers."""
    return re.sub(r"(?<![\w-])(?=[\w-])", "-", match.group(1))


def items(mdoc):
    """The paragraphs of a list: the line that each begins with, and all of its text."""
    texts = re.split(r"^\.It ", mdoc, flags=re.MULTILINE)[1:]
    return [(text.splitlines()[0], plain(".It " + text)) for text in texts]


def section(mdoc, title):
    return re.search(rf"(?ms)^\.S[hs] {re.escape(title)}\n(.*?)(?=^\.S[hs] |\Z)", mdoc).group(1)


def has_word(text, word):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)


def check_paragraph(where, text, setting):
    name = setting["key"] or setting["variable"]
    for word in [setting["variable"], *setting["flags"], *setting["values"]]:
        if not has_word(text, word):
            broken(f"{where} does not say {word} of {name}")
    default = setting["default"]
    if re.fullmatch(r"[\w.-]+", default):
        if not re.search(rf"(?i)default: {re.escape(default)}\b", text):
            broken(f"{where} does not say that the default of {name} is {default}")
    elif "Default:" not in text:
        broken(f"{where} does not say what the default of {name} is")


def check_settings(settings, manual, file_manual):
    of_manual = items(section(manual, "Settings"))
    of_file = {line.split()[1]: text for line, text in items(section(file_manual, "KEYS").split("\n.Ss ")[0])}
    for setting in settings.values():
        found = [text for _, text in of_manual if has_word(text.split(".")[0], setting["variable"])]
        if len(found) != 1:
            broken(f"{MANUAL} has {len(found)} paragraphs about {setting['variable']}, in place of one")
        else:
            check_paragraph(MANUAL, found[0], setting)
        if setting["key"] is not None and setting["key"] not in of_file:
            broken(f"{FILE_MANUAL} has no paragraph about {setting['key']}")
        elif setting["key"] is not None:
            check_paragraph(FILE_MANUAL, of_file[setting["key"]], setting)
    known = {setting["key"] for setting in settings.values()} | {"build"}
    for key in of_file.keys() - known:
        broken(f"{FILE_MANUAL} has the key {key}, which no setting has")


def check_commands(options, manual):
    """Each command has its lines in SYNOPSIS and its paragraph, each option its paragraph."""
    uses = [plain(use) for use in re.split(r"^\.Nm$", section(manual, "SYNOPSIS"), flags=re.MULTILINE)]
    commands = [line.removeprefix("Cm ") for line, _ in items(section(manual, "Commands"))]
    described = " ".join(plain(".It " + line) for line, _ in items(manual)) + " "
    everywhere = {"-h", "--help", "--version", "-v", "--verbose", "-q", "--quiet", *INTERNAL}
    for name, flags in options.items():
        if any(other.startswith(f"{name} ") for other in options):
            continue  # a group, which is none by itself
        use = next((use for use in uses if re.match(rf"\s*{name}(?![\w-])(?! build| list| prune)", use)), None)
        if use is None:
            broken(f"{MANUAL}, SYNOPSIS, lacks {name}")
        if not any(re.match(rf"{name}(?![\w-])", line) for line in commands):
            broken(f"{MANUAL}, Commands, lacks {name}")
        for flag in sorted(flags - INTERNAL):
            if not has_word(described, flag):
                broken(f"{MANUAL} does not describe {flag} of {name}")
            both = {"--output": "-o"}.get(flag, flag)
            if use and flag not in everywhere and not has_word(use, both) and "selector" not in use:
                broken(f"{MANUAL}, SYNOPSIS of {name}, lacks {flag}")
    for line in commands:
        if not any(re.match(rf"{name}(?![\w-])", line) for name in options):
            broken(f"{MANUAL} has the command {line}, which the program lacks")


def check_what_is_not_there(options, settings, texts):
    flags = set().union(*options.values(), *(setting["flags"] for setting in settings.values()))
    variables = settings.keys()
    for path in (MANUAL, FILE_MANUAL):
        # `--option` stands for any.
        for flag in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+(?![\w-])", plain(texts[path]))) - flags - {"--option"}:
            broken(f"{path} has {flag}, which the program lacks")
    for variable in set(re.findall(r"PGCLONE_[A-Z_]+(?<!_)", texts[FILE_MANUAL])) - variables:
        broken(f"{FILE_MANUAL} has {variable}, which no setting has")


def check_reference(settings, text):
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    rows = {row[0]: row for row in lines if len(row) == 5}
    for setting in settings.values():
        row = rows.get(f"`{setting['key']}`" if setting["key"] else "—")
        if row is None:
            broken(f"{REFERENCE} has no row for {setting['key']}")
            continue
        for word in [setting["variable"], *setting["flags"]]:
            if not has_word(" ".join(row), word):
                broken(f"{REFERENCE} does not say {word} in the row of {setting['key']}")
        if re.fullmatch(r"[\w.-]+", setting["default"]) and f"`{setting['default']}`" not in row[3]:
            broken(f"{REFERENCE} does not say that the default of {setting['key']} is {setting['default']}")


def main(program):
    texts = {path: (PROJECT / path).read_text() for path in (MANUAL, FILE_MANUAL, REFERENCE)}
    options, settings = read_help(program)
    if len(settings) < 15 or len(options) < 10:
        broken(f"--help has {len(settings)} settings and {len(options)} commands, which is too few to be all of them")
    check_settings(settings, texts[MANUAL], texts[FILE_MANUAL])
    check_commands(options, texts[MANUAL])
    check_what_is_not_there(options, settings, texts)
    check_reference(settings, texts[REFERENCE])
    return 1 if failures else 0


sys.exit(main(sys.argv[1]))
