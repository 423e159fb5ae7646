"""The benchmark of the kernels: the same pairs on both sides, and rates that are there."""

import numpy as np

from benchmarks.linkage.kernels import _pairs, measure, table


def test_pairs_are_of_one_block_and_the_same_every_time() -> None:
    blocks = ["x", "y", "x", "z", "y", "x"]
    a, b = _pairs(blocks, 200)
    assert all(blocks[i] == blocks[j] for i, j in zip(a, b, strict=True))
    assert "z" not in {blocks[i] for i in a}
    assert all(np.array_equal(one, two) for one, two in zip((a, b), _pairs(blocks, 200), strict=True))


def test_every_kernel_has_a_rate_on_both_sides() -> None:
    told = measure(people=300, size=2000, repeat=1)
    kernels, whole = told[:3], told[3:]
    assert [row["kernel"] for row in kernels] == ["names", "numbers", "numbers, each pair looked at closely"]
    assert all(row["huilian"] > 0 and row["peer"] > 0 and row["pairs"] == 2000 for row in kernels)
    assert len(whole) == 2
    assert all(row["huilian"] > 0 for row in whole)
    assert table(told).count("\n") == len(told) + 1
