-- Begins a load: makes sure that its person has a generation, and lets one gateway go first.
-- KEYS[1]: the generation, KEYS[2]: the lock. ARGV: a new generation, how long it is needed at least (ms), token, how
-- long the lock holds (ms). Gives the generation, 1 where the lock was free, and the token.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local generation = redis.call('GET', KEYS[1])
local lock = redis.call('GET', KEYS[2])
-- Whoever began before the person was forgotten loads what nobody may wait for.
if lock and string.sub(lock, 1, #generation) == generation then
  return { generation, 0, ARGV[3] }
end
redis.call('SET', KEYS[2], generation .. ARGV[3], 'PX', ARGV[4])
return { generation, 1, ARGV[3] }
