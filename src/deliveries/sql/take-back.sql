-- Takes messages out of the hand of a gateway that is gone: what it was delivering, a registry may have.
UPDATE deliveries SET worker = NULL, in_doubt = in_doubt OR intention IS NULL WHERE id = ANY (:ids::uuid[])
