-- The one error body of the REST edge (RFC 9457), typed statuses for gRPC clients, and the origin check.
--
-- Rendered in front of this file, from the contract and the settings:
--   REASONS           reason → { status, title, code, uri, status_bytes }
--   REASON_OF_CODE    gRPC code → reason, for statuses that carry none
--   REASON_OF_STATUS  HTTP status → reason, for answers that Envoy makes itself
--   CHOICES           enum → the names of its values
--   ALLOWED_ORIGINS   set of origins

local MEBIBYTE = 1048576
local READ_BEYOND_LIMIT_BYTES = 3 * MEBIBYTE
-- Calls are counted in windows of a minute, one of which starts every quarter of a minute: see `mark_windows`.
local WINDOW_SECONDS = 60
local STEP_SECONDS = 15
local METADATA = "hiremesh.edge"
local GRPC = "application/grpc"

-- What Envoy's response code details say more exactly than its status does. The first match counts.
local REASON_OF_DETAILS = {
  { "^jwt_authn_access_denied{Jwks_remote_fetch", "SERVICE_UNAVAILABLE" }, -- auth's keys cannot be fetched: nobody's fault but ours
  { "^jwt_authn_access_denied", "INVALID_TOKEN" }, -- a token for another audience would be a 403
  { "^lua_response", "ORIGIN_NOT_ALLOWED" },
}

-- JSON is cut apart and put together as it stands: nothing is unescaped, so nothing needs escaping again.

local function after_string(text, at)
  local from = at + 1
  while true do
    local stop = text:find('["\\]', from)
    if text:byte(stop) == 34 then
      return stop + 1
    end
    from = stop + 2
  end
end

local function after_value(text, at)
  if not text:find('^["{%[]', at) then
    return text:find("[,}%]%s]", at) or #text + 1
  end
  local depth = 0
  repeat
    at = text:find('["{}%[%]]', at)
    local mark = text:sub(at, at)
    if mark == '"' then
      at = after_string(text, at)
    else
      depth = depth + ((mark == "{" or mark == "[") and 1 or -1)
      at = at + 1
    end
  until depth == 0
  return at
end

local function members(object)
  local found = {}
  local at = object:match('^%s*{%s*()"')
  while at do
    local after_key = after_string(object, at)
    local start = object:match("^%s*:%s*()", after_key)
    local stop = after_value(object, start)
    found[object:sub(at + 1, after_key - 2)] = object:sub(start, stop - 1)
    at = object:match('^%s*,%s*()"', stop)
  end
  return found
end

local function elements(array)
  local found = {}
  local at = array:match("^%s*%[%s*()[^%]]")
  while at do
    local stop = after_value(array, at)
    found[#found + 1] = array:sub(at, stop - 1)
    at = array:match("^%s*,%s*()", stop)
  end
  return found
end

local function unquoted(text)
  return text and text:match('^"(.*)"$')
end

local function starts_with(text, prefix)
  return text ~= nil and text:sub(1, #prefix) == prefix
end

local function take(headers, name)
  local value = headers:get(name)
  headers:remove(name)
  return value
end

local function text_of(handle)
  local body = handle:body(true)
  return body:length() > 0 and body:getBytes(0, body:length()) or "{}"
end

-- A failure, however it came about:
--   reason, detail (the inside of a JSON string), metadata (list of JSON members), status, retry_after (seconds)

local function write_problem(handle, failure)
  local headers = handle:headers()
  local reason = REASONS[failure.reason] or REASONS.INTERNAL
  local status = failure.status or reason.status
  local metadata = failure.metadata or {}
  if failure.retry_after then
    headers:replace("retry-after", tostring(failure.retry_after))
    metadata[#metadata + 1] = '"retry_after_seconds":' .. failure.retry_after
  end
  local detail = failure.detail or reason.title
  local body = table.concat({
    '{"type":"', reason.uri, '","title":"', reason.title, '","status":', status, ',"detail":"', detail,
    '","success":false,"error":"', detail, '","code":"', failure.reason, '","details":{', table.concat(metadata, ","),
    '},"trace_id":"', headers:get("x-trace-id") or "", '"}',
  })
  headers:replace(":status", tostring(status))
  headers:replace("content-type", "application/problem+json")
  handle:body(true):setBytes(body)
end

local function varint(number)
  local bytes = ""
  while number > 127 do
    bytes = bytes .. string.char(number % 128 + 128)
    number = math.floor(number / 128)
  end
  return bytes .. string.char(number)
end

local function field(number, bytes)
  return string.char(number * 8 + 2) .. varint(#bytes) .. bytes
end

local function write_status(handle, failure)
  local headers = handle:headers()
  -- A path that gRPC does not know is a method that it does not know.
  local reason = REASONS[failure.reason == "NOT_FOUND" and "METHOD_NOT_ALLOWED" or failure.reason]
  local status = reason.status_bytes
  if failure.retry_after then
    -- Messages that are joined are merged: one more entry in google.rpc.Status.details.
    local delay = field(1, string.char(8) .. varint(failure.retry_after))
    status = status .. field(3, field(1, "type.googleapis.com/google.rpc.RetryInfo") .. field(2, delay))
  end
  headers:replace(":status", "200")
  headers:replace("content-type", GRPC)
  headers:replace("grpc-status", tostring(reason.code))
  headers:replace("grpc-message", reason.title)
  headers:replace("grpc-status-details-bin", handle:base64Escape(status))
  local body = handle:body() -- none for gRPC; grpc-web's answer came with one
  if body then
    body:setBytes("")
  end
end

-- The rate limit. Envoy has token buckets, which would let a 101st call pass while they refill. So every call is counted
-- in all the windows that it falls into, each a bucket of its own that does not refill. The oldest window comes first: it is
-- the fullest, so refused calls do not count in the others.

local function newest_window()
  local now = os.time()
  return now - now % STEP_SECONDS, now
end

local function mark_windows(metadata)
  local newest = newest_window()
  for index = 1, WINDOW_SECONDS / STEP_SECONDS do
    metadata:set(METADATA, "window_" .. index, tostring(newest - WINDOW_SECONDS + index * STEP_SECONDS))
  end
end

-- Until the last window that this call was counted in is over.
local function seconds_to_next_window()
  local newest, now = newest_window()
  return newest + WINDOW_SECONDS - now
end

-- Answers that Envoy made itself. `fault` is "STATUS DETAILS"; the body is that of local_reply_config.

local function reason_of_fault(status, details)
  for _, row in ipairs(REASON_OF_DETAILS) do
    if details:find(row[1]) then
      return row[2]
    end
  end
  return REASON_OF_STATUS[status] or (status < 500 and "INVALID_REQUEST" or "INTERNAL")
end

local function failure_of_fault(handle, fault)
  local status, details = fault:match("^(%d+) (.*)$")
  local failure = { reason = reason_of_fault(tonumber(status), details) }
  if failure.reason == "FILE_TOO_LARGE" then
    local limit = math.floor(handle:metadata():get("max_request_bytes") / MEBIBYTE)
    failure.detail = "File too large (max " .. limit .. "MB)"
    failure.metadata = { '"limit_bytes":"' .. limit * MEBIBYTE .. '"' }
  elseif failure.reason == "RATE_LIMITED" then
    failure.retry_after = seconds_to_next_window()
  elseif details:find("json_transcode_failure") then
    -- Says which parameter or value is at fault; what follows a line break quotes the request.
    local said = unquoted(members(text_of(handle)).detail) or ""
    local text = said:sub(1, (said:find("\\n", 1, true) or 0) - 1)
    text = text:gsub(" for type type%.googleapis%.com/([%w_.]+)", function(enum)
      return CHOICES[enum] and ": use one of " .. CHOICES[enum]
    end)
    failure.detail = text:match(".+")
  end
  return failure
end

-- Statuses of services, as the transcoder prints google.rpc.Status.

local read_detail = {
  ["google.rpc.ErrorInfo"] = function(failure, detail)
    failure.reason = unquoted(detail.reason)
    local inside = (detail.metadata or "{}"):match("^{%s*(.-)%s*}$")
    if inside ~= "" then
      table.insert(failure.metadata, inside)
    end
  end,
  ["google.rpc.BadRequest"] = function(failure, detail)
    local faults = {}
    for _, violation in ipairs(elements(detail.field_violations or "[]")) do
      local fault = members(violation)
      faults[#faults + 1] = '{"field":' .. fault.field .. ',"description":' .. fault.description .. "}"
    end
    table.insert(failure.metadata, '"fields":[' .. table.concat(faults, ",") .. "]")
  end,
  ["google.rpc.RetryInfo"] = function(failure, detail)
    failure.retry_after = math.ceil(tonumber(unquoted(detail.retry_delay):match("^[%d.]+")))
  end,
}

local function failure_of_status(body)
  local status = members(body)
  local failure = { metadata = {} }
  for _, raw in ipairs(elements(status.details or "[]")) do
    local detail = members(raw)
    local read = read_detail[detail["@type"]:match("/([^/]+)\"$")]
    if read then
      read(failure, detail)
    end
  end
  if failure.reason then
    failure.detail = unquoted(status.message)
  else
    -- The message of a status without ErrorInfo was not written for callers.
    failure.reason = REASON_OF_CODE[tonumber(status.code)] or "INTERNAL"
  end
  return failure
end

-- Answers that succeeded.

local function finish_success(handle)
  local headers = handle:headers()
  for _, name in ipairs({ "grpc-status", "grpc-message", "grpc-accept-encoding" }) do
    headers:remove(name)
  end
  local status = take(headers, "x-http-code")
  if status then
    headers:replace(":status", status)
  end
  local name = handle:metadata():get("response_field")
  if name then
    handle:body(true):setBytes(members(text_of(handle))[name] or "{}")
  end
end

-- A body that is refused by its Content-Length is not read, and clients that write all of it before they read get a reset
-- connection instead of the answer. So a body that is not far too large is read up to the limit; what is left fits into buffers.
local function count_what_is_a_little_too_large(handle)
  local headers = handle:headers()
  local limit = handle:metadata():get("max_request_bytes")
  local length = tonumber(headers:get("content-length") or 0)
  if limit and length > limit and length <= limit + READ_BEYOND_LIMIT_BYTES then
    headers:remove("content-length")
  end
end

-- EventSource cannot send headers, so streams of events take the token as `?authorization=` too. It ends here: no log, trace or service sees it
-- but as a header.
local function take_token_from_query(headers)
  local path, query = headers:get(":path"):match("^([^?]*)%?(.*)$")
  if not query then
    return
  end
  local kept = {}
  for parameter in query:gmatch("[^&]+") do
    local token = parameter:match("^authorization=(.*)$")
    if not token then
      kept[#kept + 1] = parameter
    elseif not headers:get("authorization") then
      headers:add("authorization", "Bearer " .. token)
    end
  end
  headers:replace(":path", #kept > 0 and path .. "?" .. table.concat(kept, "&") or path)
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local metadata = handle:streamInfo():dynamicMetadata()
  if starts_with(headers:get("content-type"), GRPC) then
    metadata:set(METADATA, "grpc", true)
  else
    headers:remove("grpc-timeout")
  end
  local origin = headers:get("origin")
  if origin and not ALLOWED_ORIGINS[origin] and origin:match("^https?://(.+)$") ~= headers:get(":authority") then
    handle:respond({ [":status"] = "403" }, "")
    return
  end
  if handle:metadata():get("token_in_query") then
    take_token_from_query(headers)
  end
  mark_windows(metadata)
  count_what_is_a_little_too_large(handle)
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local metadata = handle:streamInfo():dynamicMetadata():get(METADATA) or {}
  local fault = take(headers, "x-edge-fault")
  if fault and headers:get("www-authenticate") then
    headers:replace("www-authenticate", "Bearer") -- Envoy quotes the whole URL
  end
  if headers:get("x-ratelimit-reset") then
    headers:replace("x-ratelimit-reset", tostring(seconds_to_next_window()))
  end
  if metadata.grpc then
    if fault then
      write_status(handle, failure_of_fault(handle, fault))
    end
  elseif fault then
    write_problem(handle, failure_of_fault(handle, fault))
  elseif tonumber(headers:get(":status")) >= 400 then
    write_problem(handle, failure_of_status(text_of(handle)))
  else
    finish_success(handle)
  end
end
