"""Splink models for the data sets here, after its documentation (demos febrl3, febrl4, pseudopeople-acs).

Where the documentation has no model (the county), several were tried on the 10k and 100k county with its truth in
hand and the best kept: a choice in the peer's favour that Huilian is not given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import block_on

SMALL = 200_000
Rule = Any  # str or splink's BlockingRuleCreator


@dataclass(frozen=True)
class Setup:
    """What a person gives Splink: a query that prepares the columns, comparisons, rules and how to train."""

    prepare: str
    comparisons: list[Any]
    blocking: list[Rule]
    certain: list[Rule]
    recall: float
    sessions: list[Rule]
    link_type: str = "dedupe_only"
    max_pairs: float = 1e6
    unique_id: str = "record_id"
    duplicate_free: list[str] = field(default_factory=list)


def febrl(blocking: str, records: int) -> Setup:
    """The demo's model for febrl3; febrl1 and febrl2 have the same columns. Size and blocking make no difference."""
    return Setup(
        prepare="select * from records",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        blocking=[block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
        certain=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ],
        recall=0.9,
        sessions=[block_on("date_of_birth"), block_on("postcode")],
    )


def febrl4(blocking: str, records: int) -> Setup:
    """The demo's detailed model for febrl4: two tables, links only."""
    return Setup(
        prepare="select * from records",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        blocking=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        certain=[block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
        recall=0.8,
        sessions=[block_on("date_of_birth"), block_on("postcode")],
        link_type="link_only",
        duplicate_free=["febrl4a", "febrl4b"],
    )


def pseudopeople(blocking: str, records: int) -> Setup:
    """The demo's comparisons for census and ACS, with the social security number that one of our six tables has."""
    return Setup(
        prepare="select *, concat_ws(' ', street_number, street_name, unit_number) as address from records",
        comparisons=[
            cl.NameComparison("first_name", jaro_winkler_thresholds=[0.9]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("middle_initial").configure(term_frequency_adjustments=True),
            cl.NameComparison("last_name", jaro_winkler_thresholds=[0.9]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("ssn", [1, 2]),
            cl.LevenshteinAtThresholds("address", [2, 5]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.ExactMatch("race_ethnicity"),
        ],
        blocking=[
            block_on("ssn"),
            block_on("date_of_birth"),
            block_on("first_name", "last_name"),
            block_on("last_name", "street_name"),
            block_on("first_name", "middle_initial", "substr(date_of_birth, 1, 4)"),
            block_on("last_name", "substr(date_of_birth, 1, 4)"),
            block_on("first_name", "street_number", "street_name"),
        ],
        certain=[block_on("ssn", "first_name"), block_on("first_name", "last_name", "date_of_birth")],
        recall=0.85,
        sessions=[block_on("date_of_birth"), block_on("first_name", "last_name"), block_on("ssn")],
        max_pairs=1e7,
    )


def historical(blocking: str, records: int) -> Setup:
    """The documentation's model for historical_50k, whose columns these are."""
    return Setup(
        prepare="select *, nullif(concat_ws(' ', first_name, surname), '') as first_name_surname_concat from records",
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        blocking=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        certain=[
            block_on("first_name", "surname", "dob"),
            "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname "
            "and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
            block_on("dob", "postcode_fake"),
        ],
        recall=0.6,
        sessions=[block_on("first_name", "surname"), block_on("dob")],
        max_pairs=5e6,
    )


_COUNTY = """
select record_id, name, substr(name, 1, 1) as surname, substr(name, 2) as given, sex, phone, address_key,
       case when not contains(id_number, '*') then id_number end as id_number,
       left(id_number, 6) || right(id_number, 4) as id_ends,
       town, case when length(born) = 10 then cast(born as date) end as born_on,
       cast(substr(born, 1, 4) as int) as birth_year,
       coalesce(compound, village) as area, coalesce(building, village_group) as block
from records
"""


def county(blocking: str, records: int) -> Setup:
    """Number, name, birth, telephone, address and sex; `blocking` narrow (five rules) or wide (ten or eleven).

    The name alone is a rule up to 200,000 records; beyond, its namesakes are too many pairs. Rules with the surname and
    not the name (telephone, door) were tried too: they join families, and cost ten points of precision.
    """
    narrow = [
        block_on("id_number"),
        block_on("name", "born_on"),
        block_on("name", "phone"),
        block_on("name", "address_key"),
        block_on("name", "id_ends"),
    ]
    wide = [
        *([block_on("name")] if records <= SMALL else [block_on("name", "birth_year"), block_on("name", "town")]),
        block_on("born_on", "phone"),
        block_on("born_on", "address_key"),
        block_on("given", "address_key"),
        block_on("given", "born_on"),
    ]
    return Setup(
        prepare=_COUNTY,
        comparisons=[_number(), _name(), _birth(), _phone(), _place(), cl.ExactMatch("sex")],
        blocking=narrow + wide if blocking == "wide" else narrow,
        certain=[block_on("id_number", "name"), block_on("name", "born_on", "phone")],
        recall=0.85,
        sessions=[block_on("id_number"), block_on("name", "born_on")],
        max_pairs=1e7 if records > 50_000 else 1e6,
    )


def _number() -> Any:
    masked = "(id_number_l is null or id_number_r is null) and id_ends_l = id_ends_r"
    return cl.CustomComparison(
        output_column_name="number",
        comparison_levels=[
            cll.NullLevel("id_ends"),
            cll.ExactMatchLevel("id_number"),
            cll.CustomLevel(masked, label_for_charts="one is masked, the ends agree"),
            cll.LevenshteinLevel("id_number", 1),
            cll.LevenshteinLevel("id_number", 2),
            cll.ElseLevel(),
        ],
    )


def _name() -> Any:
    # DuckDB's distances count bytes and a Chinese character has three: one of equally many characters differs
    one = "length(name_l) = length(name_r) and levenshtein(name_l, name_r) <= 3"
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name").configure(tf_adjustment_column="name"),
            cll.CustomLevel(one, label_for_charts="one character differs"),
            cll.ExactMatchLevel("given"),
            cll.ExactMatchLevel("surname").configure(tf_adjustment_column="surname"),
            cll.ElseLevel(),
        ],
    )


def _birth() -> Any:
    year_only = "(born_on_l is null or born_on_r is null)"
    swapped = "born_on_l = try_cast(strftime(born_on_r, '%Y-%d-%m') as date)"
    return cl.CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            cll.NullLevel("birth_year"),
            cll.ExactMatchLevel("born_on"),
            cll.CustomLevel(f"birth_year_l = birth_year_r and {year_only}", label_for_charts="year, no day known"),
            cll.CustomLevel(swapped, label_for_charts="day and month swapped"),
            cll.AbsoluteDateDifferenceLevel("born_on", input_is_string=False, threshold=1, metric="month"),
            cll.CustomLevel("abs(birth_year_l - birth_year_r) <= 1", label_for_charts="within a year"),
            cll.ElseLevel(),
        ],
    )


def _phone() -> Any:
    return cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True)


def _place() -> Any:
    return cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.NullLevel("area"),
            cll.ExactMatchLevel("address_key").configure(tf_adjustment_column="address_key"),
            cll.And(cll.ExactMatchLevel("area"), cll.ExactMatchLevel("block")),
            cll.ExactMatchLevel("area").configure(tf_adjustment_column="area"),
            cll.ExactMatchLevel("town"),
            cll.ElseLevel(),
        ],
    )


MODELS: dict[str, Callable[[str, int], Setup]] = {
    "febrl1": febrl,
    "febrl2": febrl,
    "febrl3": febrl,
    "febrl4": febrl4,
    "pseudopeople": pseudopeople,
    "county": county,
    "historical": historical,
    "figures": historical,
}
