"""Completion in bash, zsh and fish themselves: a line, Tab, and what the shell offers."""
import os
import shutil
from pathlib import Path

import pytest
from support.machine import unavailable
from support.shells import Bash, Fish, Zsh

# A program that completes its own words, as git does. bash knows of it with bash-completion alone.
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
SHELLS = {
    "bash": (Bash, "complete -W 'alpha beta' frobnicate"),
    "bash-completion": (Bash, f"source {BASH_COMPLETION}; complete -W 'alpha beta' frobnicate"),
    "zsh": (Zsh, "_frobnicate() { compadd alpha beta }; compdef _frobnicate frobnicate"),
    "fish": (Fish, "complete -c frobnicate -f -a 'alpha beta'"),
}


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, tmp_path_factory):
    """A shell whose PATH holds pgclone and frobnicate, in a folder with notes.yaml and scripts/."""
    kind, setup = SHELLS[request.param]
    if not shutil.which(request.param.split("-")[0]) or (
        request.param == "bash-completion" and not os.path.exists(BASH_COMPLETION)
    ):
        unavailable(f"{request.param} is not installed")
    folder = tmp_path_factory.mktemp("shell")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "pgclone").symlink_to(Path(request.config.getoption("--pgclone")).resolve())
    (programs / "frobnicate").write_text("#!/bin/sh\n")
    (programs / "frobnicate").chmod(0o755)
    (folder / "notes.yaml").write_text("workers: 2\n")
    (folder / "scripts").mkdir()
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    made = kind(folder, environment, setup)
    made.name = request.param
    yield made
    made.close()


CASES = {
    "a command": ("pgclone dr", ["drop"], ["create"]),
    "all commands": ("pgclone ", ["create", "drop", "list", "run", "url", "help"], ["--all"]),
    "an option": ("pgclone create --form", ["--format"], ["--dry-run"]),
    "a setting": ("pgclone create --strat", ["--strategy"], []),
    "only what the command uses": ("pgclone drop --wo", ["--worker "], ["--workers"]),
    "an option's values": ("pgclone create --format ", ["text", "env", "json", "github"], []),
    "behind an equals sign": ("pgclone create --format=j", ["json"], ["github"]),
    "a setting's values": ("pgclone create --existing ", ["replace", "keep", "fail"], []),
    "a file": ("pgclone -c no", ["notes.yaml"], ["create"]),
    "a file behind an equals sign": ("pgclone create --config=no", ["notes.yaml"], []),
    "a file of an option": ("pgclone run --sql no", ["notes.yaml"], []),
    "behind options": ("pgclone --server x cre", ["create"], ["drop"]),
    "behind a URL": ("pgclone --server postgresql://me@h:5432/db cre", ["create"], []),
    "behind a quoted value": ("pgclone --server 'host=x dbname=y' cre", ["create"], []),
    "options behind options": ("pgclone -v create --form", ["--format"], []),
    "help of a command": ("pgclone help dr", ["drop"], []),
    "a shell": ("pgclone completion z", ["zsh"], []),
    "a program": ("pgclone run -- frob", ["frobnicate"], []),
    "not a command of ours": (
        "pgclone run -- completi", [], ["run -- completion", "prints the completion script"],
    ),
    "a program behind options": ("pgclone run -w 4 -- frob", ["frobnicate"], []),
    "a program without dashes": ("pgclone run frob", ["frobnicate"], []),
    "a program's file": ("pgclone run -- cat no", ["notes.yaml"], []),
    "a program's folder": ("pgclone run -- ls scr", ["scripts/"], []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_offered(shell, case):
    line, expected, unexpected = CASES[case]
    shown = shell.offered(line) + " "
    for text in expected:
        assert text.rstrip() in shown, f"{text!r} is not offered\n{shown}"
    for text in unexpected:
        assert text not in shown, f"{text!r} is offered\n{shown}"


def test_a_program_completes_its_own_words(shell):
    """`pgclone run -- git ch` is what `git ch` is; bash needs its package bash-completion for that."""
    shown = shell.offered("pgclone run --name x -- frobnicate al")
    if shell.name == "bash":
        assert "alpha" not in shown
    else:
        assert "alpha" in shown


def test_the_installed_script_of_zsh_is_the_functions_body(pgclone, tmp_path):
    """As the package of a distribution has it: a file `_pgclone` in fpath."""
    if not shutil.which("zsh"):
        unavailable("zsh is not installed")
    (tmp_path / "_pgclone").write_text(pgclone.ok("completion", "zsh", server=None).stdout)
    environment = {"PATH": f"{Path(pgclone.binary).parent}:{os.environ['PATH']}"}
    zsh = Zsh(tmp_path, environment, f"fpath=({tmp_path} $fpath)", load="compinit -u -D")
    try:
        assert "drop" in zsh.offered("pgclone dr")
    finally:
        zsh.close()
