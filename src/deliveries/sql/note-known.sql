-- Says up to where it does, unless it was put back to an older state meanwhile.
UPDATE delivery_gateways SET known_entries = :size::bigint
WHERE origin = :origin AND known_entries IS NOT DISTINCT FROM :from::bigint
