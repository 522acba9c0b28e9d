-- The numbers of texts.
SELECT id, encode(digest, 'hex') AS digest FROM audit_texts WHERE digest = ANY (:digests::bytea[])
