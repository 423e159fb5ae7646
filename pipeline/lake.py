"""The lake: Parquet files of one delivery, each written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq


def folder(lake: Path, feed: str, delivery_id: str) -> Path:
    """Where the files of one delivery are; made on first use, readable by the owner only."""
    path = lake / feed / delivery_id
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write(directory: Path, stage: str, table: pa.Table) -> Path:
    """Write one stage as Parquet (zstd): a temporary file, fsync, rename; so a kill leaves the old file or the new."""
    with _whole(directory / f"{stage}.parquet") as handle:
        pq.write_table(table, handle, compression="zstd")
    return directory / f"{stage}.parquet"


def write_text(directory: Path, name: str, text: str) -> Path:
    """Write a small text file beside the stages, in the same way."""
    with _whole(directory / name) as handle:
        handle.write(text.encode("utf-8"))
    return directory / name


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    with partial.open("wb") as handle:
        yield handle
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(target)


def read(directory: Path, stage: str, columns: list[str] | None = None) -> pa.Table:
    """One stage of a delivery. Raises FileNotFoundError when the stage hasn't been reached."""
    return pq.read_table(directory / f"{stage}.parquet", columns=columns)


def has(directory: Path, stage: str) -> bool:
    """Whether a stage of the delivery is there."""
    return (directory / f"{stage}.parquet").is_file()
