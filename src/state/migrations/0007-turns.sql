-- Whose turn it is, for each person whom a push is about, whichever registry it goes to: a push is delivered once none before
-- it about any of its people is left here.

-- Nothing is accepted between the rows below and the end of this.
LOCK TABLE deliveries IN SHARE ROW EXCLUSIVE MODE;

-- One row for each person of each push that is not settled; gone with its end.
CREATE TABLE delivery_turns (
  -- Of the push.
  id uuid NOT NULL,
  -- Keyed, as deliveries.order_key.
  person text NOT NULL,
  -- That of the push in whose place it stands, or its own seq: pushes about a person go in the order of these, then of seq.
  turn bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (id, person)
);

CREATE INDEX delivery_turns_order ON delivery_turns (person, turn, seq);

-- Of what was accepted before, the one person is known by whom it was ordered then.
INSERT INTO delivery_turns (id, person, turn, seq)
SELECT id, order_key, coalesce(turn, seq), seq FROM deliveries WHERE final_ms IS NULL;

DROP INDEX deliveries_order;
