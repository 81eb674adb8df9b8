"""What a server had in memory at the worst moment, and what it holds now."""

import os
import pathlib
import re

MB = 1_000_000


class Memory:
    """In MB: `before` when this was made, `most()` at any moment since."""

    def __init__(self, server):
        self.process = pathlib.Path(f"/proc/{server.process.pid}")
        (self.process / "clear_refs").write_text("5")  # proc(5): the highest mark begins anew
        self.before = self._read("VmRSS")

    def most(self):
        return self._read("VmHWM")

    def now(self):
        return self._read("VmRSS")

    def descriptors(self):
        """How many are open now: files and connections."""
        return len(os.listdir(self.process / "fd"))

    def _read(self, name):
        text = (self.process / "status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", text).group(1)) * 1024 / MB
