-- What a push may have done already, and the place that a correction takes over.

-- True while a registry may have the present leg: it is being given it, has said that it will answer later, or a try ended
-- without anybody knowing what came of it.
ALTER TABLE deliveries ADD COLUMN in_doubt boolean NOT NULL DEFAULT false;
UPDATE deliveries SET in_doubt = true WHERE final_ms IS NULL AND (state <> 'accepted' OR worker IS NOT NULL);

-- Of the push in whose place this one stands, where it does: pushes about a person go in the order of these, then of seq.
ALTER TABLE deliveries ADD COLUMN turn bigint;
DROP INDEX deliveries_order;
CREATE INDEX deliveries_order ON deliveries (registry, order_key, (coalesce(turn, seq)), seq) WHERE final_ms IS NULL;
