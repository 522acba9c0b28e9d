-- Says that this gateway is alive.
INSERT INTO delivery_gateways (origin) VALUES (:origin)
ON CONFLICT (origin) DO UPDATE SET seen = now(), cleared = false
