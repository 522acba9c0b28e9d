-- Takes messages out of the hand of a gateway that is gone.
UPDATE deliveries SET worker = NULL WHERE id = ANY (:ids::uuid[])
