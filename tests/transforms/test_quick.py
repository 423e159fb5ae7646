"""Whole columns of names and telephones come out as their values do one by one."""

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.clean.names import clean_name
from transforms.clean.phones import clean_phone
from transforms.clean.quick import clean_names, clean_phones

NAMES = st.text("王张伟明无某测户婴男女·. a1(注)*欧阳𠀀", min_size=0, max_size=5)
PHONES = st.text("0123456789", min_size=10, max_size=13) | st.text("013-9 转/ext.*+86", max_size=14)


@settings(deadline=None)
@given(st.lists(st.none() | NAMES, max_size=20))
@example(["张伟", "无名", "张伟(男)", "某某", "王女士", None, ""])
def test_names(texts: list[str | None]) -> None:
    assert clean_names(pa.array(texts, pa.string())).to_pylist() == [clean_name(t)[0] for t in texts]


@settings(deadline=None)
@given(st.lists(st.none() | PHONES | st.from_regex(r"1[0-9]{10}", fullmatch=True), max_size=20))
@example(["13333333333", "13900000001", "19400000001", "15555555555", "2222222", "0792-1234567", None])
def test_telephones(texts: list[str | None]) -> None:
    assert clean_phones(pa.array(texts, pa.string())).to_pylist() == [clean_phone(t)[0] for t in texts]
