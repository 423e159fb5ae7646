"""The REST stand-in for installations that have none: started for the length of a run, on the loopback address."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

from contracts.errors import Retry
from pipeline.settings import ROOT, Settings

TOKEN = "secret"  # noqa: S105  the stand-in's token, the same for everybody, serves made-up data on loopback only
START_SECONDS = 60  # it takes a tenth of one; a machine under load, many


@contextmanager
def interfaces(settings: Settings, flaky: int = 0) -> Iterator[Settings]:
    """Settings whose `api` answers: as they are when HUILIAN_API is set, else with the stand-in serving the inbox.

    `flaky` K makes every K-th answer a 429 or 503. Raises Retry when the stand-in doesn't come up in a minute.
    """
    if settings.api:
        yield settings
        return
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        options = {"--root": settings.inbox, "--port": 0, "--port-file": port_file, "--token": TOKEN, "--flaky": flaky}
        words = [str(word) for pair in options.items() for word in pair]
        command = [sys.executable, str(ROOT / "examples" / "serve_api.py"), *words, "--until-eof"]
        # It ends when its standard input closes: also when this process is killed and can't stop it.
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet) as process:
            try:
                port = _wait(port_file, process)
                yield replace(settings, api=f"http://127.0.0.1:{port}", api_token=TOKEN)
            finally:
                process.terminate()


def _wait(port_file: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and process.poll() is None:
        if port_file.exists():
            return port_file.read_text(encoding="ascii")
        sleep(0.05)
    raise Retry("REST stand-in", "did not start", "look for a full disk or a missing examples/serve_api.py, run again")
