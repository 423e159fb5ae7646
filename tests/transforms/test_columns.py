import numpy as np
import pyarrow as pa

from transforms.clean.columns import combined, matching, merged, per_distinct


def test_a_function_runs_once_for_each_distinct_value_null_included() -> None:
    seen: list[str | None] = []

    def size(value: str | None) -> tuple[int, str | None]:
        seen.append(value)
        return len(value or ""), value and value.upper()

    column = pa.chunked_array([["a", "bb"], [None, "a"]])
    sizes, upper = per_distinct(column, size, (pa.int64(), pa.string()))
    assert (sizes.to_pylist(), upper.to_pylist()) == ([1, 2, 0, 1], ["A", "BB", None, "A"])
    assert sorted(seen, key=str) == [None, "a", "bb"]


def test_answers_found_apart_are_put_back_in_order() -> None:
    column = pa.array(["1", "x", None, "2"])
    quick = matching(column, "^[0-9]$")
    assert quick.tolist() == [True, False, False, True]
    (found,) = merged(quick, [pa.array(["one", "two"])], [pa.array(["ex", "nothing"])])
    assert found.to_pylist() == ["one", "ex", "nothing", "two"]
    assert merged(np.zeros(0, bool), [pa.array([], pa.string())], [pa.array([], pa.string())])[0].to_pylist() == []


def test_chunks_become_one_array() -> None:
    assert combined(pa.chunked_array([["a"], ["b"]])).to_pylist() == ["a", "b"]
    assert combined(pa.chunked_array([], pa.string())).to_pylist() == []
