-- Refresh tokens, each used once and replaced by its successor out of the answer. The file WRK_BODIES holds tokens, a line each,
-- more of them than there are connections; WRK_FORM is the rest of the form. The last line printed is that of request.lua.
local path, form, tokens = os.getenv("WRK_PATH"), os.getenv("WRK_FORM"), {}

function init()
  for token in io.lines(os.getenv("WRK_BODIES")) do
    tokens[#tokens + 1] = token
  end
end

local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local first, last = 1, nil

function request()
  last = last or #tokens
  local token = tokens[first]
  tokens[first] = nil
  first = first + 1
  return wrk.format("POST", path, headers, form .. "&refresh_token=" .. (token or "none_is_left"))
end

function response(status, _, body)
  local successor = body:match('"refresh_token":"([^"]+)"')
  if status == 200 and successor then
    last = last + 1
    tokens[last] = successor
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.timeout + e.status))
end
