-- What this gateway had in hand goes to the others.
UPDATE webhooks SET worker = NULL, lease_until = NULL WHERE worker = :origin RETURNING receiver
