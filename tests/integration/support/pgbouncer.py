"""Debian's pgbouncer in front of a throw-away server."""
import os
import shutil
import subprocess
import time

import psycopg2
from support.server import free_port, url_for

INI = """
[databases]
* = host={socket} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {pool_size}
max_client_conn = 100
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log
"""


def find_program():
    return shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Pgbouncer:
    def __init__(self, server, mode, pool_size=20):
        self.port = free_port()
        self.folder = os.path.join(server.folder, f"pgbouncer-{self.port}")
        os.mkdir(self.folder)
        with open(os.path.join(self.folder, "users"), "w") as users:
            users.write('"tester" ""\n"postgres" ""\n')
        with open(os.path.join(self.folder, "ini"), "w") as ini:
            ini.write(
                INI.format(socket=server.socket, server_port=server.port, port=self.port,
                           folder=self.folder, mode=mode, pool_size=pool_size)
            )  # fmt: skip
        for path in (self.folder, *(os.path.join(self.folder, name) for name in ("users", "ini"))):
            os.chown(path, server.account.pw_uid, server.account.pw_gid)
        command = ["setpriv", "--pdeathsig", "TERM"]
        if os.getuid() == 0:  # it refuses to run as root, as the server does
            command += ["--reuid", server.account.pw_name, "--regid", str(server.account.pw_gid),
                        "--init-groups"]  # fmt: skip
        self.process = subprocess.Popen(
            [*command, "--", find_program(), os.path.join(self.folder, "ini")],
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                psycopg2.connect(self.url("postgres")).close()
                return
            except psycopg2.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def url(self, database):
        return url_for("tester", database, host="127.0.0.1", port=self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
