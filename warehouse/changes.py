"""The difference a run of recognition makes, as SQL inside one transaction: memberships, persons, events."""

from psycopg import sql

from contracts.errors import Retry
from warehouse.server import Connection


def apply(conn: Connection, run_id: str, entity: str, model_version: str, report: str) -> None:
    """Bring `identity` to what lies in staging, inside the caller's transaction and lock.

    `report` is JSON. Raises Retry when a staged person id is neither current nor newly minted.
    """
    values = {"run": run_id, "entity": entity, "model": model_version, "report": report}
    conn.execute(_RUN, values)
    conn.execute(_MINT, values)
    if conn.execute(_STRANGER, values).fetchone() is not None:
        raise Retry("identity", "a mention was given a person id that isn't current", "recognise again: ids changed")
    for step in _STEPS:
        conn.execute(sql.SQL(step), values)


# The time of the run: now, and after the last one even where the clock went back.
_RUN = """
INSERT INTO identity.run (run_id, entity, model_version, report, mentions, persons, at)
SELECT %(run)s, %(entity)s, %(model)s, %(report)s, count(*) FILTER (WHERE is_last),
  count(DISTINCT person_id), greatest(clock_timestamp(), (SELECT max(at) + interval '1 microsecond' FROM identity.run))
FROM staging_identity.members
"""
_AT = "(SELECT at FROM identity.run WHERE run_id = %(run)s)"
_MINT = f"""
INSERT INTO identity.person (person_id, number, entity, minted_at)
SELECT person_id, number, %(entity)s, {_AT} FROM staging_identity.minted
"""
_STRANGER = """
SELECT 1 FROM staging_identity.members s
LEFT JOIN identity.person p ON p.person_id = s.person_id AND p.entity = %(entity)s AND p.retired_at IS NULL
WHERE p.person_id IS NULL LIMIT 1
"""
# Scores move a little with every training; a change that two decimals don't show is none.
_CHANGE = """
CREATE TEMP TABLE change ON COMMIT DROP AS
SELECT feed, record_key, role, valid_from, said.valid_to, said.is_last, held.person_id AS old_id,
  said.person_id AS new_id, said.score, said.method
FROM (
  SELECT feed, record_key, role, coalesce(valid_from, '-infinity') AS valid_from, valid_to, is_last, person_id, score,
    method FROM staging_identity.members
) said
FULL JOIN (SELECT * FROM identity.member WHERE recorded_to IS NULL AND entity = %(entity)s) held
  USING (feed, record_key, role, valid_from)
WHERE (held.person_id = said.person_id AND held.method = said.method AND held.is_last = said.is_last
  AND held.valid_to IS NOT DISTINCT FROM said.valid_to
  AND round(held.score::numeric, 2) IS NOT DISTINCT FROM round(said.score::numeric, 2)) IS NOT TRUE
"""
# What that means for ids: who lost a mention (old_id) to whom (new_id). Who still has it lost nothing, who had it
# gained nothing. Of one that begins on another day, or has more spans than before, the two go together in turn.
_LOST = """
CREATE TEMP TABLE lost ON COMMIT DROP AS
SELECT feed, record_key, role, old_id,
  row_number() OVER (PARTITION BY feed, record_key, role ORDER BY min(valid_from)) AS turn
FROM change c WHERE old_id IS DISTINCT FROM new_id AND old_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM staging_identity.members s
    WHERE (s.feed, s.record_key, s.role, s.person_id) = (c.feed, c.record_key, c.role, c.old_id))
GROUP BY feed, record_key, role, old_id
"""
_PASSED = """
CREATE TEMP TABLE passed ON COMMIT DROP AS
WITH gained AS MATERIALIZED (
  SELECT feed, record_key, role, new_id, valid_from FROM change c
  WHERE old_id IS DISTINCT FROM new_id AND new_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM identity.member m WHERE m.recorded_to IS NULL
      AND (m.feed, m.record_key, m.role, m.person_id) = (c.feed, c.record_key, c.role, c.new_id))
),
heirs AS (
  SELECT feed, record_key, role, new_id,
    row_number() OVER (PARTITION BY feed, record_key, role ORDER BY min(valid_from)) AS turn
  FROM gained WHERE (feed, record_key, role) IN (SELECT feed, record_key, role FROM lost)
  GROUP BY feed, record_key, role, new_id
)
SELECT feed, record_key, role, old_id, new_id FROM lost FULL JOIN heirs USING (feed, record_key, role, turn)
UNION ALL
SELECT feed, record_key, role, NULL, new_id FROM gained g
WHERE NOT EXISTS (SELECT FROM lost l WHERE (l.feed, l.record_key, l.role) = (g.feed, g.record_key, g.role))
"""
_CLOSE = f"""
UPDATE identity.member m SET recorded_to = {_AT} FROM change c
WHERE (m.feed, m.record_key, m.role, m.valid_from) = (c.feed, c.record_key, c.role, c.valid_from)
  AND m.recorded_to IS NULL
"""
_OPEN = f"""
INSERT INTO identity.member
  (feed, record_key, role, valid_from, valid_to, is_last, entity, person_id, score, method, model_version,
    recorded_from)
SELECT feed, record_key, role, valid_from, valid_to, is_last, %(entity)s, new_id, score, method, %(model)s, {_AT}
FROM change WHERE new_id IS NOT NULL
"""
# Ids without a mention left; the heir is who has most of their mentions now, the oldest of several.
_GONE = """
CREATE TEMP TABLE gone ON COMMIT DROP AS
WITH left_alone AS (
  SELECT DISTINCT old_id FROM passed c WHERE old_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM identity.member m WHERE m.person_id = c.old_id AND m.recorded_to IS NULL)
),
took AS (
  SELECT old_id, new_id, count(*) AS mentions FROM passed WHERE new_id IS NOT NULL GROUP BY old_id, new_id
)
SELECT DISTINCT ON (l.old_id) l.old_id AS person_id, t.new_id AS heir
FROM left_alone l LEFT JOIN took t USING (old_id) LEFT JOIN identity.person p ON p.person_id = t.new_id
ORDER BY l.old_id, t.mentions DESC, p.number
"""
_RETIRE = f"""
UPDATE identity.person p SET retired_at = {_AT}, merged_into = g.heir FROM gone g WHERE p.person_id = g.person_id
"""
# Earlier ids that had become this one become its heir: one step always leads to who somebody is now.
_FORWARD = """
UPDATE identity.person p SET merged_into = g.heir FROM gone g WHERE p.merged_into = g.person_id AND g.heir IS NOT NULL
"""
_EVENTS = f"""
INSERT INTO identity.event (run_id, kind, person_id, other_id, feed, record_key, role, at)
SELECT %(run)s, kind, person_id, other_id, feed, record_key, role, {_AT} FROM (
  SELECT 1 AS rank, 'minted' AS kind, person_id, NULL AS other_id, NULL AS feed, NULL AS record_key, NULL AS role
  FROM staging_identity.minted
  UNION ALL
  SELECT DISTINCT 2, 'split', n.person_id, c.old_id, NULL, NULL, NULL
  FROM passed c JOIN staging_identity.minted n ON n.person_id = c.new_id
  WHERE c.old_id IS NOT NULL AND c.old_id NOT IN (SELECT person_id FROM gone)
  UNION ALL
  SELECT DISTINCT 3, 'joined', new_id, NULL, feed, record_key, role FROM passed
  WHERE old_id IS NULL AND new_id NOT IN (SELECT person_id FROM staging_identity.minted)
  UNION ALL
  SELECT 4, 'moved', new_id, old_id, feed, record_key, role FROM passed
  WHERE old_id <> new_id AND old_id NOT IN (SELECT person_id FROM gone)
  UNION ALL
  SELECT 5, 'merged', heir, person_id, NULL, NULL, NULL FROM gone WHERE heir IS NOT NULL
  UNION ALL
  SELECT 6, 'retired', person_id, NULL, NULL, NULL, NULL FROM gone WHERE heir IS NULL
) AS e ORDER BY rank, person_id, other_id, feed, record_key, role
"""
_GOLDEN = """
UPDATE identity.person p SET born_on = s.born_on, born_precision = s.born_precision, sex = s.sex
FROM staging_identity.persons s
WHERE p.person_id = s.person_id
  AND (p.born_on, p.born_precision, p.sex) IS DISTINCT FROM (s.born_on, s.born_precision, s.sex)
"""
_PAIRS = """
DELETE FROM identity.pair WHERE entity = %(entity)s;
"""
_NEW_PAIRS = """
INSERT INTO identity.pair (left_feed, left_key, left_role, right_feed, right_key, right_role, score, evidence,
  model_version, entity)
SELECT left_feed, left_key, left_role, right_feed, right_key, right_role, score, evidence::jsonb, %(model)s, %(entity)s
FROM staging_identity.pairs
"""
_CONFLICTS = """
DELETE FROM identity.conflict WHERE entity = %(entity)s
"""
_NEW_CONFLICTS = """
INSERT INTO identity.conflict (run_id, kind, person_ids, mentions, detail, entity)
SELECT %(run)s, c.kind,
  array_remove(ARRAY[l.person_id, nullif(r.person_id, l.person_id)], NULL),
  jsonb_build_array(
    jsonb_build_object('feed', left_feed, 'record_key', left_key, 'role', left_role),
    jsonb_build_object('feed', right_feed, 'record_key', right_key, 'role', right_role)),
  c.detail::jsonb, %(entity)s
FROM staging_identity.conflicts c
LEFT JOIN identity.member l
  ON (l.feed, l.record_key, l.role) = (left_feed, left_key, left_role) AND l.recorded_to IS NULL AND l.is_last
LEFT JOIN identity.member r
  ON (r.feed, r.record_key, r.role) = (right_feed, right_key, right_role) AND r.recorded_to IS NULL AND r.is_last
ORDER BY kind, left_feed, left_key, left_role, right_feed, right_key, right_role
"""
_STEPS = (
    _CHANGE,
    "ANALYZE change",
    _LOST,
    "ANALYZE lost",
    _PASSED,
    _CLOSE,
    _OPEN,
    _GONE,
    _RETIRE,
    _FORWARD,
    _EVENTS,
    _GOLDEN,
    _PAIRS,
    _NEW_PAIRS,
    _CONFLICTS,
    _NEW_CONFLICTS,
    "DROP TABLE staging_identity.members, staging_identity.persons, staging_identity.pairs, staging_identity.conflicts,"
    " staging_identity.minted",
)
