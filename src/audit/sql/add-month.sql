-- Makes the partition of a month, unless it is there.
SELECT audit_add_month(:month::date)
