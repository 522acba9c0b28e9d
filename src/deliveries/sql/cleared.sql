-- Says of gateways that are gone whether they have nothing in their hand any more; waits for what one of them is taking.
UPDATE delivery_gateways SET cleared = :cleared::boolean
WHERE origin = ANY (:gone::text[]) AND seen < now() - :leaseSeconds::double precision * interval '1 second'
