-- The services that announced something after a number, each with its newest.
SELECT service, max(seq) AS newest FROM announcements WHERE seq > :after::bigint GROUP BY service
