-- What wrk sends for bench/storage_sizes.py: gmail_list_connections of some user, another each time. USERS says how many
-- there are. Prints one line of JSON at the end.
local users = tonumber(os.getenv("USERS"))
wrk.method, wrk.path = "POST", "/tools/gmail_list_connections"
wrk.headers["Content-Type"] = "application/json"

function init() math.randomseed(os.time()) end

function request()
  return wrk.format(nil, nil, nil, string.format('{"user_id": "user-%d"}', math.random(0, users - 1)))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('RESULT {"requests": %d, "duration_us": %d, "errors": %d, "p99_us": %d}', summary.requests,
    summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency:percentile(99)))
end
