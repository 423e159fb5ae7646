"""Which state of the program a figure was measured with."""

import shutil
import subprocess
from pathlib import Path


def revision(root: Path) -> str:
    """The commit checked out at `root`, -dirty when something was changed since; unknown outside a checkout."""
    git = [shutil.which("git") or "git", "describe", "--always", "--dirty"]
    said = subprocess.run(git, cwd=root, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"
