-- Says of pushes which others stand in for them, from now on nobody takes them in hand, and gives those their places: what
-- is settled has none, and what was behind it may be in hand.
WITH given AS (SELECT * FROM json_to_recordset(:rows::json) AS given (id uuid, corrects uuid)),
corrected AS (
  UPDATE deliveries d SET corrected_by = given.id FROM given WHERE d.id = given.corrects
  RETURNING given.id, coalesce(d.turn, d.seq) AS turn, d.final_ms IS NULL AS stands
),
placed AS (UPDATE delivery_turns t SET turn = corrected.turn FROM corrected WHERE t.id = corrected.id AND corrected.stands)
UPDATE deliveries d SET turn = corrected.turn FROM corrected WHERE d.id = corrected.id AND corrected.stands
