/**
 * The part of the store script that is about samples; `elements.ts` says what they are made of. It needs `pcall`, `bulk` and
 * the texts `elements`, and is given how many users a sample may have (`k`; 0 means that none are made).
 *
 * - `createSample(sample, from, to, expiry)`: makes the sample of a new bucket
 * - `addToSample(sample, marker, from, to, expiry)`: adds to one that may be there
 * - `limitOf(sample)`: its limit; `noLimit` if all users are in it; nil if there is none
 *
 * The first two return how many elements were added, the limit if it may be news to ES, and an error. `spoilt` is called when
 * windows must not count on the sample any more.
 *
 * A set of whole numbers is an array in ascending order as long as it is as small as `set-max-intset-entries`, so SMEMBERS
 * answers in that order. A sample that is something else is removed: the bucket then has none.
 *
 * All users are in a sample of up to `k`. One that has more is cut to the smallest hashes; one of codes has room for 4 KiB if
 * `k` is 1024, and is cut to 84 % of that when it is full, so that it is rarely cut.
 */
export const SAMPLE_FUNCTIONS = `
local noLimit, leastHash = 2147483648, 4503599627370496
local mostCodes = k - 2
local leftCodes = math.max(0, floor(mostCodes * 0.84) - 1)
local function isMissing(reply)
  return type(reply) == 'table' and string.find(reply.err, 'WRONGTYPE', 1, true) == nil
end
local function limitOf(sample)
  local members = pcall('SMEMBERS', sample)
  if members.err or #members == 0 then return nil end
  local least = tonumber(members[1])
  if least >= leastHash then return noLimit end
  return -1 - least
end
local function codeOf(element)
  local fraction, exponent = math.frexp(element - leastHash)
  if exponent < 21 then return 0 end
  return (exponent - 21) * 67108864 + floor((2 * fraction - 1) * 67108864)
end
local function isSet(sample)
  if pcall('OBJECT', 'ENCODING', sample) == 'intset' then return true end
  pcall('UNLINK', sample)
  return false
end
local function toCodes(sample, hashes, first, expiry)
  local limit = codeOf(hashes[first + leftCodes])
  local codes = { string.format('%d', -1 - limit) }
  for at = first, first + leftCodes - 1 do
    codes[#codes + 1] = string.format('%d', codeOf(hashes[at]))
  end
  pcall('UNLINK', sample)
  bulk('SADD', sample, codes, 1, #codes)
  pcall('EXPIREAT', sample, expiry)
  return limit
end
local function cut(sample)
  if not isSet(sample) then return 0 end
  local members = pcall('SMEMBERS', sample)
  local limit = -1 - members[1]
  local low, high = 2, #members + 1
  while low < high do
    local middle = floor((low + high) / 2)
    if tonumber(members[middle]) < limit then low = middle + 1 else high = middle end
  end
  local first, newLimit = low, limit
  if low > leftCodes + 2 then
    first = leftCodes + 2
    newLimit = tonumber(members[first])
  end
  bulk('SREM', sample, members, first, #members)
  if newLimit < limit then
    pcall('SREM', sample, members[1])
    pcall('SADD', sample, string.format('%d', -1 - newLimit))
  end
  return newLimit
end
local function addCodes(sample, codes, from, to, limit)
  local added = 0
  while from <= to and not (limit and tonumber(codes[from]) >= limit) do
    local room = mostCodes - pcall('SCARD', sample)
    if room < 1 then
      limit = cut(sample)
    else
      local last = min(to, from + room - 1)
      added = added + bulk('SADD', sample, codes, from, last)
      from = last + 1
    end
  end
  return added, limit
end
local function addHashes(sample, from, to, expiry)
  local added = 0
  while from <= to do
    local last = to
    if to - from >= 16 then last = min(to, from + k - pcall('SCARD', sample)) end
    local more = bulk('SADD', sample, elements, from, last)
    added = added + more
    from = last + 1
    if more > 0 and pcall('SCARD', sample) > k then
      if not isSet(sample) then return added, 0 end
      local limit = toCodes(sample, pcall('SMEMBERS', sample), 1, expiry)
      local codes = {}
      for at = from, to do codes[#codes + 1] = codeOf(elements[at]) end
      local _, newLimit = addCodes(sample, codes, 1, #codes, limit)
      return added, newLimit
    end
  end
  return added
end
local function createSample(sample, from, to, expiry)
  if to - from >= k then return 1, toCodes(sample, elements, from, expiry) end
  local added = bulk('SADD', sample, elements, from, to)
  if type(added) == 'table' or pcall('EXPIREAT', sample, expiry, 'NX') ~= 1 then
    pcall('UNLINK', sample)
    bulk('SADD', sample, elements, from, to)
    pcall('EXPIREAT', sample, expiry)
  end
  return 1
end
local function addToSample(sample, marker, from, to, expiry)
  if marker ~= '0' then return addCodes(sample, elements, from, to) end
  local one = pcall('SRANDMEMBER', sample)
  if not one then return 0, 0 end
  if isMissing(one) then return 0, nil, one end
  if type(one) == 'table' then
    pcall('UNLINK', sample)
    return 0, 0
  end
  if tonumber(one) >= leastHash then return addHashes(sample, from, to, expiry) end
  local codes = {}
  for at = from, to do codes[#codes + 1] = codeOf(elements[at]) end
  return addCodes(sample, codes, 1, #codes)
end
local function addToWindow(sample, from, to)
  local size = pcall('SCARD', sample)
  if type(size) == 'table' then return isMissing(size) and size end
  while size > 0 and from <= to do
    local last = min(to, from + k - size)
    bulk('SADD', sample, elements, from, last)
    from = last + 1
    size = pcall('SCARD', sample)
    if size > k then
      pcall('SET', sample, '', 'KEEPTTL')
      return
    end
  end
end`;
