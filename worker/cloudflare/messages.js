// SPDX-License-Identifier: LGPL-2.1-or-later
// The frames of a room (docs/protocol.md, Messages), read as strictly as the hub does.
import { utf8Length } from "./core.js";

const MAX_DEPTH = 16;
const MAX_ROUTES = 64;
const MAX_METADATA = 32;
const MAX_NAME = 255;
const PRESENCE_LEFT = 1;

// Sent by those who keep their line open; auto-response answers it with the same, and wakes nobody.
export const HEARTBEAT = '{"type":"heartbeat"}';

class Malformed extends Error {}

function need(condition) {
  if (!condition)
    throw new Malformed();
}

function checkShape(value, depth) {
  need(depth <= MAX_DEPTH);
  if (typeof value === "string") {
    need(value.isWellFormed() && !value.includes("\0"));
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      need(key.isWellFormed() && !key.includes("\0"));
      checkShape(inner, typeof inner === "object" ? depth + 1 : depth);
    }
  }
}

function isText(value) {
  return typeof value === "string";
}

export function isName(text) {
  return isText(text) && text !== "" && !/\p{Cc}/u.test(text) && utf8Length(text) <= MAX_NAME;
}

// Absent and null are undefined.
function field(object, key) {
  return Object.hasOwn(object, key) ? object[key] ?? undefined : undefined;
}

function text(object, key) {
  const value = field(object, key);
  need(value === undefined || isText(value));
  return value;
}

function name(object, key) {
  const value = text(object, key);
  need(isName(value));
  return value;
}

function number(object, key, max) {
  const value = field(object, key) ?? 0;
  need(Number.isInteger(value) && value >= 0 && value <= max);
  return value;
}

function texts(object, key, max) {
  const value = field(object, key) ?? [];
  need(Array.isArray(value) && value.every(isText));
  return value.slice(0, max);
}

function metadata(object) {
  const value = field(object, "metadata");
  need(value === undefined || (typeof value === "object" && !Array.isArray(value)));
  const pairs = Object.entries(value ?? {});
  need(pairs.every(([key, inner]) => isText(key) && isText(inner)));
  return pairs.slice(0, MAX_METADATA);
}

function pairs(list) {
  return `{${list.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`;
}

function entryOf(peer) {
  const fields = [];
  if (peer.address)
    fields.push(["address", JSON.stringify(peer.address)]);
  if (peer.metadata.length)
    fields.push(["metadata", pairs(peer.metadata.sort().map(([key, value]) => [key, JSON.stringify(value)]))]);
  fields.push(["peerId", JSON.stringify(peer.id)], ["publicKey", JSON.stringify(peer.key)]);
  if (peer.routes.length)
    fields.push(["routes", JSON.stringify(peer.routes)]);
  return pairs(fields);
}

// Whether the sender understands lists that say who left.
function takesLeft(object) {
  const addition = field(object, "bamgate");
  need(addition === undefined || (typeof addition === "object" && !Array.isArray(addition)));
  return addition !== undefined && number(addition, "presence", 0xffff) >= PRESENCE_LEFT;
}

function readJoin(object) {
  const peer = {
    id: name(object, "peerId"),
    key: text(object, "publicKey") ?? "",
    address: text(object, "address"),
    routes: texts(object, "routes", MAX_ROUTES),
    metadata: metadata(object),
  };
  return { join: { id: peer.id, key: peer.key, address: peer.address, entry: entryOf(peer), takesLeft: takesLeft(object) } };
}

function checkAddition(object) {
  const addition = field(object, "bamgate");
  need(addition === undefined || (typeof addition === "object" && !Array.isArray(addition)));
  if (addition === undefined)
    return;
  for (const key of ["implementation", "mac", "proof"])
    text(addition, key);
  for (const key of ["paths", "routes", "dns", "search", "exit"])
    texts(addition, key, 0);
  number(addition, "control", 0xffff);
  number(addition, "time", 2 ** 63);
}

function readDescription(object) {
  const ends = { from: name(object, "from"), to: name(object, "to") };
  need(text(object, "sdp") !== undefined);
  text(object, "publicKey");
  checkAddition(object);
  return { route: ends };
}

function readCandidate(object) {
  const ends = { from: name(object, "from"), to: name(object, "to") };
  need(text(object, "candidate") !== undefined);
  return { route: ends };
}

const readers = new Map([
  ["join", readJoin],
  ["offer", readDescription],
  ["answer", readDescription],
  ["ice-candidate", readCandidate],
]);

// What `read` makes of the object that the text is; null where it is none, or `read` finds a fault.
function readObject(text, read) {
  try {
    const object = JSON.parse(text);
    need(object !== null && typeof object === "object" && !Array.isArray(object));
    return read(object);
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError)
      return null;
    throw error;
  }
}

// { join: { id, key, address, entry, takesLeft } }, { route: { from, to } }, or null for what is to be ignored.
export function readFrame(frame) {
  return readObject(frame, (object) => {
    checkShape(object, 1);
    return readers.get(text(object, "type"))?.(object) ?? null;
  });
}

// The body of a request, one object of JSON; null where it is none.
export function readBody(text) {
  return readObject(text, (object) => {
    checkShape(object, 1);
    return object;
  });
}

// What was written into an entry: { id, key, address }; null where it is none.
export function readEntry(entry) {
  return readObject(entry, (object) => {
    const { id, key, address } = readJoin(object).join;
    return { id, key, address };
  });
}

// What devices hear of the whole network: how many entries its log has, how many devices wait, how many keys were revoked.
export function networkFrame(log, pending, revoked) {
  return `{"log":${log},"pending":${pending},${revoked > 0 ? `"revoked":${revoked},` : ""}"type":"network"}`;
}
