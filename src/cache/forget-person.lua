-- Forgets a person: what was kept under the generation before counts nowhere any more.
-- KEYS[1]: the generation. ARGV: the new one, how long it is kept at least (ms). It outlives whatever was bound to the last.
local keptMs = math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[2]))
-- A full server takes a new value only in the place of what was deleted before it.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', keptMs)
return 1
