-- Who did what. Each entry is bound to the one before by a keyed digest; the key is not in this database.
CREATE SCHEMA audit;

CREATE TABLE audit.entry (
  seq      bigint PRIMARY KEY CHECK (seq > 0),
  at       timestamptz NOT NULL,
  who      text NOT NULL,
  action   text NOT NULL,
  detail   text NOT NULL,
  previous bytea NOT NULL UNIQUE,
  digest   bytea NOT NULL
);
COMMENT ON TABLE audit.entry IS '审计日志：只增不改，逐条链接';

CREATE VIEW audit.head WITH (security_barrier) AS
  SELECT seq, digest FROM audit.entry ORDER BY seq DESC LIMIT 1;

GRANT USAGE ON SCHEMA audit TO huilian_auditor;
GRANT INSERT ON audit.entry TO huilian_auditor;
GRANT SELECT ON audit.head TO huilian_auditor;
