/**
 * The part of the store script that is about samples; `elements.ts` says what they are made of. It needs `pcall`, `bulk`,
 * the number of users that a sample may have (`k`) and the `elements` of a day, of which each group has some.
 *
 * - `addHashes(sample, from, to, expiry)`: adds to a sample that was found to have all users
 * - `shrink(sample, from, to, expiry)`: gives a limit to one that has got more users than it may have; then adds the others
 * - `addCodes(sample, codes, from, to)`: adds to one that has a limit
 * - `toCodes(sample, hashes, from, expiry)`: makes one with a limit, of more hashes than it may have
 * - `codesOf(from, to)`: elements of a sample without a limit, as those of one that has one
 *
 * They return how many elements were added, and the limit if it may be news to ES: 0 if there is no sample any more.
 *
 * A set of whole numbers is an array in ascending order as long as it has at most `set-max-intset-entries`, so SMEMBERS
 * answers in that order. A sample that is something else is removed: the bucket then has none.
 *
 * All users are in a sample of up to `k`. One that has more is cut to the smallest hashes; one of codes has room for 4 KiB if
 * `k` is 1024, and is cut to 84 % of that when it is full, so that it is rarely cut.
 *
 * These functions are made when they are first needed, which is rare: it takes as long as a command.
 */
export const SAMPLE_FUNCTIONS = `
local leastHash, floor = 4503599627370496, math.floor
local mostCodes = k - 2
local leftCodes = math.max(0, floor(mostCodes * 0.84) - 1)
local function codeOf(element)
  local fraction, exponent = math.frexp(element - leastHash)
  if exponent < 21 then return 0 end
  return (exponent - 21) * 67108864 + floor((2 * fraction - 1) * 67108864)
end
local function codesOf(from, to)
  local codes = {}
  for at = from, to do codes[#codes + 1] = codeOf(elements[at]) end
  return codes
end
local function isArray(sample)
  if pcall('OBJECT', 'ENCODING', sample) == 'intset' then return true end
  pcall('UNLINK', sample)
  return false
end
local function toCodes(sample, hashes, from, expiry)
  local limit = codeOf(hashes[from + leftCodes])
  local codes = { -1 - limit }
  for at = from, from + leftCodes - 1 do codes[#codes + 1] = codeOf(hashes[at]) end
  pcall('UNLINK', sample)
  bulk('SADD', sample, codes, 1, #codes)
  pcall('EXPIREAT', sample, expiry)
  return limit
end
local function cut(sample)
  if not isArray(sample) then return 0 end
  local members = pcall('SMEMBERS', sample)
  local limit = -1 - members[1]
  local first, beyond = 2, #members + 1
  while first < beyond do
    local middle = floor((first + beyond) / 2)
    if tonumber(members[middle]) < limit then first = middle + 1 else beyond = middle end
  end
  local newLimit = limit
  if first > leftCodes + 2 then
    first = leftCodes + 2
    newLimit = tonumber(members[first])
  end
  bulk('SREM', sample, members, first, #members)
  if newLimit < limit then
    pcall('SREM', sample, members[1])
    pcall('SADD', sample, -1 - newLimit)
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
      local last = math.min(to, from + room - 1)
      added = added + bulk('SADD', sample, codes, from, last)
      from = last + 1
    end
  end
  return added, limit
end
local function shrink(sample, from, to, expiry)
  if not isArray(sample) then return 0 end
  local limit = toCodes(sample, pcall('SMEMBERS', sample), 1, expiry)
  local _, newLimit = addCodes(sample, codesOf(from, to), 1, to - from + 1, limit)
  return newLimit
end
local function addHashes(sample, from, to, expiry)
  local added = 0
  while true do
    local size = pcall('SCARD', sample)
    if size > k then return added, shrink(sample, from, to, expiry) end
    if from > to then return added end
    local last = math.min(to, from + k - size)
    added = added + bulk('SADD', sample, elements, from, last)
    from = last + 1
  end
end
return { toCodes = toCodes, codesOf = codesOf, addCodes = addCodes, addHashes = addHashes, shrink = shrink }`;
