import { SPARE_ENTRIES } from '../samples/sampling.js';
import { SAMPLE_FUNCTIONS } from './sample-functions.js';

/**
 * The part of the store script that looks after the sample of one group. It needs what `SAMPLE_FUNCTIONS` needs, and `limits`
 * and `again` for the reply; `elements` are those of a day.
 *
 * - `look(sample, marker, from, to)`: whether there is nothing to add; whether ES has sent too little; an error
 * - `findMoved(prefix, windows)`: an error if a slot of a Cluster is being moved, and a window with it
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
-- What Redis knows before anything is written: whether there is nothing to add; whether ES has sent too little; an error.
local function look(sample, marker, from, to)
  if marker == '-1' then return true, pcall('EXISTS', sample) ~= 0 end
  local isKnown = marker == '0'
  if not isKnown and from > to then
    local isThere = pcall('SISMEMBER', sample, marker) == 1
    return isThere, not isThere
  end
  local isFew = to - from < ${SPARE_ENTRIES}
  local found
  if isKnown then
    found = pcall('SMISMEMBER', sample, unpack(elements, from, isFew and to or from))
  else
    found = pcall('SMISMEMBER', sample, marker, unpack(elements, from, isFew and to or from - 1))
    if found[1] ~= 1 then return false, true end
  end
  if found.err then
    if isElsewhere(found) then return false, false, found end
    pcall('UNLINK', sample)
  end
  if not isFew then return false end
  for at = 1, #found do
    if found[at] ~= 1 then return false end
  end
  return not found.err
end
-- Whether a window or its sample is on another primary. Only a Cluster has others.
local function findMoved(prefix, windows)
  for w = 1, #windows do
    local window = prefix .. windows[w]
    local found = pcall('EXISTS', window, window .. ':sample')
    if type(found) == 'table' then return found end
  end
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
