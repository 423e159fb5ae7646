"""What people decided about their own tables is obeyed: at once, by every later run, and by batches."""

import re
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from pipeline.linkage_decisions import gathered
from pipeline.linkage_progress import quiet
from tests.pipeline.tables import ANY, FIELDS, config, huilian, ids, records

HEADER = "left_source,left_key,right_source,right_key,verdict\n"
Name = tuple[str, str]


def decide(folder: Path, *rows: tuple[Name, Name, str], name: str = "d.csv") -> str:
    """A file of decisions."""
    path = folder / name
    path.write_text(HEADER + "".join(f"{','.join((*a, *b))},{verdict}\n" for a, b, verdict in rows), encoding="utf-8")
    return str(path)


def pick(out: Path, state: str) -> tuple[Name, Name]:
    """The first kept pair that came out so."""
    row = pq.read_table(out / "pairs.parquet").filter(pc.field("state") == state).slice(0, 1).to_pylist()[0]
    return (row["left_source"], row["left_key"]), (row["right_source"], row["right_key"])


@pytest.fixture(scope="module")
def everybody() -> pa.Table:
    return records(250, 11)


@pytest.fixture(scope="module", params=[FIELDS, ANY], ids=["people", "any tables"])
def fields(request: pytest.FixtureRequest) -> dict[str, str]:
    """By what records are compared: so that the one engine takes them, and the other."""
    return request.param


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, everybody: pa.Table, fields: dict[str, str]) -> Path:
    """A county linked, and kept for batches."""
    folder = tmp_path_factory.mktemp("linked")
    config(folder, "all", everybody, fields)
    huilian(str(folder / "all.yml"), "--out", str(folder / "out"), "--keep")
    return folder


def test_a_run_obeys_and_so_does_every_later_one(linked: Path) -> None:
    out, tables = linked / "out", str(linked / "all.yml")
    one, (two, other) = pick(out, "merged"), pick(out, "refused")
    huilian(tables, "--out", str(out), "--decisions", decide(linked, (*one, "different"), (two, other, "same")))
    for _ in range(2):
        found = ids(out)
        assert found[one[0]] != found[one[1]]
        assert found[two] == found[other]
        huilian(tables, "--out", str(out))


def test_what_is_undone_is_as_if_nothing_had_been_said(linked: Path) -> None:
    out, tables, before = linked / "out", str(linked / "all.yml"), ids(linked / "out")
    pair = pick(out, "refused")
    huilian(tables, "--out", str(out), "--decisions", decide(linked, (*pair, "same")))
    assert ids(out)[pair[0]] == ids(out)[pair[1]]
    huilian(tables, "--out", str(out), "--decisions", decide(linked, (*reversed(pair), "undone")))
    assert ids(out)[pair[0]] != ids(out)[pair[1]]
    assert len(set(ids(out).values())) == len(set(before.values()))
    assert pq.read_table(out / "decisions.parquet").num_rows == 0


def test_without_one_new_record_decisions_change_what_they_are_about(linked: Path) -> None:
    out, tables, before = linked / "out", str(linked / "all.yml"), ids(linked / "out")
    apart, together = pick(out, "merged"), pick(out, "refused")
    file = decide(linked, (*apart, "different"), (*together, "same"))
    huilian(tables, "--out", str(out), "--add", "--dry-run", "--decisions", file)
    assert ids(out) == before
    assert not (out / "decisions.parquet").exists()
    huilian(tables, "--out", str(out), "--add", "--decisions", file)
    after = ids(out)
    assert after[apart[0]] != after[apart[1]]
    assert after[together[0]] == after[together[1]]
    concerned = {before[name] for name in (*apart, *together)}
    changed = {name for name in before if before[name] != after[name]}
    assert {before[name] for name in changed} <= concerned
    events = pq.read_table(out / "events.parquet").to_pylist()
    assert {(e["source"], e["record_key"]) for e in events} == changed
    huilian(tables, "--out", str(out), "--add", "--decisions", decide(linked, (*apart, "undone")))
    assert ids(out)[apart[0]] == ids(out)[apart[1]]
    assert ids(out)[together[0]] == ids(out)[together[1]]


def test_who_was_made_one_by_a_decision_is_two_again_when_it_is_undone(linked: Path) -> None:
    """With all their records, most of which the decision did not name."""
    out, before = linked / "out", ids(linked / "out")
    of = defaultdict(list)
    for name, entity in before.items():
        of[entity].append(name)
    one, other = [of[entity][0] for entity in sorted(of, key=lambda entity: -len(of[entity]))[:2]]
    for verdict, people in (("same", len(of) - 1), ("undone", len(of))):
        huilian(
            str(linked / "all.yml"), "--out", str(out), "--add", "--decisions", decide(linked, (one, other, verdict))
        )
        assert len(set(ids(out).values())) == people
    after = ids(out)
    assert all(len({after[name] for name in of[before[end]]}) == 1 for end in (one, other))
    assert after[one] != after[other]


def test_a_batch_obeys_what_was_decided_about_it_before_or_with_it(
    tmp_path: Path, everybody: pa.Table, fields: dict[str, str]
) -> None:
    config(tmp_path, "all", everybody, fields)
    huilian(str(tmp_path / "all.yml"), "--out", str(tmp_path / "whole"))
    apart, together = pick(tmp_path / "whole", "merged"), pick(tmp_path / "whole", "refused")
    late = {apart[0], together[0]}
    names = zip(everybody["source"].to_pylist(), everybody["record_key"].to_pylist(), strict=True)
    is_late = pa.array([name in late for name in names])
    config(tmp_path, "old", everybody.filter(pc.invert(is_late)), fields)
    config(tmp_path, "new", everybody.filter(is_late), fields)
    out = tmp_path / "out"
    first = decide(tmp_path, (*apart, "different"))
    huilian(str(tmp_path / "old.yml"), "--out", str(out), "--keep", "--decisions", first)
    second = decide(tmp_path, (*together, "same"))
    huilian(str(tmp_path / "new.yml"), "--out", str(out), "--add", "--decisions", second)
    after = ids(out)
    assert after[apart[0]] != after[apart[1]]
    assert after[together[0]] == after[together[1]]
    assert pq.read_table(out / "decisions.parquet").num_rows == 2


def test_of_several_about_one_pair_the_last_holds(tmp_path: Path) -> None:
    a, b, c = ("r", "1"), ("r", "2"), ("s", "1")
    file = decide(tmp_path, (a, b, "same"), (a, c, "different"), (b, a, "different"), (c, a, "undone"))
    found = gathered(tmp_path, Path(file), quiet)
    assert found.table.to_pylist() == [
        {"left_source": "r", "left_key": "1", "right_source": "r", "right_key": "2", "verdict": "different"}
    ]
    assert found.undone["left_key"].to_pylist() == ["1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "r,1,r,2,perhaps\n", "d.csv line 2: the verdict is none that there is"),
        (HEADER + "r,1,r,2,same\nr,1,,2,same\n", "d.csv line 3: a source or key is missing"),
        (HEADER + "r,1,r,1,same\n", "d.csv line 2: both are the same record"),
        ("left_source,left_key\nr,1\n", "d.csv: column right_source: it is not there"),
        (HEADER.replace("\n", ",verdict\n") + "r,1,r,2,same,different\n", "d.csv: column verdict: it is there twice"),
        (HEADER + "r,1,r,2,same\nr,2,r,3,same\nr,1,r,3,different\n", "d.csv line 4: two records are different"),
    ],
    ids=["verdict", "key", "itself", "column", "twice", "contradiction"],
)
def test_what_cannot_be_obeyed_is_refused_by_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Stop, match=re.escape(said)):
        gathered(tmp_path, tmp_path / "d.csv", quiet)


def test_nothing_decided_yet_is_no_error(tmp_path: Path) -> None:
    """A department's list may have a header alone."""
    (tmp_path / "d.csv").write_text(HEADER, encoding="utf-8")
    assert gathered(tmp_path, tmp_path / "d.csv", quiet).table.num_rows == 0


def test_a_parquet_file_with_more_columns_does_too(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    decide(tmp_path, (("r", "1"), ("r", "2"), "same"))
    pq.write_table(pa_csv.read_csv(tmp_path / "d.csv").append_column("who", pa.array(["somebody"])), path)
    assert gathered(tmp_path, path, quiet).table.num_rows == 1


def test_the_engine_for_any_tables_obeys_as_well(tmp_path: Path) -> None:
    examples = Path(__file__).parents[2] / "examples" / "linkage"
    out, tables = tmp_path / "out", str(examples / "people.yml")
    huilian(tables, "--out", str(out))
    apart, before = pick(out, "merged"), ids(out)
    first = next(iter(before))
    together = first, next(name for name in before if before[name] != before[first] and name not in apart)
    huilian(tables, "--out", str(out), "--decisions", decide(tmp_path, (*apart, "different"), (*together, "same")))
    huilian(tables, "--out", str(out))
    found = ids(out)
    assert found[apart[0]] != found[apart[1]]
    assert found[together[0]] == found[together[1]]
