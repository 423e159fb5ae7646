-- A record's key passes from one person to another: a membership says from when until when its person held the key.
-- What was found before this says neither and counts as always; the next run of recognition writes it anew.
ALTER TABLE identity.member
  ADD COLUMN valid_from date NOT NULL DEFAULT '-infinity',
  ADD COLUMN valid_to date CHECK (valid_to > valid_from),
  ADD COLUMN is_last boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN identity.member.valid_from IS '自何日起（按报送月份）';
COMMENT ON COLUMN identity.member.valid_to IS '至何日止（不含），空为至今';
COMMENT ON COLUMN identity.member.is_last IS '是否该角色最后的持有人';
DROP INDEX identity.member_current;
CREATE UNIQUE INDEX member_current ON identity.member (feed, record_key, role, valid_from) WHERE recorded_to IS NULL;

CREATE OR REPLACE VIEW identity.current_member WITH (security_barrier) AS
  SELECT feed, record_key, role, person_id, score, method, model_version
  FROM identity.member WHERE recorded_to IS NULL AND is_last AND entity = 'person';
CREATE OR REPLACE VIEW identity.current_organisation_member WITH (security_barrier) AS
  SELECT feed, record_key, role, person_id, score, method, model_version
  FROM identity.member WHERE recorded_to IS NULL AND is_last AND entity = 'organisation';
CREATE VIEW identity.member_span WITH (security_barrier) AS
  SELECT feed, record_key, role, person_id, score, method, model_version, valid_from, valid_to
  FROM identity.member WHERE recorded_to IS NULL AND entity = 'person';
COMMENT ON VIEW identity.member_span IS '人员归并（分时段）：每条记录中的每个角色在何时属于哪个编号';
GRANT SELECT ON identity.member_span TO huilian_linker, huilian_analyst;

-- A decision is about the two who hold the keys when it is made, not about whoever holds them later.
ALTER TABLE identity.decision
  ADD COLUMN left_from date NOT NULL DEFAULT '-infinity',
  ADD COLUMN right_from date NOT NULL DEFAULT '-infinity';
DROP INDEX identity.decision_in_force;
CREATE UNIQUE INDEX decision_in_force ON identity.decision
  (left_feed, left_key, left_role, left_from, right_feed, right_key, right_role, right_from) WHERE undone_at IS NULL;
