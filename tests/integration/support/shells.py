"""Interactive shells, in which a test types a line and Tab, and sees what is offered."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

ROWS, COLUMNS = 200, 200


class Terminal:
    """A shell on a terminal of its own. What it shows is read until it prompts behind a mark that it
    prints itself: what is typed before a shell prompts, the terminal would show, too."""

    def __init__(self, arguments, folder, environment, setup):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.leader = leader
        self.process = subprocess.Popen(
            arguments, stdin=follower, stdout=follower, stderr=follower, cwd=folder,
            env={**environment, "TERM": "dumb", "PS1": "READY ", "HOME": str(folder)},
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(follower)
        self._run(setup)

    def _run(self, command):
        """Types a command and gives what was shown until it was over, the command included."""
        os.write(self.leader, command.encode() + b'\recho "EN""D"\r')
        shown, until = "", time.monotonic() + 20
        while not re.search(r"END\r(?s:.*)READY ", shown):
            assert time.monotonic() < until, f"the shell does not answer:\n{shown}"
            if select.select([self.leader], [], [], 0.1)[0]:
                shown += os.read(self.leader, 65536).decode(errors="replace")
        return shown

    def offered(self, line):
        """What is on the screen after `line` and Tab. The line itself is not executed."""
        shown = self._run(f"{line}\t\x01#\x05")  # "#" at the beginning of the line
        assert "#" in shown, shown
        return shown.split("#")[0].replace("\a", "")

    def close(self):
        self.process.kill()
        self.process.wait(10)
        os.close(self.leader)


class Bash(Terminal):
    def __init__(self, folder, environment, setup):
        quiet = "bind 'set bell-style none' 'set show-all-if-ambiguous on' 'set page-completions off'"
        super().__init__(
            ["bash", "--noprofile", "--norc", "-i"], folder, environment,
            f"{quiet}; {setup}; source <(pgclone completion bash)",
        )  # fmt: skip


class Zsh(Terminal):
    def __init__(self, folder, environment, setup, load="source <(pgclone completion zsh)"):
        super().__init__(
            ["zsh", "-f", "-i"], folder, environment,
            "unsetopt BEEP MULTIBYTE PROMPT_SP; setopt INTERACTIVE_COMMENTS; LISTMAX=10000; PS1='READY ';"
            f" autoload -Uz compinit; compinit -u -D; {setup}; {load}",
        )  # fmt: skip


class Fish:
    """fish tells what it would offer."""

    def __init__(self, folder, environment, setup):
        self.folder, self.setup = folder, setup
        self.environment = {**environment, "HOME": str(folder)}

    def offered(self, line):
        script = f"{self.setup}; pgclone completion fish | source; complete -C $argv[1]"
        ran = subprocess.run(
            ["fish", "--no-config", "-c", script, line], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        assert ran.stderr == "", ran.stderr
        return ran.stdout

    def close(self):
        pass


