"""The second set of invented people of history: reproducible, and spoilt in the way that is described."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.linkage import datasets, figures
from benchmarks.linkage.historical import FIELDS

PEOPLE, MOST = 400, 19


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    figures.export(folder, PEOPLE, 5, 1.0, MOST)
    return folder


def rows(folder: Path) -> pa.Table:
    return pq.read_table(folder / "tables" / "figures.parquet")


def test_the_same_figures_come_of_the_same_seed(made: Path, tmp_path: Path) -> None:
    figures.export(tmp_path / "again", PEOPLE, 5, 1.0, MOST)
    figures.export(tmp_path / "other", PEOPLE, 6, 1.0, MOST)
    assert rows(tmp_path / "again").equals(rows(made))
    assert not rows(tmp_path / "other").equals(rows(made))


def test_everybody_is_written_down_once_to_nineteen_times(made: Path) -> None:
    truth = pq.read_table(made / "truth.parquet")
    times = Counter(truth["person"].to_pylist())
    assert len(times) == PEOPLE
    assert (min(times.values()), max(times.values())) == (1, MOST)
    assert truth["record_id"].equals(rows(made)["record_id"])


def test_first_name_and_surname_are_the_ends_of_the_full_name(made: Path) -> None:
    for row in rows(made).to_pylist():
        words = row["full_name"].replace(",", "").split()
        assert row["first_name"] == words[0]
        assert row["surname"] == (words[-1] if len(words) > 1 else None)
        assert row["first_and_surname"] == " ".join([words[0], *words[1:][-1:]])


def test_values_are_missing_about_as_often_as_is_published(made: Path) -> None:
    table = rows(made)
    known = {f: 1 - table[f].null_count / table.num_rows for f in FIELDS}
    published = {"dob": 0.774, "postcode_fake": 0.774, "gender": 0.778, "birth_place": 0.863, "surname": 0.911}
    assert all(abs(known[f] - share) < 0.04 for f, share in published.items())
    assert abs(known["occupation"] - 0.5) < 0.08


def test_without_noise_all_records_of_a_person_agree_but_for_the_middle_of_the_name(tmp_path: Path) -> None:
    figures.export(tmp_path, 60, 2, 0.0, 6)
    whose = pq.read_table(tmp_path / "truth.parquet")["person"].to_pylist()
    fields = [f for f in FIELDS if f != "full_name"]
    said = {(p, *(row[f] for f in fields)) for p, row in zip(whose, rows(tmp_path).to_pylist(), strict=True)}
    assert len(said) == len(set(whose))


def test_the_benchmark_knows_the_set() -> None:
    (wanted,) = datasets.choose("figures", [300], 4, 1.0, 1.0)
    assert (wanted.name, wanted.people) == ("figures-300-seed4", 300)
