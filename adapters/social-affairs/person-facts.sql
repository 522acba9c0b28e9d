-- What decides about a person's benefits: birth, known death, social insurance, and the household's class in the latest review.
SELECT p.date_of_birth, p.deceased_on, s.status AS social_insurance, h.class AS poverty
FROM person p
LEFT JOIN social_insurance s ON s.pin = p.pin
LEFT JOIN household_poverty h
  ON h.household_code = p.household_code
  AND h.review_year = (SELECT MAX(review_year) FROM household_poverty)
WHERE p.pin = :pin
