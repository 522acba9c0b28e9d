-- Where the newest push of a log that is known here stands in that log.
SELECT log_index FROM deliveries WHERE origin = :origin AND log_index IS NOT NULL ORDER BY seq DESC LIMIT 1
