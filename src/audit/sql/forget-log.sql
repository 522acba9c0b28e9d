-- Forgets all that is indexed of the log.
SELECT audit_forget(:log::integer)
