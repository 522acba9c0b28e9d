-- Gateways that are not seen any more and may have left something in their hand; none that takes something at this moment,
-- and none that another gateway looks after. They take nothing until the transaction ends.
SELECT origin FROM delivery_gateways
WHERE NOT cleared AND origin <> :origin AND seen < now() - :leaseSeconds::double precision * interval '1 second'
FOR UPDATE SKIP LOCKED
