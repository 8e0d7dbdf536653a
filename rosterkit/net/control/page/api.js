// Calls of the control API, and the stream of what passes.  A token, where one is needed, stays in this tab.

const KEPT = "rosterkit-token";

export class CallError extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export const keepToken = (token) => sessionStorage.setItem(KEPT, token);

const headers = (more = {}) => {
  const token = sessionStorage.getItem(KEPT);
  return token ? { ...more, authorization: `Bearer ${token}` } : more;
};

export const part = (text) => encodeURIComponent(text);

export const networkPath = (name) => `/v1/networks/${part(name)}`;

const refused = async (response) => {
  let sentence = `The server answered ${response.status}.`;
  try {
    sentence = (await response.json()).error.sentence;
  } catch { /* not one of ours: the status has to do */ }
  return new CallError(response.status, sentence);
};

// One call; gives what the JSON says, null where there is none.
export async function call(method, path, body, signal) {
  const request = { method, headers: headers(), signal };
  if (body !== undefined) {
    request.headers = headers({ "content-type": "application/json" });
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new CallError(0, "The server cannot be reached; is it still running?");
  }
  if (!response.ok) throw await refused(response);
  return response.status === 204 ? null : response.json();
}

// A file that the server makes, saved by the browser under a name.
export async function save(path, name) {
  const response = await fetch(path, { headers: headers() });
  if (!response.ok) throw await refused(response);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Follow the events of a network until `signal` says stop: `got` has the entries that came together, `lost` the
// sentence where some fell out before they could be read.  Ends when the server ends the stream.
export async function follow(path, signal, got, lost) {
  const response = await fetch(path, { headers: headers(), signal });
  if (!response.ok) throw await refused(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    const entries = [];
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (!data) continue;
      const said = JSON.parse(data.slice(6));
      if (block.startsWith("event: lost")) lost(said);
      else entries.push(said);
    }
    if (entries.length) got(entries);
  }
}
