-- Places have ids for life as people and organisations do. What is recognised is a text, told by its digest, because a
-- record changes its address when somebody moves and a decision is about two texts, not about whoever lives there.
ALTER TABLE identity.person DROP CONSTRAINT person_entity_check,
  ADD CONSTRAINT person_entity_check CHECK (entity IN ('person', 'organisation', 'address'));
ALTER TABLE identity.run DROP CONSTRAINT run_entity_check,
  ADD CONSTRAINT run_entity_check CHECK (entity IN ('person', 'organisation', 'address'));
ALTER TABLE identity.member DROP CONSTRAINT member_entity_check,
  ADD CONSTRAINT member_entity_check CHECK (entity IN ('person', 'organisation', 'address'));
ALTER TABLE identity.pair DROP CONSTRAINT pair_entity_check,
  ADD CONSTRAINT pair_entity_check CHECK (entity IN ('person', 'organisation', 'address'));
ALTER TABLE identity.conflict DROP CONSTRAINT conflict_entity_check,
  ADD CONSTRAINT conflict_entity_check CHECK (entity IN ('person', 'organisation', 'address'));
COMMENT ON TABLE identity.person IS '人员、单位与地址编号：终身不变，合并后指向现用编号';

CREATE TABLE identity.address_mention (
  feed       text NOT NULL,
  record_key text NOT NULL,
  role       text NOT NULL,
  valid_from date NOT NULL,
  valid_to   date CHECK (valid_to > valid_from),
  is_last    boolean NOT NULL,
  said       text NOT NULL,
  PRIMARY KEY (feed, record_key, role, valid_from)
);
CREATE INDEX address_mention_said ON identity.address_mention (said);
COMMENT ON TABLE identity.address_mention IS '每条记录中的每个角色何时写着哪个地址（地址文字的摘要）';

CREATE VIEW identity.address_span WITH (security_barrier) AS
  SELECT a.feed, a.record_key, a.role, m.person_id AS address_id, m.score, m.method, m.model_version,
         a.valid_from, a.valid_to, a.is_last
  FROM identity.address_mention a
  JOIN identity.member m ON (m.feed, m.record_key, m.role) = ('address', a.said, 'text')
  WHERE m.recorded_to IS NULL AND m.entity = 'address';
COMMENT ON VIEW identity.address_span IS '地址归并（分时段）：每条记录中的每个角色何时在哪个地址编号';
CREATE VIEW identity.current_address_member WITH (security_barrier) AS
  SELECT feed, record_key, role, address_id, score, method, model_version FROM identity.address_span WHERE is_last;
COMMENT ON VIEW identity.current_address_member IS '地址归并：每条记录中的每个角色最后所在的地址编号';

-- What the program held of a pair when a person decided it: a decided pair is in doubt no longer, and leaves the list.
CREATE TABLE identity.decision_ground (
  decision_id   bigint PRIMARY KEY REFERENCES identity.decision,
  entity        text NOT NULL CHECK (entity IN ('person', 'organisation', 'address')),
  score         double precision NOT NULL,
  evidence      jsonb NOT NULL,
  model_version text NOT NULL,
  noted_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE identity.decision_ground IS '判定时程序给出的概率与依据，用于核对概率是否可信';

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.address_mention TO huilian_linker;
GRANT SELECT, INSERT ON identity.decision_ground TO huilian_linker;
GRANT SELECT ON identity.address_span, identity.current_address_member TO huilian_linker, huilian_analyst;
