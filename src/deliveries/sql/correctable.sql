-- Whether a push of the sender may be corrected by another one.
SELECT state, corrected_by FROM deliveries WHERE id = :id::uuid AND sender = :sender AND log_index IS NOT NULL
