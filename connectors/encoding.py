"""Which encoding a delivery is in, and its text as UTF-8.

Strict decoding of the whole file is the detector: no GB 18030 line of a sample passed as UTF-8 nor the other way round,
while single three-character names do, so a file is decided once and never line by line. A contract's declared order
wins; what was tried and where it failed is kept as evidence for the receipt. GB2312 and GBK are read as GB 18030, of
which they are parts: their own codecs lack characters that occur in people's names.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from contracts.errors import Quarantine, Stop

CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LOST = b"\0" * 512  # a block of a disk or of a download that was reserved and never written
CELL = b"\x1e"  # below 0x30, so never part of a character in GB 18030 or UTF-8: a cut character can't swallow it
ALIASES = {"utf8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}
BAD_CELLS_PERCENT = 10  # of records cut by bytes; above it the encoding is wrong rather than some records


class Decoded(NamedTuple):
    """`utf8` is the text without byte order mark; `encoding` as decided; `evidence` what strict decoding said."""

    utf8: bytes
    encoding: str
    evidence: str


class _Attempt(NamedTuple):
    encoding: str
    utf8: bytes | None
    cut: bool
    note: str


def _glyphs() -> dict[int, int]:
    """Private-use code points of older GB mappings to their code points today (GB 18030-2005 and -2022)."""
    with (Path(__file__).parent / "pua_map.csv").open(encoding="utf-8", newline="") as file:
        return {int(r["legacy_pua"][2:], 16): int(r["modern"][2:], 16) for r in csv.DictReader(file)}


_GLYPHS = _glyphs()
_LEGACY = re.compile("[" + "".join(map(chr, _GLYPHS)) + "]")


def modern(text: str) -> str:
    """`text` with legacy private-use glyphs replaced by the characters they stand for; other private use is left."""
    return text.translate(_GLYPHS) if _LEGACY.search(text) else text


def _euro(error: UnicodeError) -> tuple[str, int]:
    """Windows code page 936 has the euro sign at 0x80, which no GB standard defines."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    raise error


codecs.register_error("huilian.euro", _euro)


def decode(data: bytes, order: Sequence[str], where: str, expect: Iterable[str] = ()) -> Decoded:
    """Decode a whole file strictly, trying the encodings of `order`, and return it as UTF-8.

    `expect` are words the text should contain (header names): among encodings that pass, one that shows them wins, for
    a short UTF-8 file can be valid GB 18030 as well. A byte order mark settles it, that of UTF-16 too: it is what
    spreadsheets and editors call Unicode. Raises Quarantine truncated when the file ends inside a character or lacks
    blocks, Quarantine encoding when nothing passes, Stop for an encoding not supported.
    """
    if data.startswith(UTF16):
        return _utf16(data, where)
    if LOST in data:
        raise Quarantine(
            where,
            "blocks of the file were never written",
            "ask the department to send the whole file again",
            "truncated",
        )
    if data.startswith(BOM):
        order = ("utf-8", *order)
    words = [w.encode() for w in expect if not w.isascii()]
    notes: list[str] = []
    passed: list[_Attempt] = []
    for name in dict.fromkeys(_known(n, where) for n in order):
        attempt = _strict(data, name)
        notes.append(attempt.note)
        if attempt.utf8 is None:
            continue
        passed.append(attempt)
        if not attempt.cut and all(w in attempt.utf8[:CHUNK] for w in words):
            break
    if not passed:
        raise Quarantine(where, "; ".join(notes), f"ask the department to export as {' or '.join(order)}", "encoding")
    best = max(passed, key=lambda a: (sum(w in (a.utf8 or b"")[:CHUNK] for w in words), not a.cut))
    evidence = "; ".join(notes)
    if best.cut:
        raise Quarantine(where, evidence, "ask the department to send the whole file again", "truncated")
    return Decoded(best.utf8 or b"", best.encoding, evidence)


def _utf16(data: bytes, where: str) -> Decoded:
    """A whole file that bears the byte order mark of UTF-16."""
    try:
        return Decoded(data.decode("utf-16").encode(), "utf-16", "utf-16 strict ok")
    except UnicodeError as error:  # half a character, or half a surrogate pair
        cut = isinstance(error, UnicodeDecodeError) and error.end >= len(data) - 2
        what = f"utf-16 strict failed at byte {getattr(error, 'start', 0)}"
        raise Quarantine(
            where, what, "ask the department to send the whole file again", "truncated" if cut else "encoding"
        ) from None


def decode_cells(
    records: Sequence[tuple[bytes, ...]], order: Sequence[str], where: str
) -> tuple[list[list[str] | None], str, str]:
    """Decode records that were cut by bytes (DBF, fixed width): cells as text, or None where a cell is undecodable.

    Returns the records in order, the encoding and the evidence. One encoding serves the whole file: the first of
    `order` in which all cells decode, else the one with fewest undecodable records. Raises Quarantine encoding when
    more than BAD_CELLS_PERCENT of the records fail in it.
    """
    encodings = list(dict.fromkeys(_known(n, where) for n in order))
    data = CELL.join(CELL.join(r) for r in records)
    width = len(records[0]) if records else 0
    notes: list[str] = []
    for name in encodings:
        attempt = _strict(data, name)
        notes.append(attempt.note)
        if attempt.utf8 is not None and not attempt.cut:
            cells = attempt.utf8.decode().split(CELL.decode()) if records else []
            return [cells[i : i + width] for i in range(0, len(cells), max(width, 1))], attempt.encoding, attempt.note
    tried = [([_cells(r, name) for r in records], name) for name in encodings]
    rows, name = min(tried, key=lambda t: sum(r is None for r in t[0]))
    bad = sum(r is None for r in rows)
    if bad * 100 > BAD_CELLS_PERCENT * len(rows):
        raise Quarantine(
            where, "; ".join(notes), f"ask the department to export as {' or '.join(encodings)}", "encoding"
        )
    return rows, name, f"{name} strict, {bad} of {len(rows)} records undecodable"


def _known(name: str, where: str) -> str:
    plain = name.lower().replace("_", "-")
    plain = ALIASES.get(plain, plain)
    if plain not in ("utf-8", "gb18030"):
        raise Stop(where, f"encoding {name!r} isn't read", "use utf-8 or gb18030 in delivery.encoding of the contract")
    return plain


def _strict(data: bytes, name: str) -> _Attempt:
    """One strict pass over the whole of `data`, in chunks."""
    marked = name == "utf-8" and data.startswith(BOM)
    shown = "utf-8-sig" if marked else name
    try:
        utf8, cut = _transcode(data, name, "strict")
        note = f"{shown} strict ok"
    except UnicodeDecodeError as error:
        if name != "gb18030" or data[error.start] != 0x80:
            return _Attempt(shown, None, False, _failed(shown, data, error.start))
        try:
            utf8, cut = _transcode(data, name, "huilian.euro")
            note = f"{shown} strict ok with byte 0x80 read as the euro sign"
        except UnicodeDecodeError as second:
            return _Attempt(shown, None, False, _failed(shown, data, second.start))
    if cut:
        note = f"{shown} strict ok but for a character cut by the end of the file"
    return _Attempt(shown, utf8[len(BOM) :] if utf8.startswith(BOM) else utf8, cut, note)


def _failed(name: str, data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    return f"{name} strict failed at byte {at} (line {line})"


def _transcode(data: bytes, name: str, errors: str) -> tuple[bytes, bool]:
    """`data` as UTF-8 and whether it ends inside a character. UnicodeDecodeError.start counts from its beginning."""
    decoder = codecs.getincrementaldecoder(name)(errors)
    same = name == "utf-8"  # then decoding only checks
    pieces: list[bytes] = []
    for at in range(0, len(data), CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data[at : at + CHUNK])
        except UnicodeDecodeError as error:
            start = at - pending + error.start
            raise UnicodeDecodeError(name, b"", start, start + 1, error.reason) from None
        if not same:
            pieces.append(text.encode())
    left = decoder.getstate()[0]
    if left[:1] in (b"\x80", b"\xff"):  # CPython waits for more after these, but no character starts with them
        if left[:1] == b"\xff" or errors == "strict":
            raise UnicodeDecodeError(name, b"", len(data) - len(left), len(data), "illegal multibyte sequence")
        rest, cut = _transcode(left[1:], name, errors)
        return b"".join((*pieces, "€".encode(), rest)), cut
    if same:
        return (data[: len(data) - len(left)] if left else data), bool(left)
    return b"".join(pieces), bool(left)


def _cells(record: tuple[bytes, ...], name: str) -> list[str] | None:
    try:
        return [cell.decode(name, "huilian.euro" if name == "gb18030" else "strict") for cell in record]
    except UnicodeDecodeError:
        return None
