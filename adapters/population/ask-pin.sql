-- Asks for a number that an official checks first; in the sample the official takes some seconds.
INSERT INTO pin_request (exchange_id, ready_at)
VALUES (:exchange_id, CURRENT_TIMESTAMP + CAST(:wait_ms AS integer) * INTERVAL '1 millisecond')
ON CONFLICT (exchange_id) DO NOTHING;
