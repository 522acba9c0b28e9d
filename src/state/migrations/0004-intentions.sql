-- What an operator or a correction is about to do with a push: kept before it is recorded, done after, and gone on with by
-- whoever finds it if the gateway ends in between. Until it is done nobody takes the push in hand.

ALTER TABLE deliveries ADD COLUMN intention json;
CREATE INDEX deliveries_intended ON deliveries (seq) WHERE intention IS NOT NULL;
