-- Of pushes that are to stand in for others and have their own places yet, those that would go before one that came earlier:
-- about somebody whom what they stand in for is not about, behind its place. Whatever was told to its sender before these
-- were sent is seen here; what is being accepted at the same time has no order to keep.
SELECT DISTINCT given.id
FROM json_to_recordset(:rows::json) AS given (id uuid, corrects uuid)
JOIN deliveries d ON d.id = given.corrects AND d.final_ms IS NULL
JOIN delivery_turns mine ON mine.id = given.id
JOIN delivery_turns t ON t.person = mine.person
  AND (t.turn, t.seq) > (coalesce(d.turn, d.seq), d.seq) AND (t.turn, t.seq) < (mine.turn, mine.seq)
WHERE NOT EXISTS (SELECT FROM delivery_turns named WHERE named.id = d.id AND named.person = mine.person)
