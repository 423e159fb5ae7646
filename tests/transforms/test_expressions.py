"""Expressions that wait are those that re makes at once."""

import re

import pytest

from transforms.clean.expressions import expression


def test_an_expression_finds_what_re_finds() -> None:
    waiting, made = expression(r"(?P<a>[a-c]+)\d", re.IGNORECASE), re.compile(r"(?P<a>[a-c]+)\d", re.IGNORECASE)
    for text in ("xABc7", "", "abc"):
        for _ in range(2):
            assert str(waiting.search(text)) == str(made.search(text))
        assert waiting.sub("-", text) == made.sub("-", text)
    assert (waiting.pattern, waiting.groupindex) == (made.pattern, made.groupindex)


def test_nothing_is_compiled_before_it_is_used() -> None:
    wrong = expression("(")
    with pytest.raises(re.error, match="missing"):
        wrong.match("a")
