import { Redis } from 'ioredis';

import { DELAY_MAX_SECONDS, type Budget, type RateLimitCounters } from './rate-limit-counters.js';

/** Counters in Redis, and the connection to it. */
export interface RedisCounters extends RateLimitCounters {
  close(): void;
}

const PREFIX = 'gatehouse:limit:';

/** A command that takes longer has failed: the caller then counts in the database, within the time that a request may take. */
const COMMAND_TIMEOUT_MS = 1_000;

/**
 * A counter is a hash of `spent` and `last`, the time of the last unit in milliseconds, which expires with its window. A set
 * lists the counters of an account. A script is atomic, and its time is that of the Redis server.
 *
 * Returns 0 when all units were taken, or the number of the first exhausted budget and the milliseconds to wait for it.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function wait(key, limit, delayFrom)
  local left = redis.call('PTTL', key)
  if left <= 0 then return 0 end
  local counter = redis.call('HMGET', key, 'spent', 'last')
  local spent, last = tonumber(counter[1]), tonumber(counter[2])
  if spent >= limit then return left end
  if delayFrom == 0 or spent < delayFrom then return 0 end
  local delay = math.min(tonumber(ARGV[1]), 2 ^ math.min(spent - delayFrom, 30)) * 1000
  return math.min(left, math.max(0, last + delay - now))
end
for i, key in ipairs(KEYS) do
  local ms = wait(key, tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i + 1]))
  if ms > 0 then return { i, ms } end
end
if ARGV[2] == 'read' then return { 0, 0 } end
for i, key in ipairs(KEYS) do
  local window, account = tonumber(ARGV[4 * i]), ARGV[4 * i + 2]
  if redis.call('HINCRBY', key, 'spent', 1) == 1 then redis.call('PEXPIRE', key, window) end
  redis.call('HSET', key, 'last', now)
  if account ~= '' then
    redis.call('SADD', account, key)
    if redis.call('PTTL', account) < window then redis.call('PEXPIRE', account, window) end
  end
end
return { 0, 0 }`;

const GIVE_BACK = `
for _, key in ipairs(KEYS) do
  local spent = tonumber(redis.call('HGET', key, 'spent') or '0')
  if spent > 0 then redis.call('HINCRBY', key, 'spent', -1) end
end`;

const RESET = `
local keys = redis.call('SMEMBERS', KEYS[1])
for _, key in ipairs(keys) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1])`;

const keyOf = (text: string) => `${PREFIX}${text}`;

const argumentsOf = ({ limit, windowSeconds, delayFrom = 0, accountKey }: Budget): (string | number)[] => [
  limit,
  windowSeconds * 1000,
  delayFrom,
  accountKey === undefined ? '' : keyOf(`account:${accountKey}`),
];

/** Redis failed, or refused a command. */
class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

/**
 * The client attaches the command to its errors: that of a refused login contains the password of REDIS_URL, which a log must
 * not. The message names neither.
 */
const withoutCommand = (error: unknown): RedisUnavailable =>
  new RedisUnavailable(error instanceof Error ? error.message : 'Redis failed.');

const isTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Command timed out';

/**
 * Opens counters in Redis. While Redis is unavailable, it reconnects in the background, and every call throws.
 *
 * A connection with a command that timed out is replaced. Until Redis answers on the new one, calls throw at once: if each of
 * them waited for its own timeout, a Redis server that hangs would delay every login.
 *
 * @param onFailure called with every failure of the connection
 */
export const openRedisCounters = async (url: string, onFailure: (error: unknown) => void): Promise<RedisCounters> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A command whose response was lost may have counted, and the database counts it as well: once more here would be twice.
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(1_000, 50 * attempt),
  });
  let isClosed = false;
  const onError = (error: unknown) => {
    if (!isClosed) onFailure(withoutCommand(error));
  };
  redis.on('error', onError);
  await redis.connect().catch(onError);

  const evaluate = async (script: string, keys: readonly string[], ...args: (string | number)[]): Promise<unknown> => {
    try {
      return await redis.eval(script, keys.length, ...keys, ...args);
    } catch (error) {
      if (isTimeout(error)) redis.disconnect(true);
      throw withoutCommand(error);
    }
  };

  const check = async (budgets: readonly Budget[], mode: 'take' | 'read') => {
    const keys = budgets.map(({ key }) => keyOf(key));
    const reply = await evaluate(TAKE, keys, DELAY_MAX_SECONDS, mode, ...budgets.flatMap(argumentsOf));
    const [number, milliseconds] = reply as [number, number];
    return number === 0
      ? undefined
      : { index: number - 1, retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)) };
  };

  return {
    take: (budgets) => check(budgets, 'take'),
    async giveBack(budgets) {
      await evaluate(
        GIVE_BACK,
        budgets.map(({ key }) => keyOf(key)),
      );
    },
    waitSeconds: async (budget) => (await check([budget], 'read'))?.retryAfterSeconds ?? 0,
    async resetAccount(accountKey) {
      await evaluate(RESET, [keyOf(`account:${accountKey}`)]);
    },
    close: () => {
      isClosed = true;
      redis.disconnect();
    },
  };
};
