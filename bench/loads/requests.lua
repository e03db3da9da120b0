-- Requests made beforehand, so that making them costs the generator nothing. Arguments: what to send,
-- how many segments, how many users, how many lines a body has, whether 503 is counted instead of a
-- failure, and a credential to send, if any.
local requests, at = {}, 0
local json = { ['content-type'] = 'application/json' }
local ndjson = { ['content-type'] = 'application/x-ndjson' }
local memberships_made = 80000

local function membership(segment, user)
  return string.format('{"segment":"s%d","user_id":"u%d"}', segment, user)
end

local makers = {
  post = function(segment, user)
    return wrk.format('POST', nil, json, membership(segment, user))
  end,
  pfadd = function(segment, user)
    return wrk.format('GET', string.format('/PFADD/s%d/u%d', segment, user))
  end,
  get = function(segment)
    return wrk.format('GET', string.format('/segment/s%d', segment))
  end,
  url = function()
    return wrk.format('GET')
  end,
}

-- A body of NDJSON, in which the segments take turns too.
local function lines_maker(segments, users, lines)
  local line = 0
  return function()
    local body = {}
    for i = 1, lines do
      line = line + 1
      body[i] = membership(line % segments, math.random(users))
    end
    return wrk.format('POST', nil, ndjson, table.concat(body, '\n'))
  end
end

refused = 0
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

local function count_refused(status)
  if status == 503 then refused = refused + 1 end
end

function init(args)
  local segments, users, lines = tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  -- wrk reads headers for a script with this function, which costs it time.
  if args[5] == 'true' then response = count_refused end
  if args[6] and args[6] ~= '' then
    json.authorization = 'Bearer ' .. args[6]
  end
  math.randomseed(7)
  local make = makers[args[1]] or lines_maker(segments, users, lines)
  local made = args[1] == 'lines' and memberships_made / lines or math.max(20000, 2 * segments)
  for i = 1, made do
    -- Every segment in turn, so that what was made before a run stays used in it.
    requests[i] = make(i % segments, math.random(users))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get('refused') end
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout - refused
  io.write(string.format('RESULT {"requests":%d,"refused":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, refused, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, failed))
end
