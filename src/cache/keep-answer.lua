-- Ends a load: keeps the answer unless its person was forgotten since it began, and gives the lock back.
-- KEYS[1]: the generation, KEYS[2]: the lock, KEYS[3]: the answer. ARGV: the generation that the load began with, token,
-- the sealed answer (empty: there is none to keep), how long it is kept (ms). Gives 1 where the generation still stands, and
-- the token.
if redis.call('GET', KEYS[2]) == ARGV[1] .. ARGV[2] then
  redis.call('DEL', KEYS[2])
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return { 0, ARGV[2] }
end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
end
return { 1, ARGV[2] }
