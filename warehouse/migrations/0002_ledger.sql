-- What arrived and what became of it. Counts are rows of one delivery; nothing here names a person.
CREATE SCHEMA IF NOT EXISTS ledger;

CREATE TABLE ledger.delivery (
  delivery_id     text PRIMARY KEY,
  feed            text NOT NULL,
  period          date NOT NULL CHECK (extract(day FROM period) = 1),
  source_name     text NOT NULL,
  sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes           bigint NOT NULL CHECK (bytes >= 0),
  landed          text NOT NULL,
  encoding        text,
  evidence        text,
  state           text NOT NULL DEFAULT 'received'
                  CHECK (state IN ('received', 'parsed', 'checked', 'published', 'refused', 'stopped')),
  verdict         text CHECK (verdict IN ('pass', 'warn', 'stop')),
  reason          text,
  lines           bigint CHECK (lines >= 0),
  parsed          bigint CHECK (parsed >= 0),
  rejected        bigint CHECK (rejected >= 0),
  typed           bigint CHECK (typed >= 0),
  quarantined     bigint CHECK (quarantined >= 0),
  published       bigint CHECK (published >= 0),
  deduplicated    bigint CHECK (deduplicated >= 0),
  columns_unknown text[] NOT NULL DEFAULT '{}',
  columns_refused text[] NOT NULL DEFAULT '{}',
  watermark       text,
  received_at     timestamptz NOT NULL DEFAULT now(),
  published_at    timestamptz,
  UNIQUE (feed, period, sha256),
  CONSTRAINT every_line_is_parsed_or_rejected CHECK (lines = parsed + rejected),
  CONSTRAINT every_parsed_row_is_typed_or_quarantined CHECK (parsed = typed + quarantined),
  CONSTRAINT every_typed_row_is_published_or_a_repeat CHECK (typed = published + deduplicated),
  CONSTRAINT published_says_when CHECK ((state = 'published') = (published_at IS NOT NULL)),
  CONSTRAINT published_has_all_counts CHECK (
    state <> 'published' OR num_nulls(lines, parsed, rejected, typed, quarantined, published, deduplicated) = 0),
  CONSTRAINT refused_says_why CHECK (state <> 'refused' OR reason IS NOT NULL)
);
CREATE INDEX delivery_published ON ledger.delivery (feed, period, published_at) WHERE state = 'published';
COMMENT ON TABLE ledger.delivery IS '报送批次：一份数据的一次到达';

CREATE TABLE ledger.arrival (
  feed          text NOT NULL,
  period        date NOT NULL,
  source_name   text NOT NULL,
  sha256        text NOT NULL,
  outcome       text NOT NULL CHECK (outcome IN ('new', 'duplicate', 'refused', 'unknown', 'waiting')),
  delivery_id   text REFERENCES ledger.delivery,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at  timestamptz NOT NULL DEFAULT now(),
  times         bigint NOT NULL DEFAULT 1 CHECK (times > 0),
  PRIMARY KEY (feed, period, source_name, sha256)
);
COMMENT ON TABLE ledger.arrival IS '到达记录：投放目录中见到的每个文件（feed 为空串表示无法对应任何约定）';

CREATE TABLE ledger.metric (
  delivery_id text NOT NULL REFERENCES ledger.delivery,
  rule        text NOT NULL,
  failed      bigint NOT NULL,
  total       bigint NOT NULL,
  severity    text NOT NULL,
  passed      boolean NOT NULL
);
CREATE INDEX metric_delivery ON ledger.metric (delivery_id);
COMMENT ON TABLE ledger.metric IS '质量规则结果：每批次每条规则一行';

CREATE TABLE ledger.reason_count (
  delivery_id text NOT NULL REFERENCES ledger.delivery,
  reason      text NOT NULL,
  field       text,
  rows        bigint NOT NULL CHECK (rows > 0)
);
CREATE INDEX reason_count_delivery ON ledger.reason_count (delivery_id);
COMMENT ON TABLE ledger.reason_count IS '问题计数：每批次每种问题的行数';

-- An increment asserts something about the keys it names, equal content too: without this, an older increment that
-- arrives late could not know where its word ends.
CREATE TABLE ledger.named_key (
  feed        text NOT NULL,
  record_key  text NOT NULL,
  period      date NOT NULL,
  delivery_id text NOT NULL REFERENCES ledger.delivery,
  PRIMARY KEY (feed, record_key, period)
);
COMMENT ON TABLE ledger.named_key IS '增量数据中各期提到的编号';

GRANT USAGE ON SCHEMA ledger TO huilian_loader;
GRANT SELECT, INSERT, UPDATE ON ledger.delivery, ledger.arrival, ledger.named_key TO huilian_loader;
GRANT SELECT, INSERT, DELETE ON ledger.metric, ledger.reason_count TO huilian_loader;
