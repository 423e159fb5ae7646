"""YAML as data with its lines: what is refused before anybody takes it for what was meant."""

import pytest

from contracts.lines import Malformed, line, parsed


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a is there twice"),
        ("a:\n  - {b: 1}\n  - {b: 1,\n     b: 2}\n", 4, "b is there twice"),
        ("a: &x {b: 1, b: 2}\nc: *x\n", 1, "b is there twice"),
        ("a: [\n", 2, "not valid YAML"),
        ("? [a]\n: 1\n", 1, "not valid YAML"),
        ("a: 1\n---\na: 1\n", 2, "not valid YAML"),
        ("a: !!python/name:os.system ''\n", 1, "not valid YAML"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_line(text: str, where: int, says: str) -> None:
    with pytest.raises(Malformed) as raised:
        parsed(text)
    assert (raised.value.line, raised.value.what) == (where, says)


def test_a_key_may_be_in_several_mappings_and_an_alias_may_hold_itself() -> None:
    node, data = parsed("one: {a: 1}\ntwo: {a: &x [2, *x]}\n")
    assert (data["one"], data["two"]["a"][0], line(node, ("two", "a"))) == ({"a": 1}, 2, 2)
