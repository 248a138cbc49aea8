-- One request over and over, or one after another of many: the file WRK_BODIES holds a form body a line. Without it a GET.
-- Every request is formatted before the load starts, and answers are not looked at: wrk itself counts statuses above 399.
-- The last line it prints is JSON: requests, microseconds, latencies in microseconds, errors.
local path, file = os.getenv("WRK_PATH"), os.getenv("WRK_BODIES")
local made, count, at = {}, 0, 0

function init()
  local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
  for body in (file and io.lines(file) or ipairs({})) do
    count = count + 1
    made[count] = wrk.format("POST", path, form, body)
  end
  if count == 0 then
    count, made[1] = 1, wrk.format("GET", path)
  end
end

function request()
  at = at % count + 1
  return made[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
end
