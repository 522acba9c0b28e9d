-- Makes the log known to the index.
INSERT INTO audit_logs (origin)
SELECT :origin::text WHERE NOT EXISTS (SELECT FROM audit_logs WHERE origin = :origin)
ON CONFLICT (origin) DO NOTHING
