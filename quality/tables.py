"""Arrow schemas by the type names that contracts use."""

from collections.abc import Mapping

import pyarrow as pa

ZONE = "Asia/Shanghai"
ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date32": pa.date32(),
    "timestamp": pa.timestamp("us", tz=ZONE),
}


def schema(columns: Mapping[str, str]) -> pa.Schema:
    """The schema of `columns`, name to type name of contracts.kinds. Raises KeyError for any other type name."""
    types: dict[str, pa.DataType] = {name: ARROW[kind] for name, kind in columns.items()}
    return pa.schema(types)
