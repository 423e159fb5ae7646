"""The peer's virtual environment, apart from ours: the linker measured against, the packages that carry data sets."""

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from contracts.errors import Stop

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".bench"
LOCK = Path(__file__).with_name("peer.lock")
UV = ROOT / "requirements" / "bootstrap.lock"
NAMES = ("splink", "duckdb", "pyarrow", "numpy", "pandas", "scipy", "recordlinkage", "pseudopeople")
OURS = ("duckdb", "pyarrow", "numpy", "rapidfuzz")


def scratch(*parts: str) -> Path:
    """A folder under .bench, made when missing; git and linters are told to leave all of it alone."""
    folder = SCRATCH.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    (SCRATCH / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


def ensure() -> Path:
    """The peer's Python, installed from peer.lock (hashes checked) the first time and after the lock changed.

    Raises Stop when the package index cannot be had.
    """
    home = scratch() / "peer"
    python, mark = home / "bin" / "python", home / "ready"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    sys.stderr.write("the peer's environment: installing benchmarks/linkage/peer.lock into .bench/peer\n")
    _call(sys.executable, "-m", "venv", "--clear", str(home))
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r")
    try:
        _call(*pip, str(UV))
        uv = (str(home / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(python), "--require-hashes")
        _call(*uv, "--compile-bytecode", "-r", str(LOCK))
    except Stop:
        _call(*pip, str(LOCK))
    mark.write_text(wanted, encoding="utf-8")
    return python


def versions(python: Path | None) -> dict[str, dict[str, str]]:
    """Versions of what matters, on our side and, when there is one, on the peer's."""
    found = {"huilian": {"python": sys.version.split()[0], **{name: version(name) for name in OURS}}}
    if python:
        text = (
            "import json, sys; from importlib.metadata import version; "
            f"print(json.dumps({{'python': sys.version.split()[0], **{{n: version(n) for n in {NAMES!r}}}}}))"
        )
        done = subprocess.run([str(python), "-c", text], capture_output=True, text=True, check=True, env=environment())
        found["peer"] = json.loads(done.stdout)
    return found


def environment() -> dict[str, str]:
    """What a measured process sees: ours plus the repository on its path, bytecode allowed, hashing fixed."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "VIRTUAL_ENV"}}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}


def _call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        tail = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Stop("the peer's environment", " ".join(tail), "see that the package index can be reached; run again")
