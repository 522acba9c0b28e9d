-- What became of pushes, for those who are told: subscribers of events, and senders of final states. Nothing here names a
-- person: what could is encrypted under the delivery key, which the database does not have.

CREATE TABLE announcements (
  -- Of the log's entry about the transition.
  id uuid PRIMARY KEY,
  -- Its place in the order in which everybody is told. NULL at first: rows are numbered once they are committed, by one
  -- gateway at a time, so that no number becomes visible after a higher one and no reader passes one by.
  seq bigint UNIQUE,
  -- The order in which rows came, which is that of the numbers: what follows about a person comes after what was before.
  kept bigint GENERATED ALWAYS AS IDENTITY,
  -- Unix milliseconds.
  time_ms bigint NOT NULL,
  exchange uuid NOT NULL,
  sender text NOT NULL,
  service text NOT NULL,
  version text NOT NULL,
  state text NOT NULL,
  -- NULL where there is none, or nobody is told of it.
  event text,
  -- Sealed: what may be granted of the event, whom it is about, and what its sender is told.
  content bytea NOT NULL
);

CREATE INDEX announcements_new ON announcements (kept) WHERE seq IS NULL;
CREATE INDEX announcements_service ON announcements (service, seq) WHERE event IS NOT NULL AND seq IS NOT NULL;
CREATE INDEX announcements_sender ON announcements (sender, seq) WHERE seq IS NOT NULL;

-- One row; whoever numbers holds it. Numbers are given without gaps.
CREATE TABLE announcement_numbers (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  -- The highest that was given.
  last bigint NOT NULL DEFAULT 0,
  -- The highest that was forgotten.
  forgotten bigint NOT NULL DEFAULT 0
);

INSERT INTO announcement_numbers DEFAULT VALUES;

-- How far each receiver was sent what it is to be sent.
CREATE TABLE webhooks (
  receiver text NOT NULL,
  -- events, final-states
  stream text NOT NULL,
  -- Everything up to this number was taken, or was not for it.
  cursor bigint NOT NULL,
  -- Failed attempts of the next one, since when, and when it is tried again; Unix milliseconds.
  tries integer NOT NULL DEFAULT 0,
  failing_since_ms bigint,
  next_try_ms bigint NOT NULL DEFAULT 0,
  fault text,
  -- Nothing is tried until an operator starts it again.
  dead boolean NOT NULL DEFAULT false,
  -- The gateway that sends at present, and until when it may without saying so again.
  worker text,
  lease_until timestamptz,
  PRIMARY KEY (receiver, stream)
) WITH (fillfactor = 70);
