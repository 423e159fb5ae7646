"""Bytes kept as they came, under names that are only names."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.landing import atomic, safe, store, told_apart


def test_bytes_land_under_their_digest_for_the_owner_alone(tmp_path: Path) -> None:
    landed = store([b"ab", b"", b"c"], tmp_path / "landing" / "feed", "名册 2026-10.csv")
    assert landed.path.read_bytes() == b"abc"
    assert landed.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert landed.path.name == f"{landed.sha256}-名册_2026-10.csv"
    assert (landed.bytes, landed.path.stat().st_mode & 0o777) == (3, 0o600)
    assert store([b"abc"], tmp_path / "landing" / "feed", "名册 2026-10.csv") == landed
    assert list(landed.path.parent.iterdir()) == [landed.path]


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store(broken(), tmp_path, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(TypeError), atomic(tmp_path / "a") as file:
        file.writelines([b"ne", None])  # type: ignore[list-item]
    assert (tmp_path / "a").read_bytes() == b"old"
    with atomic(tmp_path / "a") as file:
        file.write(b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"new")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\名册.xlsx", "C_x_名册.xlsx"),
        ("-rf 名册（2026-10）.csv", "rf_名册（2026-10）.csv"),
        ("x\u202evsc.exe\n", "x_vsc.exe_"),
        ("...", "delivery"),
        ("", "delivery"),
    ],
)
def test_a_name_is_nothing_but_a_name(name: str, expected: str) -> None:
    assert safe(name) == expected


@given(st.text(max_size=400))
def test_any_name_fits_a_directory_entry(name: str) -> None:
    got = safe(name)
    assert 0 < len(got.encode()) <= 150
    assert "/" not in got
    assert got[0] not in "-."


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
@example(["长" * 60 + ".csv", "长" * 60 + "b.csv"])
@example(["a\\b", "a/b"])
@example(["说明 2.docx", ""])
def test_two_names_stay_two_and_name_files(names: list[str]) -> None:
    names = [name.encode(errors="ignore").decode() for name in names]
    found = [told_apart(name) for name in names]
    assert (found[0] == found[1]) == (names[0] == names[1])
    assert all(name and name[0] != "." and not {"/", "\\", "\0"} & set(name) for name in found)
    assert max(len(name.encode()) for name in found) <= 160


def test_a_long_name_keeps_its_ending() -> None:
    assert safe("名" * 300 + ".xlsx").endswith("名.xlsx")
