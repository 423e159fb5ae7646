"""The same m and u give the same weights as Splink, the linker that a government would pick today."""

import numpy as np
import pyarrow as pa
import pytest

from transforms.matching.generic.model import match_weight

splink = pytest.importorskip("splink")

M = {"surname": (0.05, 0.10, 0.85), "town": (0.2, 0.8)}
U = {"surname": (0.97, 0.02, 0.01), "town": (0.7, 0.3)}
PRIOR = 0.004
RECORDS = {
    "unique_id": list(range(8)),
    "surname": ["weber", "weber", "webber", "koch", None, "kock", "maurer", "koch"],
    "town": ["linden", "linden", "moorau", None, "linden", "moorau", "linden", "linden"],
}


def _splink_scores() -> pa.Table:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator

    def level(creator: object, field: str, at: int) -> object:
        return creator.configure(m_probability=M[field][at], u_probability=U[field][at])  # type: ignore[attr-defined]

    surname = cl.CustomComparison(
        output_column_name="surname",
        comparison_levels=[
            cll.NullLevel("surname"),
            level(cll.ExactMatchLevel("surname"), "surname", 2),
            level(cll.LevenshteinLevel("surname", 1), "surname", 1),
            level(cll.ElseLevel(), "surname", 0),
        ],
    )
    town = cl.CustomComparison(
        output_column_name="town",
        comparison_levels=[
            cll.NullLevel("town"),
            level(cll.ExactMatchLevel("town"), "town", 1),
            level(cll.ElseLevel(), "town", 0),
        ],
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[surname, town],
        blocking_rules_to_generate_predictions=["1 = 1"],
        probability_two_random_records_match=PRIOR,
        retain_intermediate_calculation_columns=True,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(pa.table(RECORDS)), settings)
    return linker.inference.predict().as_duckdbpyrelation().to_arrow_table()


@pytest.mark.filterwarnings("ignore")
def test_weights_and_probabilities_are_splinks() -> None:
    """All pairs of eight records: match weight and probability agree within a millionth."""
    theirs = _splink_scores()
    assert theirs.num_rows == 28
    levels = {f: (np.array(theirs[f"gamma_{f}"]) + 1).astype(np.uint8) for f in M}
    with_missing = {f: (1.0, *p) for f, p in M.items()}, {f: (1.0, *p) for f, p in U.items()}
    ours = match_weight(PRIOR, *with_missing, levels)
    assert np.abs(ours - np.array(theirs["match_weight"])).max() < 1e-6
    assert np.abs(1 / (1 + np.exp2(-ours)) - np.array(theirs["match_probability"])).max() < 1e-6
