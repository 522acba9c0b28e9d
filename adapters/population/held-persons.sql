-- What decides whether a change of these persons is possible.
SELECT
  person.pin,
  person.status,
  person.full_name,
  household_member.household_code,
  household_member.relation
FROM person
LEFT JOIN household_member ON household_member.pin = person.pin
WHERE person.pin IN (:first, :second);
