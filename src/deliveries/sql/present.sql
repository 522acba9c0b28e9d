-- This gateway where the others know that it is there, until the transaction ends: who looks for gateways that are gone
-- passes it by until then, and neither its own sweep nor its other takings wait for this one.
SELECT origin FROM delivery_gateways
WHERE origin = :origin AND NOT cleared AND seen > now() - :leaseSeconds::double precision * interval '1 second'
FOR KEY SHARE
