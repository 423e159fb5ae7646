"""Retention: what died half written is swept up, what is being written is not."""

import os
from datetime import UTC, datetime
from pathlib import Path

from pipeline.keeping import clear
from pipeline.settings import Settings


def test_what_a_dead_step_was_writing_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, inbox=tmp_path / "inbox")
    assert clear(settings, datetime.now(UTC).date()) == 0
    old = [settings.outbox / "某局" / ".a.xlsx.7.part", settings.lake / "feed" / "id" / ".rows.parquet.7.part"]
    kept = [settings.outbox / "某局" / ".a.json.8.part", settings.outbox / "某局" / "a.json"]
    for path in (*old, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in (*old, kept[1]):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert clear(settings, datetime.now(UTC).date()) == 2
    assert [p.is_file() for p in (*old, *kept)] == [False, False, True, True]
