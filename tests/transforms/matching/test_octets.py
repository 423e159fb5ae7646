"""Bytes of Arrow columns read where they lie: hashes are those of hashing, whatever the columns are made of."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching import hashing
from transforms.matching.octets import text_hash

TEXTS = st.lists(st.none() | st.text(max_size=30) | st.text("ab", min_size=500, max_size=600), max_size=12)


@settings(deadline=None)
@given(TEXTS)
def test_hashes_are_what_they_always_were(texts: list[str | None]) -> None:
    wanted = hashing.text_hash(texts).tolist()
    array = pa.array(["before", *texts, "after"], pa.string())[1:-1]
    assert text_hash(array).tolist() == wanted
    assert text_hash(texts).tolist() == wanted
    assert text_hash(array.cast(pa.large_string())).tolist() == wanted
    assert text_hash(pa.chunked_array([array[:3], array[3:]], pa.string())).tolist() == wanted


def test_the_last_bytes_of_a_buffer_are_read_and_none_behind_them() -> None:
    for text in ("a", "abcdefg", "abcdefgh", "abcdefghi"):
        offsets = pa.py_buffer(b"".join(i.to_bytes(4, "little") for i in (0, len(text))))
        array = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(text.encode()))
        assert text_hash(array).tolist() == hashing.text_hash([text]).tolist()


def test_a_text_of_many_bytes_is_hashed_as_ever() -> None:
    assert text_hash(["x" * 600, None, "a"]).tolist() == [4556693586855357462, 0, 10811701477527483297]
