-- The persons whom a change is about, held until it is done: no other change can come in between. Read them afterwards:
-- what is joined to a row that had to be waited for is of before the wait.
SELECT pin
FROM person
WHERE pin IN (:first, :second)
ORDER BY pin
FOR NO KEY UPDATE;
