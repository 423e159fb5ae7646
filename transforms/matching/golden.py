"""What is settled about a person: birth date and sex, by the votes of their mentions."""

import pyarrow as pa
import pyarrow.compute as pc

MENTION = ["feed", "record_key", "role"]
DATED = ["person_id", "born_on", "born_precision", "votes"]
PRECISION = {"day": 0, "month": 1, "year": 2}
TRUSTED = 2  # votes of the birth date inside a number that passes its check digit, beside the one of what is written


def settle(members: pa.Table, mentions: pa.Table) -> pa.Table:
    """One row a person: person_id, born_on, born_precision, sex; null where no mention says.

    members: feed, record_key, role, person_id. mentions: the same keys with born_on, born_precision, sex, id_number,
    id_status. A valid number votes for the date inside it, whatever is written beside it.
    The most precise birth date wins, then the one with most votes, then the earlier; a sex needs most votes.
    """
    wanted = [*MENTION, "born_on", "born_precision", "sex", "id_number", "id_status"]
    both = members.select([*MENTION, "person_id"]).join(mentions.select(wanted), MENTION, join_type="inner")
    both = both.append_column("votes", pa.array([1] * both.num_rows, pa.int64()))
    dates = pa.concat_tables([both.select(DATED), _inside(both)])
    rank = pc.index_in(dates["born_precision"], value_set=pa.array(list(PRECISION), pa.string()))
    born = _first(dates.append_column("rank", rank), ["born_on", "born_precision", "rank"], "rank")
    sex = _first(both.append_column("rank", pa.array([0] * both.num_rows)), ["sex", "rank"], "rank")
    persons = both.group_by("person_id").aggregate([])
    found = persons.join(born.select(["person_id", "born_on", "born_precision"]), "person_id")
    return found.join(sex.select(["person_id", "sex"]), "person_id").sort_by("person_id")


def _inside(both: pa.Table) -> pa.Table:
    """The birth dates inside valid 18-digit numbers, as more votes."""
    valid = pc.is_in(both["id_status"], value_set=pa.array(["valid", "repaired"]))
    shaped = pc.match_substring_regex(both["id_number"], r"^[0-9]{17}[0-9X]$")
    held = both.filter(pc.and_(pc.fill_null(valid, False), pc.fill_null(shaped, False)))
    digits = pc.utf8_slice_codeunits(held["id_number"], 6, 14)
    # A valid number's date exists, so strptime's rolling over of impossible ones does no harm here.
    born = pc.strptime(digits, format="%Y%m%d", unit="s").cast(pa.date32())
    size = held.num_rows
    columns = [held["person_id"], born, pa.array(["day"] * size, pa.string()), pa.array([TRUSTED] * size, pa.int64())]
    return pa.table(columns, names=DATED)


def _first(both: pa.Table, values: list[str], rank: str) -> pa.Table:
    """For each person the row of `values` that ranks first, has most votes, and sorts first."""
    known = both.filter(pc.is_valid(both[values[0]]))
    counted = known.group_by(["person_id", *values]).aggregate([("votes", "sum")])
    order = [("person_id", "ascending"), (rank, "ascending"), ("votes_sum", "descending"), (values[0], "ascending")]
    ranked = counted.sort_by(order)
    ids = ranked["person_id"].combine_chunks()
    if not len(ids):
        return ranked
    fresh = pa.concat_arrays([pa.array([True]), pc.not_equal(ids[1:], ids[:-1])])
    return ranked.filter(fresh)
