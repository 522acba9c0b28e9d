-- Pushes with which something was to be done, and that nobody has in hand or has locked at this moment.
SELECT id FROM deliveries WHERE intention IS NOT NULL AND worker IS NULL ORDER BY seq LIMIT :limit::bigint
FOR UPDATE SKIP LOCKED
