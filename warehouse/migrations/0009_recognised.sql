-- Whether recognition has seen a delivery: what comes for a month recognised before is a correction, and wakes one run.
-- Of what was published before this nobody noted it; the next run of recognition does.
ALTER TABLE ledger.delivery ADD COLUMN recognised_at timestamptz,
  ADD CONSTRAINT recognised_was_published CHECK (recognised_at IS NULL OR state = 'published');
COMMENT ON COLUMN ledger.delivery.recognised_at IS '何时参与身份识别，空为尚未';
CREATE INDEX delivery_unrecognised ON ledger.delivery (feed) WHERE state = 'published' AND recognised_at IS NULL;
