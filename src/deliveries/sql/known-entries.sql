-- Up to where this database knows the pushes of a log; NULL where nobody ever looked.
SELECT known_entries FROM delivery_gateways WHERE origin = :origin
