-- Social insurance and the latest health card of a person who has either.
SELECT s.number, s.status, s.since_date,
       h.card_number, h.card_group, h.benefit_level, h.valid_from, h.valid_to, h.facility, h.suspended
FROM person p
LEFT JOIN social_insurance s ON s.pin = p.pin
LEFT JOIN health_card h ON h.pin = p.pin
WHERE p.pin = :pin
  AND (s.pin IS NOT NULL OR h.pin IS NOT NULL)
