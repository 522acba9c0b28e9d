-- Those of these pushes that are dead letters without an action that is kept, or are held by one, be it from one that is
-- held to the earliest before it, so many steps at most: nothing goes on behind them before an operator decides.
WITH RECURSIVE steps AS (
  SELECT given.id AS given, given.id, 0 AS taken FROM unnest(:ids::uuid[]) AS given (id)
  UNION
  SELECT steps.given, before.id, steps.taken + 1 FROM steps CROSS JOIN LATERAL (
    SELECT earliest.id
    FROM delivery_turns mine CROSS JOIN LATERAL (
      SELECT t.id, t.turn, t.seq FROM delivery_turns t
      WHERE t.person = mine.person AND (t.turn, t.seq) < (mine.turn, mine.seq)
      ORDER BY t.turn, t.seq LIMIT 1) earliest
    WHERE mine.id = steps.id
    ORDER BY earliest.turn, earliest.seq LIMIT 1) before
  WHERE steps.taken < :stepsMax::integer
)
SELECT DISTINCT steps.given AS id
FROM steps JOIN deliveries d ON d.id = steps.id
WHERE d.state = 'dead' AND d.intention IS NULL
