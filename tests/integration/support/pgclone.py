"""Runs pgclone as a user's shell would, with nothing inherited from the caller's settings."""
import json
import os
import shlex
import subprocess
from dataclasses import dataclass

CONFIGURED = object()


def shown(arguments):
    return shlex.join(os.fsdecode(argument) for argument in arguments)


def shortened(text, most=30):
    lines = text.splitlines(keepends=True)
    return "".join(lines[:most]) + (f"… {len(lines)} lines\n" if len(lines) > most else "")


@dataclass
class Result:
    arguments: tuple
    code: int
    stdout: str
    stderr: str

    def __str__(self):
        return (
            f"pgclone {shown(self.arguments)}\nexit code {self.code}\n"
            f"--- standard output\n{shortened(self.stdout)}"
            f"--- standard error\n{shortened(self.stderr)}---"
        )

    def expect(self, code, *says):
        """The exit code, and texts that standard error must hold, whatever their case."""
        assert self.code == code, f"expected exit code {code}\n{self}"
        for text in says:
            assert text.lower() in self.stderr.lower(), f"standard error lacks {text!r}\n{self}"
        return self

    def expect_error(self, code, *says):
        """expect(), where standard error must be an error with something to do about it."""
        self.expect(code, *says)
        assert "pgclone: error: " in self.stderr, f"no error message\n{self}"
        assert self.stdout == "", f"results in spite of the error\n{self}"
        return self

    def has_hint(self, *says):
        hints = [line for line in self.stderr.splitlines() if line.startswith("pgclone: hint: ")]
        assert hints, f"no hint\n{self}"
        for text in says:
            assert any(text.lower() in hint.lower() for hint in hints), f"no hint has {text!r}\n{self}"
        return self

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def databases(self):
        """The names of the databases that `--format json` lists, in order."""
        return [entry["name"] for entry in self.json["databases"]]

    @property
    def urls(self):
        """Each worker's URL, from `--format json`."""
        return {entry["worker"]: entry["url"] for entry in self.json["databases"]}

    @property
    def rows(self):
        """The tab-separated lines of standard output."""
        return [line.split("\t") for line in self.stdout.splitlines()]


class Pgclone:
    """Call it with pgclone's arguments. `server` is the URL in PGCLONE_SERVER, or None."""

    def __init__(self, binary, folder, server=None):
        self.binary, self.folder, self.server = binary, str(folder), server

    def environment(self, server=CONFIGURED, env=None):
        """PATH and home, the configured server, and what the test adds. Nothing else."""
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": "exitcode=86:detect_leaks=1",
            "UBSAN_OPTIONS": "exitcode=86:print_stacktrace=1",
        }
        url = self.server if server is CONFIGURED else server
        if url is not None:
            clean["PGCLONE_SERVER"] = url
        clean.update(env or {})
        return clean

    def start(self, *arguments, server=CONFIGURED, env=None, cwd=None, **options):
        """Starts it and returns the process; finish() gives its result."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen(
            [self.binary, *arguments], env=self.environment(server, env),
            cwd=str(cwd or self.folder), **options,
        )  # fmt: skip
        process.pgclone_arguments = arguments
        return process

    def finish(self, process, timeout=60):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(
                f"still running after {timeout} s: pgclone {shown(process.pgclone_arguments)}\n"
                f"{(err or b'').decode(errors='replace')}"
            ) from None
        result = Result(
            process.pgclone_arguments, process.returncode,
            (out or b"").decode(), (err or b"").decode(),
        )  # fmt: skip
        for trouble in ("Sanitizer", "runtime error:"):
            assert trouble not in result.stderr, str(result)
        assert result.code not in (86, -6, -11), str(result)
        return result

    def __call__(self, *arguments, timeout=60, **options):
        return self.finish(self.start(*arguments, **options), timeout)

    def ok(self, *arguments, **options):
        return self(*arguments, **options).expect(0)

    def create(self, *arguments, **options):
        """`create --format json`, which must succeed."""
        return self.ok("create", "--format", "json", *arguments, **options)
