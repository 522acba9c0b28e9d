-- Accepted pushes on their way to the registries. Nothing here names a person: messages and results are encrypted, the
-- keyed columns are HMACs under the delivery key, which the database does not have.

-- By which all gateways on this database tell whether they have the same delivery key.
CREATE TABLE delivery_key (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  fingerprint bytea NOT NULL
);

-- The gateways that work here, by the names of their logs. What one holds that is not seen any more goes to the others.
CREATE TABLE delivery_gateways (
  origin text PRIMARY KEY,
  seen timestamptz NOT NULL DEFAULT now(),
  -- True when nothing is in its hand, for as long as it is not seen again.
  cleared boolean NOT NULL DEFAULT false
);

CREATE TABLE deliveries (
  -- Of the exchange.
  id uuid PRIMARY KEY,
  -- The order of acceptance.
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  -- The log that has the acceptance, or is to have it.
  origin text NOT NULL,
  -- Where it stands there; NULL until that is known, and nothing is delivered before.
  log_index bigint,
  -- Unix milliseconds, as all columns of that ending.
  accepted_ms bigint NOT NULL,
  sender text NOT NULL,
  service text NOT NULL,
  version text NOT NULL,
  -- Whose queue it is in.
  registry text NOT NULL,
  -- Keyed: of the person whose messages keep their order, or of the exchange where there is none.
  order_key text NOT NULL,
  -- Keyed: what the sender calls the message, and the message itself.
  message_name bytea,
  message_digest bytea NOT NULL,
  -- A dossier code, or keyed.
  issue text,
  -- The push that this one stands in for, and the one that stands in for this: with that nobody takes it in hand.
  corrects uuid,
  corrected_by uuid,
  state text NOT NULL DEFAULT 'accepted',
  since_ms bigint NOT NULL,
  -- Ordinal of the leg that is next, from 0, and failed attempts of it.
  leg integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  next_try_ms bigint,
  -- Code of the last problem; of a refusal, or why it was discarded.
  problem text,
  reason text,
  -- Set when nothing will follow.
  final_ms bigint,
  -- True while delivery_messages has the message.
  kept boolean NOT NULL DEFAULT true,
  dead boolean NOT NULL GENERATED ALWAYS AS (state = 'dead') STORED,
  -- The gateway that has it in hand, and how often it was taken: what is left of an earlier taking changes nothing.
  worker text,
  taking bigint NOT NULL DEFAULT 0,
  -- [{id, log, index, time, state, leg}]: the entries about it, in their order.
  transitions jsonb NOT NULL DEFAULT '[]'
) WITH (fillfactor = 70);

-- No column that changes on the way to the end is in an index or in the condition of one: PostgreSQL then writes the row
-- alone, and none of its index entries anew.
CREATE UNIQUE INDEX deliveries_message ON deliveries (sender, service, message_name) WHERE message_name IS NOT NULL;
CREATE INDEX deliveries_order ON deliveries (registry, order_key, seq) WHERE final_ms IS NULL;
CREATE INDEX deliveries_sender ON deliveries (sender, seq);
CREATE INDEX deliveries_issue ON deliveries (issue, seq) WHERE issue IS NOT NULL;
CREATE INDEX deliveries_open ON deliveries (registry, seq) WHERE final_ms IS NULL;
CREATE INDEX deliveries_dead ON deliveries (seq) WHERE dead;
CREATE INDEX deliveries_corrected ON deliveries (corrected_by) WHERE corrected_by IS NOT NULL AND final_ms IS NULL;
CREATE INDEX deliveries_kept ON deliveries (final_ms) WHERE kept AND final_ms IS NOT NULL;
CREATE INDEX deliveries_final ON deliveries (final_ms) WHERE final_ms IS NOT NULL;

-- Those whose place in the log is not known yet: few at any time, and so quickly found.
CREATE TABLE delivery_unrecorded (
  id uuid PRIMARY KEY,
  -- As in the row of the push.
  origin text NOT NULL
);

-- Apart from the states, which change often. Erased a while after the end.
CREATE TABLE delivery_messages (
  id uuid PRIMARY KEY REFERENCES deliveries ON DELETE CASCADE,
  -- Sealed: the message and what is needed to deliver and to record it.
  content bytea NOT NULL,
  -- Sealed: what the registries answered.
  results bytea
);
