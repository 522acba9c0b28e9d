-- Enters a person at the end of the household book.
INSERT INTO household_member (pin, household_code, place, relation)
SELECT CAST(:pin AS char(12)), CAST(:code AS varchar), coalesce(max(place), -1) + 1, CAST(:relation AS varchar)
FROM household_member
WHERE household_code = :code;
