import { SPARE_ENTRIES } from '../samples/sampling.js';
import { SAMPLE_FUNCTIONS } from './sample-functions.js';

/**
 * The part of the store script that looks after the sample of one group. It needs what `SAMPLE_FUNCTIONS` needs, and `limits`
 * and `again` for the reply; `elements` are those of a day.
 *
 * - `hasAll(sample, from, to)`, `hasLimitAnd(sample, marker, from, to)`: whether there is nothing to add
 * - `findLimit(key, sample, marker, isSampled)`: the limit where ES is wrong about it, and whether ES has sent too little
 * - `createSample(sample, from, to, expiry)`: makes the sample of a new bucket; returns the limit if it has one
 * - `addToSample(sample, from, to, expiry)`: adds to a sample of which ES knows no limit
 * - `addToWindow(sample, from, to)`: adds to the sample of a window, if there is one
 */
export const GROUP_SAMPLES = `
-- Whether a slot of a Cluster is being moved, and the key is on the other primary.
local function isElsewhere(reply) return string.find(reply.err, 'WRONGTYPE', 1, true) == nil end
local elements, functions
local function more()
  functions = functions or (function() ${SAMPLE_FUNCTIONS} end)()
  return functions
end
-- The limit of a sample that ES is wrong about, 0 if there is none; and whether ES has sent too little.
local function findLimit(key, sample, marker, isSampled)
  local limit = more().limitOf(sample)
  add(limits, group, limit or 0)
  if limit then return limit, limit > -1 - marker end
  return 0, isSampled and pcall('EXISTS', key) == 0
end
-- Whether a sample has all of a few elements. Then the bucket has them too.
local function hasAll(sample, from, to)
  if from == to then return pcall('SISMEMBER', sample, elements[from]) == 1 end
  if from > to or to - from >= ${SPARE_ENTRIES} then return false end
  local found = pcall('SMISMEMBER', sample, unpack(elements, from, to))
  for at = 1, to - from + 1 do
    if found[at] ~= 1 then return false end
  end
  return true
end
-- Whether a sample has a limit, and whether it has all of some codes.
local function hasLimitAnd(sample, marker, from, to)
  if from > to then return pcall('SISMEMBER', sample, marker) == 1, true end
  if to - from > 5000 then return pcall('SISMEMBER', sample, marker) == 1, false end
  local found = pcall('SMISMEMBER', sample, marker, unpack(elements, from, to))
  if found[1] ~= 1 then return false, false end
  for at = 2, to - from + 2 do
    if found[at] ~= 1 then return true, false end
  end
  return true, true
end
local function createSample(sample, from, to, expiry)
  if to - from >= k then return more().toCodes(sample, elements, from, expiry) end
  if type(bulk('SADD', sample, elements, from, to)) == 'table' or pcall('EXPIREAT', sample, expiry, 'NX') ~= 1 then
    pcall('UNLINK', sample)
    bulk('SADD', sample, elements, from, to)
    pcall('EXPIREAT', sample, expiry)
  end
end
-- How many were added, the limit if it may be news to ES, and an error.
local function addToSample(sample, from, to, expiry)
  local one = pcall('SRANDMEMBER', sample)
  if not one then return 0, 0 end
  if type(one) == 'table' then
    if isElsewhere(one) then return 0, nil, one end
    pcall('UNLINK', sample)
    return 0, 0
  end
  if tonumber(one) < 4503599627370496 then return more().addCodes(sample, more().codesOf(from, to), 1, to - from + 1) end
  if to - from >= ${SPARE_ENTRIES} then return more().addHashes(sample, from, to, expiry) end
  local added = pcall('SADD', sample, unpack(elements, from, to))
  if added == 0 or pcall('SCARD', sample) <= k then return added end
  return added, more().shrink(sample, 1, 0, expiry)
end
-- Returns an error.
local function addToWindow(sample, from, to)
  local size = pcall('SCARD', sample)
  if type(size) == 'table' then return isElsewhere(size) and size end
  while size > 0 and from <= to do
    local last = min(to, from + k - size)
    bulk('SADD', sample, elements, from, last)
    if size + to - from < k then return end
    from = last + 1
    size = pcall('SCARD', sample)
    if size > k then
      pcall('SET', sample, '', 'KEEPTTL')
      return
    end
  end
end`;
