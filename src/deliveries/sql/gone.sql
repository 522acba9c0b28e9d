-- Gateways that are not seen any more and may have left something in their hand.
SELECT origin FROM delivery_gateways
WHERE NOT cleared AND origin <> :origin AND seen < now() - :leaseSeconds::double precision * interval '1 second'
