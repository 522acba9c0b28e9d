-- Gives pushes their turn about people who were not known before.
INSERT INTO delivery_turns (id, person, turn, seq)
SELECT d.id, given.person, coalesce(d.turn, d.seq), d.seq
FROM json_to_recordset(:rows::json) AS given (id uuid, person text) JOIN deliveries d ON d.id = given.id
ON CONFLICT DO NOTHING
