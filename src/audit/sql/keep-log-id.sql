-- Says which log it is that has been indexed since before this was kept.
UPDATE audit_logs SET log_id = decode(:logId::text, 'hex') WHERE id = :log::integer AND log_id IS NULL
