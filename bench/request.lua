-- What wrk sends, by the plan that bench/measure.py writes: its requests in turns, with the id of the
-- next message and of the next connection put in. Prints one line of JSON at the end.

-- The text as a list of pieces; a mark becomes the name of what belongs there.
local function take_apart(text, marks)
  local pieces = {}
  while #text > 0 do
    local at, mark = #text + 1, nil
    for name, one in pairs(marks) do
      local found = text:find(one, 1, true)
      if found and found < at then at, mark = found, name end
    end
    table.insert(pieces, { text = text:sub(1, at - 1) })
    if mark then table.insert(pieces, { place = mark }) end
    text = text:sub(at + (mark and #marks[mark] or 0))
  end
  return pieces
end

local plan, requests
local sent = 0

function init(arguments)
  plan = dofile(arguments[1])
  requests = {}
  local marks = { connection = plan.connection_mark, message = plan.message_mark }
  for _, one in ipairs(plan.requests) do
    local raw = wrk.format(one.method, one.path, one.headers, #one.body > 0 and one.body or nil)
    table.insert(requests, take_apart(raw, marks))
  end
end

function request()
  local number = sent
  sent = sent + 1
  if plan.distinct > 0 then number = number % plan.distinct end
  number = plan.first + number
  local pieces = requests[(sent - 1) % #requests + 1]
  local out = {}
  for i, piece in ipairs(pieces) do
    if piece.text then
      out[i] = piece.text
    elseif piece.place == "message" then
      out[i] = plan.kind .. string.format("%015x", number)
    else
      out[i] = plan.connections[number % #plan.connections + 1]
    end
  end
  return table.concat(out)
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "duration_us": %d, "errors": %d, "p50_us": %d, "p99_us": %d}',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
