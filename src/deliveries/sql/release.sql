-- Lets go of messages.
UPDATE deliveries SET worker = NULL WHERE id = ANY (:ids::uuid[]) AND worker = :origin
