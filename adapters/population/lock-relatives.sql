-- A person and everybody whose row names them, held in the order of the numbers, as all changes hold people: two changes
-- about relatives wait for each other, and neither is rolled back. Nobody can begin to name the person meanwhile: whoever
-- does holds them first. Foreign keys on those who are held hold nobody up.
SELECT pin
FROM person
WHERE pin = :pin OR father_pin = :pin OR mother_pin = :pin OR spouse_pin = :pin OR representative_pin = :pin
ORDER BY pin
FOR NO KEY UPDATE;
