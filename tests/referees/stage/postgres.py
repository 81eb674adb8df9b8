"""A PostgreSQL server of a referee's own: the newest that is installed, on a free port, as the user nobody where we are
root, which it refuses."""

import atexit
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from .programs import free_port, until

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=pathlib.Path("/usr/lib/postgresql"),
               key=lambda folder: int(folder.parent.name))


class Postgres:
    def __init__(self):
        assert (PROGRAMS / "postgres").exists(), "PostgreSQL is missing: apt-get install postgresql"
        self.port = free_port()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="gmail-mcp-postgres-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            them = pwd.getpwnam(self.user)
            os.chown(self.home, them.pw_uid, them.pw_gid)
        self._run("initdb", "-D", self.home / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8",
                  "--locale=C.UTF-8")
        self.process = None
        atexit.register(self.remove)
        self.start()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/gmail"
        self.query("CREATE DATABASE gmail", "postgres")

    def _run(self, program, *arguments):
        subprocess.run([PROGRAMS / program, *arguments], check=True, user=self.user, cwd=self.home,
                       stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.home / "data", "-p", str(self.port), "-k", self.home,
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
                user=self.user, cwd=self.home, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})
        assert until(self.answers), (self.home / "log").read_text()[-800:]

    def answers(self):
        return subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", "SELECT 1",
                               "postgres"], capture_output=True, check=False).returncode == 0

    def query(self, sql, database="gmail"):
        """The rows, whose numbers are numbers."""
        done = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-tAF\t", "-c", sql,
                               database], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [tuple(int(field) if field.isdigit() else field for field in line.split("\t"))
                for line in done.stdout.splitlines() if line]

    def end_connections(self):
        self.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gmail' "
                   "AND pid <> pg_backend_pid()", "postgres")

    def restart(self, pause=1.0):
        """At once, as in a failure."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)
        until(lambda: False, pause)
        self.start()

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        shutil.rmtree(self.home, ignore_errors=True)
