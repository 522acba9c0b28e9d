-- Pushes with which something was to be done, and that nobody has in hand.
SELECT id FROM deliveries WHERE intention IS NOT NULL AND worker IS NULL ORDER BY seq LIMIT :limit::bigint
