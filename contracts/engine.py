"""What the pure packages ask of whatever runs their SQL.

Transforms compose SQL text and never open a database: they are handed an Engine. The text stays in the subset that
DuckDB and Spark share (equi-joins, window functions, no engine-specific string distances).
"""

from typing import Protocol

import pyarrow as pa


class Engine(Protocol):
    """Runs a query over Arrow tables and returns Arrow."""

    def sql(self, text: str, **tables: pa.Table) -> pa.Table:
        """Run `text`; each keyword is a table that the text may name. The order of rows is what `text` asks for."""
        ...
