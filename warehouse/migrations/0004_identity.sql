-- Which mentions are the same person or organisation. An id is for life: retired ones point to who they are now.
CREATE SCHEMA identity;
CREATE SCHEMA staging_identity;

CREATE TABLE identity.person (
  person_id      text PRIMARY KEY,
  number         bigint NOT NULL CHECK (number > 0),
  entity         text NOT NULL CHECK (entity IN ('person', 'organisation')),
  minted_at      timestamptz NOT NULL,
  retired_at     timestamptz,
  merged_into    text REFERENCES identity.person,
  born_on        date,
  born_precision text CHECK (born_precision IN ('day', 'month', 'year')),
  sex            text,
  UNIQUE (entity, number),
  CHECK (merged_into IS NULL OR retired_at IS NOT NULL),
  CHECK ((born_on IS NULL) = (born_precision IS NULL))
);
CREATE INDEX person_merged_into ON identity.person (merged_into) WHERE merged_into IS NOT NULL;
COMMENT ON TABLE identity.person IS '人员与单位编号：终身不变，合并后指向现用编号';

CREATE TABLE identity.run (
  run_id        text PRIMARY KEY,
  model_version text NOT NULL,
  mentions      bigint NOT NULL,
  persons       bigint NOT NULL,
  report        jsonb NOT NULL DEFAULT '{}',
  at            timestamptz NOT NULL DEFAULT now(),
  entity        text NOT NULL DEFAULT 'person' CHECK (entity IN ('person', 'organisation'))
);
COMMENT ON TABLE identity.run IS '身份识别运行记录';

CREATE TABLE identity.member (
  feed          text NOT NULL,
  record_key    text NOT NULL,
  role          text NOT NULL,
  entity        text NOT NULL CHECK (entity IN ('person', 'organisation')),
  person_id     text NOT NULL REFERENCES identity.person,
  score         double precision,
  method        text NOT NULL,
  model_version text NOT NULL,
  recorded_from timestamptz NOT NULL,
  recorded_to   timestamptz CHECK (recorded_to > recorded_from)
);
CREATE UNIQUE INDEX member_current ON identity.member (feed, record_key, role) WHERE recorded_to IS NULL;
CREATE INDEX member_current_person ON identity.member (person_id) WHERE recorded_to IS NULL;
COMMENT ON TABLE identity.member IS '人员归并：每条记录中的每个角色属于哪个编号，保留历史';

CREATE TABLE identity.event (
  event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id     text NOT NULL REFERENCES identity.run,
  kind       text NOT NULL CHECK (kind IN ('minted', 'joined', 'moved', 'merged', 'split', 'retired')),
  person_id  text NOT NULL,
  other_id   text,
  feed       text,
  record_key text,
  role       text,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX event_person ON identity.event (person_id);
COMMENT ON TABLE identity.event IS '编号变更事件';

CREATE TABLE identity.decision (
  decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  left_feed   text NOT NULL,
  left_key    text NOT NULL,
  left_role   text NOT NULL,
  right_feed  text NOT NULL,
  right_key   text NOT NULL,
  right_role  text NOT NULL,
  verdict     text NOT NULL CHECK (verdict IN ('same', 'different')),
  who         text NOT NULL,
  why         text NOT NULL,
  decided_at  timestamptz NOT NULL DEFAULT now(),
  undone_at   timestamptz,
  undone_by   text,
  CHECK ((undone_at IS NULL) = (undone_by IS NULL)),
  CHECK ((left_feed COLLATE "C", left_key COLLATE "C", left_role COLLATE "C")
       < (right_feed COLLATE "C", right_key COLLATE "C", right_role COLLATE "C"))
);
CREATE UNIQUE INDEX decision_in_force ON identity.decision
  (left_feed, left_key, left_role, right_feed, right_key, right_role) WHERE undone_at IS NULL;
COMMENT ON TABLE identity.decision IS '人工判定：同一人或不同人，可撤销，不删除';

CREATE TABLE identity.pair (
  left_feed     text NOT NULL,
  left_key      text NOT NULL,
  left_role     text NOT NULL,
  right_feed    text NOT NULL,
  right_key     text NOT NULL,
  right_role    text NOT NULL,
  score         double precision NOT NULL,
  evidence      jsonb NOT NULL,
  model_version text NOT NULL,
  state         text NOT NULL DEFAULT 'grey' CHECK (state IN ('grey')),
  entity        text NOT NULL DEFAULT 'person' CHECK (entity IN ('person', 'organisation')),
  PRIMARY KEY (left_feed, left_key, left_role, right_feed, right_key, right_role)
);
COMMENT ON TABLE identity.pair IS '待人工判定的疑似同一人';

CREATE TABLE identity.conflict (
  conflict_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id      text NOT NULL REFERENCES identity.run,
  kind        text NOT NULL,
  person_ids  text[] NOT NULL,
  mentions    jsonb NOT NULL,
  detail      jsonb NOT NULL DEFAULT '{}',
  entity      text NOT NULL DEFAULT 'person' CHECK (entity IN ('person', 'organisation'))
);
COMMENT ON TABLE identity.conflict IS '身份冲突：如同一证件号码指向不同的人';

CREATE VIEW identity.current_member WITH (security_barrier) AS
  SELECT feed, record_key, role, person_id, score, method, model_version
  FROM identity.member WHERE recorded_to IS NULL AND entity = 'person';
CREATE VIEW identity.current_organisation_member WITH (security_barrier) AS
  SELECT feed, record_key, role, person_id, score, method, model_version
  FROM identity.member WHERE recorded_to IS NULL AND entity = 'organisation';
CREATE VIEW identity.person_birth WITH (security_barrier) AS
  SELECT person_id, born_on, born_precision, sex
  FROM identity.person WHERE retired_at IS NULL AND entity = 'person';

GRANT USAGE ON SCHEMA identity TO huilian_linker, huilian_analyst;
GRANT USAGE, CREATE ON SCHEMA staging_identity TO huilian_linker;
GRANT SELECT, INSERT, UPDATE ON identity.person TO huilian_linker;
GRANT SELECT, INSERT, UPDATE (recorded_to) ON identity.member TO huilian_linker;
GRANT SELECT, INSERT ON identity.run, identity.event TO huilian_linker;
GRANT SELECT, INSERT, UPDATE (undone_at, undone_by) ON identity.decision TO huilian_linker;
GRANT SELECT, INSERT, DELETE ON identity.pair, identity.conflict TO huilian_linker;
GRANT SELECT ON identity.current_member, identity.current_organisation_member, identity.person_birth
  TO huilian_linker, huilian_analyst;
GRANT SELECT ON identity.person TO huilian_analyst;
