-- Restarts of webhooks that operators asked for: kept before they are recorded, gone when they are done, and gone on with
-- by whoever finds them if the gateway ends in between.

CREATE TABLE webhook_restarts (
  -- Of the log's entry.
  id uuid PRIMARY KEY,
  receiver text NOT NULL,
  -- The entry; it names nobody but by a pseudonym.
  entry json NOT NULL,
  -- The gateway that sees to it, and until when no other one does.
  worker text NOT NULL,
  lease_until timestamptz NOT NULL
);
