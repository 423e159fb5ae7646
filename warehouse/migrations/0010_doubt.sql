-- Who may be whom: pairs that recognition could not settle, as ids alone. A rule that finds somebody missing in a register
-- learns from it that they may be there under another id. A pair found to be different is no doubt; one found to be the
-- same stays one until recognition has followed.
CREATE VIEW identity.doubt WITH (security_barrier) AS
  WITH holder AS (
    SELECT feed, record_key, role, person_id, valid_from
    FROM identity.member WHERE recorded_to IS NULL AND is_last AND entity = 'person'
  ),
  asked AS (
    SELECT l.person_id AS one, r.person_id AS other
    FROM identity.pair p
    JOIN holder l ON (l.feed, l.record_key, l.role) = (p.left_feed, p.left_key, p.left_role)
    JOIN holder r ON (r.feed, r.record_key, r.role) = (p.right_feed, p.right_key, p.right_role)
    WHERE p.entity = 'person' AND l.person_id <> r.person_id AND NOT EXISTS (
      SELECT FROM identity.decision d
      -- Decisions hold the smaller mention left, pairs as it came.
      CROSS JOIN LATERAL (VALUES (l.feed, l.record_key, l.role, l.valid_from, r.feed, r.record_key, r.role, r.valid_from),
                                 (r.feed, r.record_key, r.role, r.valid_from, l.feed, l.record_key, l.role, l.valid_from)
      ) AS s (a_feed, a_key, a_role, a_from, b_feed, b_key, b_role, b_from)
      WHERE d.undone_at IS NULL AND d.verdict = 'different'
        AND (d.left_feed, d.left_key, d.left_role) = (s.a_feed, s.a_key, s.a_role)
        AND (d.right_feed, d.right_key, d.right_role) = (s.b_feed, s.b_key, s.b_role)
        -- A decision about who held a key before is none about who holds it now.
        AND (d.left_from = '-infinity' OR s.a_from <= d.left_from)
        AND (d.right_from = '-infinity' OR s.b_from <= d.right_from))
  )
  SELECT one AS person_id, other AS other_id FROM asked UNION SELECT other, one FROM asked;
COMMENT ON VIEW identity.doubt IS '可能为同一人而尚未判定的编号对，不含身份标识';
GRANT SELECT ON identity.doubt TO huilian_analyst;
