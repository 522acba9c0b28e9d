-- What the database says is in this gateway's hand.
SELECT id, taking FROM deliveries WHERE final_ms IS NULL AND worker = :origin
