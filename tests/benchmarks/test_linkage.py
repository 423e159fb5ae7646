"""The harness itself, on tiny made-up data and without the peer's environment."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from benchmarks.linkage import __main__ as command
from benchmarks.linkage import adapter, bench, county_export, datasets, measure, peer, report
from benchmarks.linkage.county import Dirt
from contracts.errors import Stop

KINDS = {
    *("name", "given_name", "surname", "birth_date", "sex", "number", "phone", "address", "house_number"),
    *("street", "place", "postcode", "text", "category"),
}


def work(tmp_path: Path, code: str, limit_s: float = 60.0) -> measure.Usage:
    return measure.run([sys.executable, "-c", code], tmp_path, peer.environment(), tmp_path / "log", limit_s)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    county_export.export(folder, 120, 3, Dirt())
    return folder


def records(folder: Path) -> pa.Table:
    with duckdb.connect() as db:
        return db.sql(f"from read_parquet('{folder}/tables/*.parquet', union_by_name = true)").to_arrow_table()


def test_a_process_is_charged_for_its_children_too(tmp_path: Path) -> None:
    spin = "import time\nwhile time.process_time() < 0.4: pass"
    used = work(tmp_path, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {spin!r}])")
    assert used.code == 0
    assert used.cpu_s >= 0.4
    assert used.processes >= 2


def test_peak_memory_is_that_of_the_process_and_not_of_the_harness(tmp_path: Path) -> None:
    small = work(tmp_path, "import time; time.sleep(0.2)")
    large = work(tmp_path, "import time; b = bytearray(80 << 20); del b; time.sleep(1)")
    assert small.peak_mib < 60
    assert 80 < large.peak_mib < 160


def test_a_process_that_fails_or_takes_too_long_says_so(tmp_path: Path) -> None:
    assert work(tmp_path, "raise SystemExit(3)").code == 3
    assert work(tmp_path, "import time; time.sleep(60)", limit_s=0.2).code == -9


def test_scores_are_those_counted_by_hand() -> None:
    truth = pa.table({"record_id": list("abcde"), "person": [1, 1, 1, 2, 2]})
    found = pa.table({"record_id": list("edcba"), "cluster": [9, 8, 8, 7, 7]})
    said = bench.score(found, truth)
    assert (said["precision"], said["recall"]) == (0.5, 0.25)
    assert said["f1"] == pytest.approx(1 / 3, abs=1e-6)
    assert said["bcubed_precision"] == pytest.approx(4 / 5)


def test_a_record_left_out_of_the_members_is_an_error_not_a_singleton() -> None:
    truth = pa.table({"record_id": ["a", "b"], "person": [1, 1]})
    with pytest.raises(Stop, match="1 records are in no cluster"):
        bench.score(pa.table({"record_id": ["a"], "cluster": [1]}), truth)


def test_sets_are_chosen_by_name_and_the_county_by_size() -> None:
    chosen = datasets.choose("febrl,county", [10, 20], 1, 1.0, 2.0)
    assert [w.name for w in chosen[:4]] == list(datasets.FEBRL)
    assert [w.name for w in chosen[4:]] == ["county-10-seed1-noise1-missing2", "county-20-seed1-noise1-missing2"]
    with pytest.raises(Stop, match="no data set"):
        datasets.choose("census", [10], 1, 1.0, 1.0)


def test_the_county_hides_who_is_who_from_ids_and_order(county: Path) -> None:
    table, truth = records(county), pq.read_table(county / "truth.parquet")
    assert sorted(table["record_id"].to_pylist()) == sorted(truth["record_id"].to_pylist()) == list(range(len(table)))
    assert "person" not in table.column_names
    person = dict(zip(truth["record_id"].to_pylist(), truth["person"].to_pylist(), strict=True))
    ordered = [person[n] for n in range(len(table))]
    neighbours = sum(a == b for a, b in zip(ordered, ordered[1:], strict=False))
    assert neighbours < len(table) / 20


def test_the_same_county_comes_of_the_same_seed(county: Path, tmp_path: Path) -> None:
    county_export.export(tmp_path / "again", 120, 3, Dirt())
    county_export.export(tmp_path / "other", 120, 4, Dirt())
    again, other = records(tmp_path / "again"), records(tmp_path / "other")
    assert again.sort_by("record_id").equals(records(county).sort_by("record_id"))
    assert not again.equals(other)


def test_an_address_is_what_its_own_record_has_of_it(county: Path) -> None:
    for row in records(county).to_pylist():
        parts = [row[p] for p in ("town", "road", "compound", "village") if row[p]]
        assert all(part in (row["address"] or "") for part in parts)
        assert (row["address"] is None) == (not parts)


def test_the_county_config_names_the_tables_and_only_fields_there_are(county: Path, tmp_path: Path) -> None:
    datasets.configure("county", county, tmp_path / "huilian.yml")
    config = yaml.safe_load((tmp_path / "huilian.yml").read_text(encoding="utf-8"))
    assert {path.stem for path in (county / "tables").glob("*.parquet")} == {t["source"] for t in config["tables"]}
    assert set(config["fields"]) <= set(records(county).column_names)


def test_a_table_the_config_does_not_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    pq.write_table(pa.table({"record_id": ["a"]}), tmp_path / "tables" / "febrl9.parquet")
    with pytest.raises(Stop, match="febrl9"):
        datasets.configure("febrl1", tmp_path, tmp_path / "huilian.yml")


@pytest.mark.parametrize("path", sorted(datasets.CONFIGS.glob("*.yml")), ids=lambda p: p.stem)
def test_configs_are_in_the_agreed_form(path: Path) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(config) == {"entity", "tables", "fields", "blocking", "threshold"}
    assert {field["kind"] for field in config["fields"].values()} <= KINDS
    assert all(t["path"] == f"tables/{t['source']}.parquet" and t["key"] == "record_id" for t in config["tables"])
    assert config["blocking"] == []
    assert config["threshold"] is None


def test_without_kin_the_matcher_sees_what_the_peer_sees(county: Path) -> None:
    with duckdb.connect() as db:
        plain, full = adapter.mentions(db, county, kin=False), adapter.mentions(db, county, kin=True)
    assert plain["kin"].null_count == plain["household"].null_count == plain.num_rows == full.num_rows
    assert full["kin"].null_count < full.num_rows
    assert len(plain["record_key"].unique()) == plain.num_rows


def test_the_peers_lock_has_hashes_and_no_addresses() -> None:
    text = peer.LOCK.read_text(encoding="utf-8")
    assert not re.search(r"://|find-links|--(extra-)?index|file:", text)
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


def told(who: str, side: str, f1: float, cpu: float, **more: Any) -> dict[str, Any]:
    scores = dict.fromkeys(bench.SCORES, f1)
    cost = {"cpu_s": cpu, "wall_s": cpu, "peak_mib": 100.0, "tree_mib": 100.0}
    return {"who": who, "side": side, "runs": [cost | {"load": 0.5}], "cost": cost, "scores": scores} | more


def test_ratios_compare_with_the_documented_threshold_and_with_the_best() -> None:
    best = {"at": "components-0.5", "scores": dict.fromkeys(bench.SCORES, 0.98)}
    peers = told("Splink", "splink", 0.96, 8.0, at=bench.DOCUMENTED, best=best)
    failed = {"who": "Splink wide", "side": "splink", "runs": [], "cost": {}, "failed": "exit 1"}
    (ratio,) = report.ratios([told("Huilian", "huilian", 0.99, 2.0), peers, failed])
    assert (ratio["cpu"], ratio["f1"], ratio["f1_at_best"]) == (0.25, 0.03, 0.01)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(peer, "SCRATCH", tmp_path / ".bench")
    monkeypatch.setattr(command, "PAGE", peer.ROOT / "docs" / "benchmarks" / "linkage.md")
    return tmp_path


def test_one_command_measures_and_stores(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = elsewhere / "results"
    sets = ["--sets", "county", "--people", "60", "--seed", "5"]
    assert command.main([*sets, "--peer", "none", "--out", str(out)]) == 0
    result = json.loads((out / "county-60-seed5.json").read_text(encoding="utf-8"))
    ours = result["contenders"][0]
    assert ours["who"] == "Huilian"
    assert 0.9 < ours["scores"]["f1"] <= 1
    assert ours["cost"]["cpu_s"] > 0.1
    assert ours["cost"]["peak_mib"] > 50
    assert {"cpu", "cores", "memory_gib"} <= set(result["machine"])
    assert "Huilian " in capsys.readouterr().out
    assert f"{ours['scores']['f1']:.4f}" in report.page([result])


def test_what_can_not_be_made_stops_with_a_reason(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--sets", "febrl1", "--peer", "none", "--out", str(elsewhere / "results")]) == 2
    assert "run once with --peer splink" in capsys.readouterr().err


def test_contenders_take_turns_and_costs_are_medians(county: Path, tmp_path: Path) -> None:
    order: list[str] = []

    def contender(who: str) -> bench.Contender:
        def words(out: Path) -> list[str]:
            order.append(who)
            return [sys.executable, "-c", "pass"]

        alone = pq.read_table(county / "truth.parquet").rename_columns(["record_id", "cluster"])
        return bench.Contender(who, "huilian", words, lambda out: bench.text_ids(alone))

    data = datasets.Dataset("county", "county", county, 0, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "contenders", lambda data, peer, taking: [contender("a"), contender("b")])
        told = bench.measure(data, None, tmp_path, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    for each in told:
        assert each["scores"]["f1"] == 1.0
        assert each["cost"]["cpu_s"] == sorted(run["cpu_s"] for run in each["runs"])[1]


def test_a_contender_that_fails_is_reported_and_the_exit_code_says_so(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-c", "raise SystemExit('no')"]
    broken = bench.Contender("Huilian", "huilian", lambda out: words, pq.read_table)
    monkeypatch.setattr(bench, "contenders", lambda data, peer, taking: [broken])
    sets = ["--sets", "county", "--people", "20", "--peer", "none", "--out", str(elsewhere / "results")]
    assert command.main(sets) == 1
    assert "exit 1: no" in capsys.readouterr().out


def test_who_takes_part_can_be_chosen(county: Path) -> None:
    data = datasets.Dataset("county", "county", county, 0, 0)
    every = [each.who for each in bench.contenders(data, Path("peer"))]
    few = bench.contenders(data, Path("peer"), bench.Who(("narrow",), brief=True))
    assert {"Huilian with kin", "Splink wide"} <= set(every)
    assert [each.who for each in few] == ["Huilian", "Splink narrow", "three rules"]
    assert not any(each.sweep for each in few)
