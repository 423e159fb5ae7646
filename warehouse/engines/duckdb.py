"""DuckDB in process: the engine for blocking joins and other set work over Arrow tables."""

from types import TracebackType

import duckdb
import pyarrow as pa


class DuckDBEngine:
    """An Engine over one private in-memory database; nothing outlives the object.

    `memory_limit` is DuckDB's own notation ("4GB"), and what does not fit goes to `spill` (a directory) when that is
    given. `threads` bounds the CPU it takes.
    """

    def __init__(self, memory_limit: str | None = None, threads: int | None = None, spill: str | None = None) -> None:
        config: dict[str, str | int] = {}
        if memory_limit:
            config["memory_limit"] = memory_limit
        if threads:
            config["threads"] = threads
        if spill:
            config["temp_directory"] = spill
        self._connection = duckdb.connect(":memory:", config=config)

    def sql(self, text: str, **tables: pa.Table) -> pa.Table:
        """Run `text` with `tables` visible under their keyword names. Raises duckdb.Error for a text that is wrong."""
        # a cursor of its own, so that a query that fails half-way leaves nothing behind for the next one
        cursor = self._connection.cursor()
        try:
            for name, table in tables.items():
                cursor.register(name, table)
            return cursor.sql(text).to_arrow_table()
        finally:
            cursor.close()

    def close(self) -> None:
        """Give the memory back; the engine cannot be used afterwards."""
        self._connection.close()

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
