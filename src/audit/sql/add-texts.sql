-- Adds the texts that are new. In the order of their digests: two who add the same ones wait for each other, never both.
INSERT INTO audit_texts (use, value, detail, digest)
SELECT given.use, given.value, given.detail, given.digest
FROM json_to_recordset(:texts::json) AS given (use text, value text, detail text, digest bytea)
WHERE NOT EXISTS (SELECT FROM audit_texts known WHERE known.digest = given.digest)
ORDER BY given.digest
ON CONFLICT (digest) DO NOTHING
