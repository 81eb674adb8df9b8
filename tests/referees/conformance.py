"""The official conformance suite of MCP, against the library's own example server (tests/conformance)."""

import subprocess
import sys

from stage.claims import claim, end, note
from stage.programs import REPOSITORY

for revision in ("2025-11-25", "2026-07-28"):
    with claim(f"MCP {revision}: every scenario of the official suite passes, without a list of failures to expect"):
        ended = subprocess.run([sys.executable, REPOSITORY / "tests" / "conformance" / "run", revision], timeout=600,
                               check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        note(ended.stdout.strip().splitlines()[-1] if ended.stdout.strip() else ended.stderr)
        assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr
end()
