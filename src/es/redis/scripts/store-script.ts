import { GROUP_SAMPLES } from './group-samples.js';
import { SCRIPT_CHECKS } from './script-checks.js';

/**
 * Stores groups.
 *
 * | input                   | what                                                                                 |
 * |-------------------------|--------------------------------------------------------------------------------------|
 * | KEYS[1]                 | the registry                                                                         |
 * | then for each group     | its bucket; without any group one bucket that permissions are checked on             |
 * | ARGV[1]                 | the first UTC day that is counted                                                    |
 * | ARGV[2]                 | the maximum of entries in the registry; 0 means no limit                             |
 * | ARGV[3]                 | the deadline, in milliseconds by the clock of Redis; 0 means no deadline             |
 * | ARGV[4]                 | for what is stored again, when its tombstones were read, in microseconds by the      |
 * |                         | clock of Redis: segments that were deleted later are left out; 0 for what is new     |
 * | ARGV[5]                 | how many users a sample may have; -1: those that are there are removed               |
 * | ARGV[6]                 | 1 on a Cluster, where keys may have moved                                            |
 * | then for each day       | the day, when its buckets expire, and joined texts: the windows that it is in, as in |
 * |                         | their keys behind the prefix of a segment; for each of its groups how many user ids  |
 * |                         | and elements it has, and if ES knows the limit of its sample, the element for that:  |
 * |                         | "3", or "3,-124,2"; all user ids; 1 if new buckets get a sample; all elements        |
 *
 * | reply                   | what                                                                                 |
 * |-------------------------|--------------------------------------------------------------------------------------|
 * | [1] changed             | groups that changed a register                                                       |
 * | [2] refused             | groups that were not stored because there is no room                                 |
 * | [3] failed              | groups that failed, each followed by the error                                       |
 * | [4] time                | TIME of Redis, in microseconds                                                       |
 * | [5] known               | groups whose segment became known                                                    |
 * | [6] limits              | groups of whose sample ES may not know the limit, each followed by it                |
 * | [7] again               | groups that were not stored, because their sample has another limit than ES believes |
 * | LATE                    | the deadline was over, and nothing was done                                          |
 * | NOPERM                  | the user lacks a permission, and nothing was done                                    |
 * | WRONGTYPE               | the registry is no sorted set, and nothing was done                                  |
 *
 * Each argument costs Redis and ES more than a part of a joined text. Windows and samples are in the slot of their bucket, so
 * they are not declared as keys. Names have no line feeds.
 *
 * A PFADD that does not change the bucket would not change a window that includes the bucket, and a missing window is
 * merged when it is first counted. EXPIREAT NX answers 1 only for the first membership of a bucket; only then is the
 * registry updated. Lua passes at most some thousands of arguments in one call.
 *
 * After a bucket has changed, no later step may fail: if the same batch is sent again, it does not change the bucket, so
 * the script would never repeat the failed step. Therefore permissions and the type of the registry are checked first, and
 * a bucket that is not a HyperLogLog fails only its own group. A window that is not a HyperLogLog is deleted, and merged
 * again later. If Redis refuses all writes (full, read-only), it refuses the first one.
 *
 * Samples: `group-samples.ts`. A sample is made in the call that makes its bucket, so one that is there has every
 * membership of the bucket; a bucket without one never gets one. Where it was lost, windows lose theirs. A PFADD that changes
 * nothing may still have a user that a sample lacks. ES sends only what is below the limit that it has been told, and a
 * group is not stored if the limit is higher by now, because its segment was deleted or Redis has lost something.
 *
 * Room is checked once, and for each group only if the call could fill the registry. Expired entries make room.
 * ZREMRANGEBYSCORE is called only if necessary: it counts as a write, after which Redis no longer refuses a script that
 * needs more memory.
 */
export const STORE_SCRIPT = `${SCRIPT_CHECKS}
local pcall, min = redis.pcall, math.min
local registry, firstDay, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local bucket = KEYS[2]
if not (isAllowed('TIME') and isAllowed('PFADD', bucket, '') and isAllowed('EXPIREAT', bucket, 0, 'NX') and isAllowed('EXISTS', bucket) and isAllowed('UNLINK', bucket)
  and isAllowed('ZADD', registry, 0, '') and isAllowed('ZREMRANGEBYSCORE', registry, 0, 0) and isAllowed('ZCARD', registry)
  and isAllowed('ZSCORE', registry, '') and isAllowed('ZCOUNT', registry, 0, 0) and isAllowed('GET', bucket)) then return denied end
local time = redis.call('TIME')
if isLate(time, tonumber(ARGV[3])) then return late end
local size = pcall('ZCARD', registry)
if type(size) == 'table' then return size end
local k = tonumber(ARGV[5])
if k > 0 and not (isAllowed('SADD', bucket, 0) and isAllowed('SREM', bucket, 0) and isAllowed('SCARD', bucket) and isAllowed('SMEMBERS', bucket)
  and isAllowed('SISMEMBER', bucket, 0) and isAllowed('SMISMEMBER', bucket, 0) and isAllowed('SRANDMEMBER', bucket) and isAllowed('OBJECT', 'ENCODING', bucket) and isAllowed('SET', bucket, '')) then k = -1 end
local function bulk(command, key, ids, from, to)
  if to - from < 5000 then return pcall(command, key, unpack(ids, from, to)) end
  local changed = 0
  for first = from, to, 5000 do
    local more = pcall(command, key, unpack(ids, first, min(first + 4999, to)))
    if type(more) == 'table' then return more end
    changed = changed + more
  end
  return changed
end
local function split(text, part)
  local parts, count = {}, 0
  for one in string.gmatch(text, part) do
    count = count + 1
    parts[count] = one
  end
  return parts
end
local function add(list, one, other)
  list[#list + 1] = one
  list[#list + 1] = other
end
local changed, refused, failed, newlyKnown, limits, again, group, hasRoom = {}, {}, {}, {}, {}, {}, 0
if limit > 0 and size + #KEYS > limit then
  local function isFull() return pcall('ZCARD', registry) >= limit end
  hasRoom = function(key)
    if pcall('EXISTS', key) == 1 or pcall('ZSCORE', registry, string.match(key, '{(.*)}')) then return true end
    if isFull() and pcall('ZCOUNT', registry, '-inf', '(' .. firstDay) > 0 then
      pcall('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
    end
    return not isFull()
  end
end
local since = tonumber(ARGV[4])
local function isDeleted(key)
  -- The tombstone is in the same slot as the bucket.
  local deletedAt = since > 0 and pcall('GET', string.match(key, '^.-}') .. ':deleted')
  return type(deletedAt) == 'string' and (tonumber(deletedAt) or 0) > since
end
${GROUP_SAMPLES}
local isClean, lastNew
local isCluster = ARGV[6] == '1'
for valueAt = 7, #ARGV, 7 do
  local day, expiry, windows = ARGV[valueAt], ARGV[valueAt + 1], split(ARGV[valueAt + 2], '[^\\n]+')
  local ids, to, last = nil, 0, 0
  local isSampled = ARGV[valueAt + 5] == '1'
  elements = split(ARGV[valueAt + 6], '[^\\n]+')
  for size, marker, count in string.gmatch(ARGV[valueAt + 3], '([^ ,]+),?([^ ,]*),?([^ ]*)') do
    if marker == '' then marker, count = '0', size end
    local from, first = to + 1, last + 1
    to, last = to + size, last + count
    group = group + 1
    local key = KEYS[group + 1]
    local sample = key .. ':sample'
    if hasRoom and not hasRoom(key) then
      refused[#refused + 1] = group
    elseif not isDeleted(key) then
      local isWhole, isTooLow, problem
      if k > 0 then isWhole, isTooLow, problem = look(sample, marker, first, last) end
      local isKnown = isWhole and marker == '0'
      if isCluster and not (isKnown or isTooLow or problem) then problem = findMoved(string.match(key, '^.-}:'), windows) end
      if isTooLow then
        again[#again + 1] = group
      elseif problem then
        add(failed, group, 'TRYAGAIN ' .. problem.err)
      elseif not isKnown then
        ids = ids or split(ARGV[valueAt + 4], '[^\\n]+')
        local added = bulk('PFADD', key, ids, from, to)
        if type(added) == 'table' then
          add(failed, group, added.err)
        else
          local isNew = added > 0 and pcall('EXPIREAT', key, expiry, 'NX') == 1
          if isNew then
            if not isClean then pcall('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay) end
            isClean = true
            if pcall('ZADD', registry, 'GT', day, string.match(key, '{(.*)}')) == 1 then newlyKnown[#newlyKnown + 1] = group end
            if lastNew ~= day then
              pcall('EXPIREAT', registry, expiry, 'NX')
              pcall('EXPIREAT', registry, expiry, 'GT')
              lastNew = day
            end
          end
          local sampled, newLimit, isSpoilt = 0
          if isNew and k > 0 and isSampled and marker == '0' then
            sampled, newLimit = 1, createSample(sample, first, last, expiry)
          elseif isNew or k < 0 then
            isSpoilt = pcall('UNLINK', sample) == 1 or isNew
          elseif isWhole or first > last then
            -- It has all that it needs.
          elseif marker == '0' then
            sampled, newLimit, problem = addToSample(sample, first, last, expiry)
          else
            sampled, newLimit = more().addCodes(sample, elements, first, last)
          end
          if newLimit then
            add(limits, group, newLimit)
            isSpoilt = true
          end
          if added > 0 or sampled > 0 or isSpoilt then
            local prefix = string.match(key, '^.-}:')
            for w = 1, #windows do
              local window = prefix .. windows[w]
              if added > 0 and pcall('EXISTS', window) == 1 and type(bulk('PFADD', window, ids, from, to)) == 'table' then
                pcall('UNLINK', window)
              end
              if isSpoilt then
                pcall('UNLINK', window .. ':sample')
              elseif sampled > 0 and marker == '0' then
                problem = addToWindow(window .. ':sample', first, last) or problem
              end
            end
            if not problem then changed[#changed + 1] = group end
          end
          if problem then add(failed, group, 'TRYAGAIN ' .. problem.err) end
        end
      end
    end
  end
end
return { changed, refused, failed, time[1] * 1000000 + time[2], newlyKnown, limits, again }`;
