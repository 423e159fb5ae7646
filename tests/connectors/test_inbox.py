"""What is found in an inbox, and what is wrong with it."""

import hashlib
import itertools
import os
import time
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from connectors import inbox
from connectors.inbox import Arrival
from connectors.landing import Landed, store
from contracts.errors import Quarantine, Retry
from contracts.model import Contract

Feed = Callable[..., Contract]
JSONL = {"feed": "mouju_xinxi", "delivery": {"drop": "某局/新增_{month}.jsonl", "may_be_empty": True}}


@pytest.fixture
def contracts(feed: Feed) -> list[Contract]:
    people = feed({"format": "csv"}, delivery={"drop": "某局/人员_{month}.csv", "not_ours": ("某局/原库.db",)})
    monthly = feed({"format": "csv"}, feed="mouju_yuebao", delivery={"drop": "某局/YB{yyyymm}.txt"})
    return [people, monthly, feed({"format": "jsonl"}, **JSONL)]


def drop(root: Path, name: str, data: bytes = b"x") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(root: Path, contracts: list[Contract], settle: float = 0.0) -> dict[str, tuple[str | None, str | None]]:
    return {a.name: (a.feed, a.problem) for a in inbox.scan(root, "2026-10", contracts, settle)}


@pytest.mark.parametrize("folder", ["2026-10/某局", "某局"])
def test_files_are_matched_with_their_contracts(tmp_path: Path, contracts: list[Contract], folder: str) -> None:
    path = drop(tmp_path, f"{folder}/人员_2026-10.csv")
    drop(tmp_path, f"{folder}/YB202610.txt")
    first, second = inbox.scan(tmp_path, "2026-10", contracts)
    assert first == Arrival("mouju_yuebao", "2026-10", path.with_name("YB202610.txt"), "某局", None, "YB202610.txt")
    assert second == Arrival("mouju_renyuan", "2026-10", path, "某局", None, "人员_2026-10.csv")


def test_names_in_other_forms_and_encodings_are_the_same(tmp_path: Path, contracts: list[Contract]) -> None:
    nfd = unicodedata.normalize("NFD", "é")
    accented = contracts[0].model_copy(
        update={"delivery": contracts[0].delivery.model_copy(update={"drop": "某局/é_{month}.csv"})}
    )
    drop(tmp_path, f"某局/{nfd}_2026-10.csv")
    drop(tmp_path, os.fsdecode("某局/YB202610.txt".encode("gbk")))
    got = inbox.scan(tmp_path, "2026-10", [accented, contracts[1]])
    assert {(a.feed, a.department, a.problem, a.name) for a in got} == {
        ("mouju_renyuan", "某局", None, "é_2026-10.csv"),
        ("mouju_yuebao", "某局", None, "YB202610.txt"),
    }
    landed = inbox.land(next(a.path for a in got if a.feed == "mouju_yuebao"), tmp_path / "landing")
    assert landed.path.name.endswith("-YB202610.txt")


@pytest.mark.parametrize(
    "name",
    ["人员_202610.csv", "人员_2026年10月.csv", "人员_2026.10.csv", "人员＿２０２６－１０.csv", "人员_2026-10.CSV",
     "人员_2026-10 .csv", "人员_2026-10.xlsx", "人员_2026-10.txt", "人员_202610.DBF", "人员_2026-10.et"],
)  # fmt: skip
@pytest.mark.parametrize("folder", ["2026-10/某局", "某局"])
def test_what_clerks_make_of_a_name_is_taken_for_it(
    tmp_path: Path, contracts: list[Contract], folder: str, name: str
) -> None:
    drop(tmp_path, f"{folder}/{name}")
    assert found(tmp_path, contracts) == {name: ("mouju_renyuan", None)}


@pytest.mark.parametrize(
    "name",
    [
        "人员_2026-1.csv",
        "人员_2026-10(1).csv",
        "人员_2026-10.zip",
        "人员.csv",
        "新人员_2026-10.csv",
        "新增_2026-10.xlsx",
    ],
)
def test_another_name_is_another_file(tmp_path: Path, contracts: list[Contract], name: str) -> None:
    drop(tmp_path, f"2026-10/某局/{name}")
    assert found(tmp_path, contracts) == {name: (None, "unknown_feed")}


def test_the_promised_name_goes_first(tmp_path: Path, contracts: list[Contract]) -> None:
    for name in ("人员_2026-10.csv", "人员_2026-10.xlsx", "人员_202610.csv"):
        drop(tmp_path, f"某局/{name}")
    assert found(tmp_path, contracts) == {
        "人员_2026-10.csv": ("mouju_renyuan", None),
        "人员_2026-10.xlsx": (None, "unknown_feed"),
        "人员_202610.csv": (None, "unknown_feed"),
    }


def test_what_may_be_two_things_is_neither_and_is_not_passed_over(tmp_path: Path, feed: Feed) -> None:
    one = feed({"format": "csv"}, delivery={"drop": "某局/人员_{month}.csv"})
    other = feed({"format": "workbook"}, feed="mouju_mingce", delivery={"drop": "某局/人员_{month}.xls"})
    drop(tmp_path, "某局/人员_2026-10.txt")
    assert found(tmp_path, [one, other]) == {"人员_2026-10.txt": (None, "unknown_feed")}
    drop(tmp_path, "某局/人员_2026-10.xls")
    both = {"人员_2026-10.txt": ("mouju_renyuan", None), "人员_2026-10.xls": ("mouju_mingce", None)}
    assert found(tmp_path, [one, other]) == both
    drop(tmp_path, "某局/人员_2026-10.dbf")
    assert found(tmp_path, [one])["人员_2026-10.dbf"] == (None, "unknown_feed")


@pytest.mark.parametrize("other", ["某 局", "某局 ", "2026-10/某局", "2026-10/某　局"])
def test_of_folders_that_are_called_alike_one_delivers_a_feed(
    tmp_path: Path, contracts: list[Contract], other: str
) -> None:
    """That which is called as promised; of two that are not, or of two that are, neither."""
    drop(tmp_path, f"{other}/人员_2026年10月.csv")
    assert found(tmp_path, contracts) == {"人员_2026年10月.csv": ("mouju_renyuan", None)}
    drop(tmp_path, "某局/人员_202610.csv")
    neither = dict.fromkeys(("人员_2026年10月.csv", "人员_202610.csv"), (None, "unknown_feed"))
    assert found(tmp_path, contracts) == neither
    drop(tmp_path, "某局/人员_2026-10.csv")
    assert found(tmp_path, contracts) == neither | {"人员_2026-10.csv": ("mouju_renyuan", None)}


def test_one_name_in_two_places_is_not_taken_for_two_deliveries(tmp_path: Path, contracts: list[Contract]) -> None:
    for place in ("某局/YB202610.txt", "2026-10/某局/YB202610.txt"):
        drop(tmp_path, place)
    drop(tmp_path, "2026-10/某局/人员_2026-10.csv")
    drop(tmp_path, f"2026-10/{os.fsdecode('某局/人员_2026-10.csv'.encode('gbk'))}")
    got = [(a.name, a.feed, a.problem) for a in inbox.scan(tmp_path, "2026-10", contracts)]
    refused = (None, "unknown_feed")
    assert sorted(got) == [("YB202610.txt", *refused)] * 2 + [("人员_2026-10.csv", *refused)] * 2


def test_what_was_refused_beside_a_promised_file_is_not_taken_once_that_is_archived(tmp_path: Path, feed: Feed) -> None:
    contract = feed({"format": "csv"}, delivery={"drop": "某局/人员_{month}.csv", "after_load": "archive"})
    promised = drop(tmp_path, "某局/人员_2026-10.csv")
    drop(tmp_path, "某 局/人员_202610.csv")
    assert inbox.archive(promised, contract, hashlib.sha256(b"x").hexdigest())
    assert found(tmp_path, [contract]) == {"人员_202610.csv": (None, "unknown_feed")}
    drop(tmp_path, "某局/人员_2026-10.csv")
    assert found(tmp_path, [contract])["人员_2026-10.csv"] == ("mouju_renyuan", None)


def test_what_is_no_delivery_is_not_one_of_two_that_may_be(tmp_path: Path, feed: Feed) -> None:
    delivery = {"drop": "某局/人员_{month}.csv", "not_ours": ("某局/人员_{month}.xlsx",)}
    drop(tmp_path, "某局/人员_2026-10.xlsx")
    drop(tmp_path, "某局/人员_202610.csv")
    assert found(tmp_path, [feed({"format": "csv"}, delivery=delivery)]) == {"人员_202610.csv": ("mouju_renyuan", None)}


def test_another_month_written_another_way_is_passed_over_where_months_lie_together(
    tmp_path: Path, contracts: list[Contract]
) -> None:
    for name in ("人员_202609.csv", "人员_2026年9月.xlsx", "人员_2025-10.csv"):
        drop(tmp_path, f"某局/{name}")
    assert found(tmp_path, contracts) == {}


def test_what_is_not_a_delivery_is_not_an_arrival(tmp_path: Path, contracts: list[Contract]) -> None:
    for name in (
        "README.md", "serve_api.py", ".hidden", "2026-10/README.txt", "2026-09/某局/人员_2026-09.csv",
        "2026-10/某局/原库.db", "2026-10/某局/.DS_Store", "2026-10/某局/~$人员.xlsx", "2026-10/某局/Thumbs.db",
        "某局/人员_2026-09.csv", "某局/YB202609.txt",
    ):  # fmt: skip
        drop(tmp_path, name)
    assert found(tmp_path, contracts) == {}


def test_each_thing_that_is_wrong_has_its_code(tmp_path: Path, contracts: list[Contract]) -> None:
    root = tmp_path / "2026-10"
    for name in (
        "某局/别的.csv",
        "某局/人员_2026-10.csv.part",
        "某局/x.crdownload",
        "某局/机密 人员_2026-10.csv",
        "散落.csv",
    ):
        drop(root, name)
    for name in ("某局/人员_2026-10.csv", "某局/新增_2026-10.jsonl", "别局/空.csv"):
        drop(root, name, b"")
    drop(root, "某局/人员_2026-09.csv")
    (root / "某局/YB202610.txt").symlink_to("/etc/passwd")
    assert found(tmp_path, contracts) == {
        "别的.csv": (None, "unknown_feed"),
        "人员_2026-10.csv.part": ("mouju_renyuan", "still_writing"),
        "x.crdownload": (None, "still_writing"),
        "机密 人员_2026-10.csv": (None, "secret_mark"),
        "散落.csv": (None, "unknown_feed"),
        "人员_2026-10.csv": ("mouju_renyuan", "empty_file"),
        "新增_2026-10.jsonl": ("mouju_xinxi", None),
        "空.csv": (None, "unknown_feed"),
        "人员_2026-09.csv": (None, "unknown_feed"),
        "YB202610.txt": ("mouju_yuebao", "unreadable"),
    }


def test_links_pipes_and_folders_are_never_followed(tmp_path: Path, contracts: list[Contract]) -> None:
    (tmp_path / "某局/人员_2026-10.csv").mkdir(parents=True)
    os.mkfifo(tmp_path / "某局/YB202610.txt")
    (tmp_path / "某局/旧").mkdir()
    (tmp_path / "外局").symlink_to(tmp_path / "某局", target_is_directory=True)
    assert found(tmp_path, contracts) == {
        "人员_2026-10.csv": ("mouju_renyuan", "unreadable"),
        "YB202610.txt": ("mouju_yuebao", "unreadable"),
        "旧": (None, "unknown_feed"),
        "外局": (None, "unreadable"),
    }


def test_a_file_must_have_settled(tmp_path: Path, contracts: list[Contract]) -> None:
    path = drop(tmp_path, "某局/人员_2026-10.csv")
    assert found(tmp_path, contracts, settle=600) == {path.name: ("mouju_renyuan", "still_writing")}
    os.utime(path, (time.time() - 1000, time.time() - 1000))
    assert found(tmp_path, contracts, settle=600) == {path.name: ("mouju_renyuan", None)}


def test_an_inbox_that_is_not_there_is_empty(tmp_path: Path, contracts: list[Contract]) -> None:
    assert inbox.scan(tmp_path / "none", "2026-10", contracts) == []


def test_landing_copies_verbatim_and_leaves_the_drop_alone(tmp_path: Path) -> None:
    path = drop(tmp_path, "某局/人员 2026-10.csv", "张三".encode("gbk") * 1000)
    before = path.stat()
    landed = inbox.land(path, tmp_path / "landing")
    assert landed.path.read_bytes() == path.read_bytes()
    assert landed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert inbox.land(path, tmp_path / "landing") == landed
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [p.name for p in (tmp_path / "landing").iterdir()] == [landed.path.name]


def test_only_regular_files_are_landed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("pipe", "link", "."):
        with pytest.raises(Quarantine) as caught:
            inbox.land(tmp_path / name, tmp_path / "landing")
        assert caught.value.reason == "unreadable"
    with pytest.raises(Retry):
        inbox.land(tmp_path / "gone", tmp_path / "landing")


def test_a_file_that_grows_while_it_is_copied_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(tmp_path, "a.csv", b"x" * 100)

    def slowly(chunks: Iterable[bytes], landing: Path, name: str) -> Landed:
        first = next(iter(chunks))
        with path.open("ab") as file:
            file.write(b"y")
        return store(itertools.chain([first], chunks), landing, name)

    monkeypatch.setattr("connectors.inbox.store", slowly)
    with pytest.raises(Retry, match="changed while it was copied"):
        inbox.land(path, tmp_path / "landing")
    assert list((tmp_path / "landing").iterdir()) == []


def test_files_move_only_when_the_contract_says_so(tmp_path: Path, feed: Feed) -> None:
    path = drop(tmp_path, "某局/人员_2026-10.csv")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert inbox.archive(path, feed({"format": "csv"}), digest) is None
    assert path.exists()
    contract = feed({"format": "csv"}, delivery={"after_load": "archive"})
    assert inbox.archive(path, contract, hashlib.sha256(b"other").hexdigest()) is None
    moved = inbox.archive(path, contract, digest)
    assert moved is not None
    assert moved.read_bytes() == b"x"
    assert inbox.scan(tmp_path, "2026-10", [contract]) == []
