-- Requests made beforehand, so that making them costs the generator nothing. Arguments: what to send,
-- how many segments, how many users, and a credential to post with, if any.
local requests, at = {}, 0
local headers = { ['content-type'] = 'application/json' }

local makers = {
  post = function(segment, user)
    local body = string.format('{"segment":"s%d","user_id":"u%d"}', segment, user)
    return wrk.format('POST', nil, headers, body)
  end,
  pfadd = function(segment, user)
    return wrk.format('GET', string.format('/PFADD/s%d/u%d', segment, user))
  end,
  get = function(segment)
    return wrk.format('GET', string.format('/segment/s%d', segment))
  end,
}

function init(args)
  local make, segments, users = makers[args[1]], tonumber(args[2]), tonumber(args[3])
  if args[4] and args[4] ~= '' then headers.authorization = 'Bearer ' .. args[4] end
  math.randomseed(7)
  for i = 1, math.max(20000, 2 * segments) do
    -- Every segment in turn, so that what was made before a run stays used in it.
    requests[i] = make(i % segments, math.random(users))
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, failed))
end
