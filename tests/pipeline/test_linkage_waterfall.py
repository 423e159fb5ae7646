"""The picture of a pair: what it says, not how many pixels it has."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.linkage_waterfall import Bar, waterfall

SVG = "{http://www.w3.org/2000/svg}"
BARS = [Bar("比较之前 prior", -11.6, "prior"), Bar("姓名 name · 同音不同字 sound", 6.2), Bar("住址 <place>", -4.75)]


def _parts(text: str) -> tuple[list[ET.Element], ET.Element]:
    tree = ET.fromstring(text)  # noqa: S314
    bars = [r for r in tree.iter(f"{SVG}rect") if r.get("class", "").startswith("bar")]
    (total,) = [r for r in tree.iter(f"{SVG}rect") if r.get("class") == "sum"]
    return bars, total


def test_the_picture_is_the_one_that_was_looked_at() -> None:
    """A golden copy: well-formed, labels escaped, for and against told apart without colour."""
    text = waterfall(BARS, 0.0009, "clinic:1  =?  register:2", "两个有效证件号码不同 (number)")
    golden = Path(__file__).parent / "golden" / "waterfall.svg"
    assert text == golden.read_text(encoding="utf-8")
    bars, _ = _parts(text)
    assert [b.get("fill") for b in bars] == ["#bbbbbb", "#333333", "url(#against)"]
    words = [t.text for t in ET.fromstring(text).iter(f"{SVG}text")]  # noqa: S314
    assert {"住址 <place>", "+6.20", "-4.75", "-10.15"} <= set(words)


@pytest.mark.parametrize(("chance", "told"), [(0.99999999, "> 0.9999"), (1e-9, "< 0.0001"), (0.0, "= 0.0000")])
def test_a_picture_is_well_formed_whatever_keys_are_and_rounds_nothing_away(chance: float, told: str) -> None:
    """A key may hold characters that no XML can; only what is ruled out has no chance at all."""
    picture = waterfall(BARS, chance, "a:\x01\x1f<1>  =?  b:\ufffe")
    words = [t.text or "" for t in ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314
    assert "a:\ufffd\ufffd<1>  =?  b:\ufffd" in words
    assert f"合计 sum → p {told}" in words


@given(st.lists(st.floats(-40, 40).map(lambda x: round(x, 2)), min_size=1, max_size=12))
def test_bars_join_end_to_end_and_sum_to_the_odds(bits: list[float]) -> None:
    """Every bar begins where the one above ends, inside the picture; the last end is the sum's."""
    bars, total = _parts(waterfall([Bar(str(i), b) for i, b in enumerate(bits)], 0.5, "t"))
    assert sum(float(b.get("data-bits", "nan")) for b in bars) == pytest.approx(float(total.get("data-bits", "nan")))
    ends = []
    for bar, worth in zip(bars, bits, strict=True):
        x, wide = float(bar.get("x", "nan")), float(bar.get("width", "nan"))
        assert 300 < x <= x + wide < 740
        ends.append((x, x + wide) if worth >= 0 else (x + wide, x))
    for (_, after), (before, _) in zip(ends, ends[1:], strict=False):
        assert after == pytest.approx(before, abs=1.1)
