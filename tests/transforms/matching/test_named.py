"""Records by source and key."""

import pyarrow as pa

from transforms.matching.named import rows_of


def test_records_are_found_by_source_and_key() -> None:
    table = pa.table({"source": ["a", "b", "a"], "record_key": ["1", "1", "2"]})
    for column in (table["source"], table["source"].dictionary_encode()):
        records = table.set_column(0, "source", column)
        assert rows_of(pa.array(["a", "b", "b"]), pa.array(["2", "1", "2"]), records).tolist() == [2, 1, -1]
