-- Leads: discrepancies for the owning department to verify, never a verdict.
CREATE SCHEMA mart;

CREATE TABLE mart.rule (
  rule       text PRIMARY KEY,
  title      text NOT NULL,
  benefit    boolean NOT NULL,
  version    text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE mart.rule IS '比对规则';

CREATE TABLE mart.lead (
  lead_id        text PRIMARY KEY,
  rule           text NOT NULL,
  person_id      text NOT NULL REFERENCES identity.person,
  period         date NOT NULL CHECK (extract(day FROM period) = 1),
  state          text NOT NULL DEFAULT 'suspected'
                 CHECK (state IN ('suspected', 'sent', 'confirmed', 'refuted', 'closed', 'withdrawn')),
  evidence_level text NOT NULL CHECK (evidence_level IN ('E1', 'E2', 'E3')),
  evidence       jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'array'),
  facts          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(facts) = 'object'),
  rule_version   text NOT NULL,
  opened_at      timestamptz NOT NULL DEFAULT now(),
  due_on         date,
  UNIQUE (rule, person_id, period)
);
CREATE INDEX lead_period ON mart.lead (period, rule);
COMMENT ON TABLE mart.lead IS '疑点线索：须经核实，不是结论';

CREATE TABLE mart.lead_event (
  event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lead_id    text NOT NULL REFERENCES mart.lead,
  at         timestamptz NOT NULL DEFAULT now(),
  who        text NOT NULL,
  from_state text,
  to_state   text NOT NULL,
  outcome    text,
  note       text,
  hearing_on date,
  notice_no  text,
  -- Nobody's aid is cut before they were heard and told in writing why (Social Assistance Law 2026, article 48).
  CONSTRAINT a_cut_needs_hearing_and_notice CHECK (
    outcome IS DISTINCT FROM 'reduce' OR (hearing_on IS NOT NULL AND notice_no IS NOT NULL))
);
CREATE INDEX lead_event_lead ON mart.lead_event (lead_id);
COMMENT ON TABLE mart.lead_event IS '线索办理过程';

CREATE VIEW mart.current_lead WITH (security_barrier) AS
  SELECT l.rule, coalesce(p.merged_into, l.person_id) AS person_id, l.period, l.state, l.opened_at, l.evidence_level,
         l.evidence, l.facts, l.due_on, l.lead_id, r.title, r.benefit
  FROM mart.lead l
  JOIN identity.person p ON p.person_id = l.person_id
  LEFT JOIN mart.rule r ON r.rule = l.rule
  WHERE l.state IN ('suspected', 'sent', 'confirmed');
COMMENT ON VIEW mart.current_lead IS '在办线索，各期均保留';

GRANT USAGE ON SCHEMA mart TO huilian_analyst;
GRANT SELECT, INSERT, UPDATE ON mart.rule, mart.lead TO huilian_analyst;
GRANT SELECT, INSERT ON mart.lead_event TO huilian_analyst;
GRANT SELECT ON mart.current_lead TO huilian_analyst;
