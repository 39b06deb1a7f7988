// The server's API: requests with the token, errors with their codes, and streams of events.

const TOKEN = "ragsys.token";
let base = "";
let given = null;

/** An error of the server, or of the way there (code "offline"). */
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** Ask the server at another origin, from a page that holds its chat; the token is kept nowhere. */
export function serveFrom(origin, token) {
  base = origin;
  given = token;
}

/** Keep the token for as long as this tab is open. */
export function useToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

function headers(more) {
  const token = base ? given : sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(base + path, { ...options, headers: headers(options.headers ?? {}) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { message: String(error.message), code: "offline", hint: null });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new ApiError(response.status, body?.error ?? { message: response.statusText, code: String(response.status), hint: null });
}

/** A path with its parameters; those that are empty are left out. */
export function address(path, parameters = {}) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(kept).toString();
  return query ? `${path}?${query}` : path;
}

export async function get(path, parameters) {
  return (await send(address(path, parameters), {})).json();
}

export async function post(path, body, parameters) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await send(address(path, parameters), options)).json();
}

export async function remove(path, parameters) {
  return (await send(address(path, parameters), { method: "DELETE" })).json();
}

export async function upload(path, file, parameters) {
  const form = new FormData();
  form.append("file", file);
  return (await send(address(path, parameters), { method: "POST", body: form })).json();
}

/** The events of a stream as they come: `{name, data}`. With a body it is a POST. */
export async function* events(path, { body, parameters, signal } = {}) {
  const options = { signal, headers: { Accept: "text/event-stream" } };
  if (body) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const reader = (await send(address(path, parameters), options)).body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    let end;
    while ((end = held.indexOf("\n\n")) >= 0) {
      const lines = held.slice(0, end).split("\n");
      held = held.slice(end + 2);
      const field = (name) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      const data = field("data").join("\n");
      if (data) yield { name: field("event")[0] ?? "message", data: JSON.parse(data) };
    }
  }
}
