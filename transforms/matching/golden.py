"""What is settled about a person: birth date and sex, by the votes of their mentions."""

import pyarrow as pa
import pyarrow.compute as pc

MENTION = ["feed", "record_key", "role"]
PRECISION = {"day": 0, "month": 1, "year": 2}
TRUSTED = 3  # votes of a mention whose number passes its check digit, and so vouches for the birth date inside it


def settle(members: pa.Table, mentions: pa.Table) -> pa.Table:
    """One row a person: person_id, born_on, born_precision, sex; null where no mention says.

    members: feed, record_key, role, person_id. mentions: the same keys with born_on, born_precision, sex, id_status.
    The most precise birth date wins, then the one with most votes, then the earlier; a sex needs most votes.
    """
    wanted = [*MENTION, "born_on", "born_precision", "sex", "id_status"]
    both = members.select([*MENTION, "person_id"]).join(mentions.select(wanted), MENTION, join_type="inner")
    votes = pc.if_else(pc.equal(pc.fill_null(both["id_status"], ""), "valid"), TRUSTED, 1)
    both = both.append_column("votes", votes)
    rank = pc.index_in(both["born_precision"], value_set=pa.array(list(PRECISION), pa.string()))
    born = _first(both.append_column("rank", rank), ["born_on", "born_precision", "rank"], "rank")
    sex = _first(both.append_column("rank", pa.array([0] * both.num_rows)), ["sex", "rank"], "rank")
    persons = both.group_by("person_id").aggregate([])
    found = persons.join(born.select(["person_id", "born_on", "born_precision"]), "person_id")
    return found.join(sex.select(["person_id", "sex"]), "person_id").sort_by("person_id")


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
