"""Names by tables are names by the plain functions, whatever they are made of."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.clean.names import match_key, pinyin_key, split_name
from transforms.clean.surnames import COMPOUND, READINGS
from transforms.clean.variants import VARIANTS
from transforms.matching.shapes import LOOK_ALIKE
from transforms.matching.spellings import Spellings, spell

FAMILIES = st.sampled_from([*sorted(COMPOUND), *READINGS, "王", "张", "歐陽", "諸葛", "單", "陳"])
GIVEN = st.text("明名小晓红华國国士土未末昊吴𠀀𫟼鿿㐀〇", min_size=0, max_size=3)
REAL = st.builds(str.__add__, FAMILIES, GIVEN)
HAN = st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), min_size=1, max_size=5)
TRADITIONAL = st.text(
    st.sampled_from([chr(c) for c in VARIANTS] + [s for s in READINGS if len(s) == 1]), min_size=1, max_size=4
)
HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
OTHERS = st.sampled_from(
    ["阿依古丽·买买提", "张·伟", "Anna Li", "wang", "王", "张 伟", "欧阳某某某", "a", "阿A", "張偉張偉張"]
)
NAMES = st.lists(REAL | HAN | TRADITIONAL | HOSTILE | OTHERS, min_size=1, max_size=12, unique=True)


def parts(name: str) -> dict[str, str]:
    """What is worked out for one name, by the functions that say so."""
    split = split_name(name)
    return {
        "shape": match_key(name).translate(LOOK_ALIKE),
        "sound": " ".join(pinyin_key(name).split()),
        "surname": match_key(split.surname),
        "given": match_key(split.given),
    }


@settings(deadline=None)
@given(NAMES)
@example(["单国华", "單國華", "单于华", "尉迟恭", "尉遲恭", "欧阳", "欧阳修", "曾曾", "张·伟", "张伟"])
@example(["wang", "王", "a", "啊", "阿A", "𠀀𠀀", "王𠀀", "王𠐀"])
def test_tables_say_what_the_functions_say(names: list[str]) -> None:
    spelt = spell(names)
    plain = [parts(n) for n in names]
    for part in plain[0]:
        words = getattr(spelt, part).tolist()
        for one, first in zip(plain, words, strict=True):
            assert (first == 0) == (one[part] == "")
            assert [one[part] == other[part] for other in plain] == [first == second for second in words]
    for row, told in enumerate(plain):
        short = 1 <= len(told["shape"]) <= 4 and not told["shape"].isascii()
        short = short and len(told["shape"]) == len(told["sound"].split())
        assert spelt.table.short[row] == short
        assert spelt.table.length[row] == (len(told["shape"]) if short else 0)
        assert spelt.table.family[row] == (len(told["surname"]) if short else 0)


@settings(deadline=None)
@given(NAMES)
def test_lanes_agree_where_characters_and_syllables_do(names: list[str]) -> None:
    table = spell(names).table
    rows = np.flatnonzero(table.short)
    for part, words in (("shape", table.shape), ("sound", table.sound)):
        symbols = [list(parts(names[r])[part]) if part == "shape" else parts(names[r])[part].split() for r in rows]
        for at in range(4):
            lane = [(int(words[r]) >> 16 * at) & 0xFFFF for r in rows]
            wanted = [s[at] if at < len(s) else None for s in symbols]
            for i, one in enumerate(wanted):
                assert (lane[i] == 0) == (one is None)
                for j, other in enumerate(wanted):
                    # the rarest characters share lanes
                    assert (lane[i] == lane[j]) == (one == other) or max(one or "", other or "") > "\U0000ffff"


@settings(deadline=None)
@given(NAMES, NAMES)
def test_words_are_the_same_in_whatever_company(names: list[str], others: list[str]) -> None:
    alone: Spellings = spell(names)
    more = spell(others + names)
    for part in ("shape", "sound", "surname", "given"):
        assert np.array_equal(getattr(alone, part), getattr(more, part)[len(others) :])


def test_no_names_at_all() -> None:
    assert len(spell([]).shape) == 0
