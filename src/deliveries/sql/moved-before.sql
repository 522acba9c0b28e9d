-- Of messages that are not in hand any more, those that have this transition: it was committed, and nobody heard of it.
SELECT d.id
FROM deliveries d JOIN json_to_recordset(:rows::json) AS given (id uuid, transition jsonb) ON d.id = given.id
WHERE given.transition IS NOT NULL
  AND d.transitions @> jsonb_build_array(jsonb_build_object('id', given.transition -> 'id'))
