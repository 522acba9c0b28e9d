-- The fingerprint of the key with which this database is used: the first one that came.
WITH entered AS (
  INSERT INTO delivery_key (fingerprint) VALUES (:fingerprint::bytea) ON CONFLICT DO NOTHING RETURNING fingerprint
)
SELECT fingerprint FROM entered UNION ALL SELECT fingerprint FROM delivery_key LIMIT 1
