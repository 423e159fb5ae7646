"""The lake: Parquet files of one delivery, each written whole or not at all."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

STAGES = ("raw", "rejects", "rows", "mentions", "quarantined", "issues", "dropped")


def folder(lake: Path, feed: str, delivery_id: str) -> Path:
    """Where the files of one delivery are; made on first use, readable by the owner only."""
    path = lake / feed / delivery_id
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write(directory: Path, stage: str, table: pa.Table) -> Path:
    """Write one stage as Parquet (zstd): a temporary file, fsync, rename; so a kill leaves the old file or the new."""
    target = directory / f"{stage}.parquet"
    partial = directory / f".{stage}.{os.getpid()}.part"
    with partial.open("wb") as handle:
        pq.write_table(table, handle, compression="zstd")
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(target)
    return target


def read(directory: Path, stage: str, columns: list[str] | None = None) -> pa.Table:
    """One stage of a delivery. Raises FileNotFoundError when the stage hasn't been reached."""
    return pq.read_table(directory / f"{stage}.parquet", columns=columns)


def has(directory: Path, stage: str) -> bool:
    """Whether a stage of the delivery is there."""
    return (directory / f"{stage}.parquet").is_file()
