-- Who belongs to a household, in the order of the household book.
SELECT pin, relation
FROM household_member
WHERE household_code = :code
ORDER BY place;
