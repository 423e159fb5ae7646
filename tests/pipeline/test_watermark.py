"""A department's row dated far ahead must not hide all that changes after it."""

import pytest

from pipeline.intake import _capped


@pytest.mark.parametrize(
    ("mark", "month", "kept"),
    [
        ("2026-09-30 23:10:00", "2026-09", "2026-09-30 23:10:00"),
        ("2206-01-01 00:00:00", "2026-09", "2026-10-01 00:00:00"),
        ("2206-01-01 00:00:00", "2026-12", "2027-01-01 00:00:00"),
        (None, "2026-09", None),
    ],
)
def test_a_watermark_ends_with_its_month(mark: str | None, month: str, kept: str | None) -> None:
    assert _capped(mark, month) == kept
