-- The pushes that were accepted under these names.
SELECT d.id, d.origin, d.log_index, d.message_digest, d.sender, d.service, d.message_name
FROM json_to_recordset(:names::json) AS given (sender text, service text, message_name text)
JOIN deliveries d ON d.sender = given.sender AND d.service = given.service
  AND d.message_name = decode(given.message_name, 'base64')
