-- Says of gateways that are gone that they have nothing in their hand any more. What is locked may still be in it.
UPDATE delivery_gateways g SET cleared = true
WHERE g.origin = ANY (:gone::text[])
  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.worker = g.origin AND d.final_ms IS NULL)
