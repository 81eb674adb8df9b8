"""A Supabase project of a referee's own: the stand-in (src/sql/testing/rest_stand_in.h) before a real PostgreSQL server."""

import json
import os
import subprocess

from .programs import BUILD_ROOT

STAND_IN = os.environ.get("SUPABASE_STAND_IN") or BUILD_ROOT / "release" / "supabase_stand_in"


class Project:
    """A new project. It ends with this program, which holds its input."""

    def __init__(self):
        self.process = subprocess.Popen([str(STAND_IN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.__dict__.update(json.loads(self.process.stdout.readline()))

    def ask(self, command):
        self.process.stdin.write(" ".join(command.split()) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def seen(self):
        return self.ask("seen")

    def settings(self):
        return {"GMAIL_MCP_STORAGE_TYPE": "supabase", "GMAIL_MCP_SUPABASE_URL": self.url,
                "GMAIL_MCP_SUPABASE_KEY": self.secret}

    def query(self, sql):
        """Rows of two columns, the second a number, as the owner of the tables sees them."""
        rows = self.ask(f"run SELECT concat(q.a, chr(9), q.b) FROM ({sql}) AS q (a, b)")["rows"]
        return [(first, int(second)) for first, second in (row.split("\t") for row in rows)]
