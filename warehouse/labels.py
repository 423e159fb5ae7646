"""Pairs in doubt and what was decided of them: what the review list asks, and what decisions say of the program.

Connects as `linker`, and as `analyst` for how many leads hang on somebody.
"""

from collections.abc import Iterable

import pyarrow as pa

from warehouse import bulk
from warehouse.server import Server

_SIDES = "left_feed, left_key, left_role, right_feed, right_key, right_role"
# Decisions hold the smaller mention left, pairs as it came.
_DECIDED = """
 ((d.left_feed, d.left_key, d.left_role, d.right_feed, d.right_key, d.right_role)
   = (p.left_feed, p.left_key, p.left_role, p.right_feed, p.right_key, p.right_role)
 or (d.left_feed, d.left_key, d.left_role, d.right_feed, d.right_key, d.right_role)
   = (p.right_feed, p.right_key, p.right_role, p.left_feed, p.left_key, p.left_role))
"""
# A decision about who held a key before is none about who holds it now.
_OF_NOW = " and ".join(
    f"""not exists (select from identity.member m where m.recorded_to is null and m.is_last
      and (m.feed, m.record_key, m.role) = (d.{side}_feed, d.{side}_key, d.{side}_role)
      and d.{side}_from > '-infinity' and m.valid_from > d.{side}_from)"""
    for side in ("left", "right")
)


def undecided(server: Server) -> pa.Table:
    """Pairs in doubt without a decision in force: entity, left_feed, left_key, left_role, right_* alike, score,
    evidence (JSON), and left_id, right_id, left_records, right_records: whose they are now and how many records are.
    """
    query = f"""
      with texts as (select said, count(*) as records from identity.address_mention where is_last group by said),
      current as (select * from identity.member where recorded_to is null and is_last),
      sizes as (
        select person_id, sum(case entity when 'address' then coalesce(t.records, 0) else 1 end)::bigint as records
        from current c left join texts t on c.entity = 'address' and t.said = c.record_key group by person_id),
      members as (
        select c.entity, c.feed, c.record_key, c.role, c.person_id, s.records
        from current c join sizes s using (person_id))
      select distinct on (p.entity, {_SIDES}) p.entity, {_SIDES}, p.score, p.evidence::text as evidence,
        l.person_id as left_id, r.person_id as right_id, coalesce(l.records, 1) as left_records,
        coalesce(r.records, 1) as right_records
      from identity.pair p
      left join members l
        on (l.entity, l.feed, l.record_key, l.role) = (p.entity, p.left_feed, p.left_key, p.left_role)
      left join members r
        on (r.entity, r.feed, r.record_key, r.role) = (p.entity, p.right_feed, p.right_key, p.right_role)
      where not exists (select from identity.decision d where d.undone_at is null and {_DECIDED} and {_OF_NOW})
      order by p.entity, {_SIDES}
    """
    return bulk.read(server, "linker", query)


def remember(server: Server, decision_id: int) -> None:
    """Keep the probability and the evidence that a decided pair had, if it was among those in doubt."""
    with server.connect("linker") as conn:
        conn.execute(
            "insert into identity.decision_ground (decision_id, entity, score, evidence, model_version)"
            " select d.decision_id, p.entity, p.score, p.evidence, p.model_version from identity.decision d"
            f" join identity.pair p on {_DECIDED} where d.decision_id = %s on conflict do nothing",
            [decision_id],
        )


def labels(server: Server) -> pa.Table:
    """Decisions in force: entity, score, evidence (JSON), verdict; all but the last null where nobody was asked."""
    query = (
        "select g.entity, g.score, g.evidence::text as evidence, d.verdict from identity.decision d"
        " left join identity.decision_ground g using (decision_id) where d.undone_at is null order by d.decision_id"
    )
    return bulk.read(server, "linker", query)


def leads(server: Server, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By person, how many open leads there are, and how many of them bring people what is theirs."""
    with server.connect("analyst") as conn:
        rows = conn.execute(
            "select person_id, count(*), count(*) filter (where benefit) from mart.current_lead"
            " where person_id = any(%s) group by person_id",
            [sorted(set(ids))],
        ).fetchall()
    return {str(person): (int(str(many)), int(str(benefit))) for person, many, benefit in rows}
