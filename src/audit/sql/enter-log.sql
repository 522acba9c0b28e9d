-- Makes the log known to the index.
INSERT INTO audit_logs (origin, log_id)
SELECT :origin::text, decode(:logId::text, 'hex') WHERE NOT EXISTS (SELECT FROM audit_logs WHERE origin = :origin)
ON CONFLICT (origin) DO NOTHING
