"""What `huilian link` says while it works: one line a stage with its count and seconds, on stderr.

On a terminal the stage that runs is shown with its seconds; elsewhere only finished stages are, as plain lines.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Stages of a run; `seconds` keeps how long each took, by name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Talk goes to `stream`, by default stderr."""
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.seconds: dict[str, float] = {}
        self._begun = time.monotonic()

    def __call__(self, text: str) -> None:
        """One line of talk, after the seconds since the beginning."""
        clear = "\r\x1b[K" if self.live else ""
        self.stream.write(f"{clear}{time.monotonic() - self._begun:7.1f} s  {text}\n")
        self.stream.flush()

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """A stage of the work. What the body puts into the list it is given is told when the stage is done."""
        begun, told, over = time.monotonic(), list[str](), threading.Event()
        ticking = threading.Thread(target=self._tick, args=(name, begun, over), daemon=True)
        if self.live:
            ticking.start()
        try:
            yield told
        finally:
            over.set()
            if self.live:
                ticking.join()
                self.stream.write("\r\x1b[K")
        took = time.monotonic() - begun
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 3)
        self(f"{name}: {', '.join([*told, f'{took:.1f} s'])}")

    def _tick(self, name: str, begun: float, over: threading.Event) -> None:
        while not over.wait(0.5):
            self.stream.write(
                f"\r\x1b[K{time.monotonic() - self._begun:7.1f} s  {name} ... {time.monotonic() - begun:.0f} s"
            )
            self.stream.flush()


def quiet(_: str) -> None:
    """Says nothing."""
