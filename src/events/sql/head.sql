-- The newest number, the highest forgotten one, and whether there is something to number.
SELECT last, forgotten, EXISTS (SELECT FROM announcements WHERE seq IS NULL) AS unnumbered FROM announcement_numbers
