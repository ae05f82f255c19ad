// SPDX-License-Identifier: LGPL-2.1-or-later
// The door: looks at paths, and hands on to the Durable Object that it concerns. Who comes in, the main room says.
import { json, notSetUp, plain, refuse, refuseOther } from "./answers.js";
import { isPossible, showsToken } from "./callers.js";
import { movedAnswer } from "./moving.js";
import { BadSettings, readSettings } from "./settings.js";

export { Relay } from "./relay.js";
export { SignalingRoom } from "./room.js";

const MAIN_ROOM = "default";

// Absent and empty are the main room; null for a name that no device could have either.
function wantedRoom(url) {
  const name = url.searchParams.get("room") || MAIN_ROOM;
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : null;
}

function roomOf(env, name) {
  return env.SIGNALING_ROOM.get(env.SIGNALING_ROOM.idFromName(name));
}

function relayOf(env) {
  return env.RELAY_OBJECT.get(env.RELAY_OBJECT.idFromName(MAIN_ROOM));
}

// Without what means something between us and the objects alone, but for `ours`.
function cleaned(request, ours = {}) {
  const headers = new Headers(request.headers);
  for (const key of [...headers.keys()])
    if (key.startsWith("x-bamgate-"))
      headers.delete(key);
  for (const [key, value] of Object.entries(ours))
    headers.set(key, value);
  return new Request(request, { headers });
}

// The endpoints

// Does whoever asks belong here?
async function isKnown(header, env, settings) {
  if (showsToken(header, settings))
    return true;
  return isPossible(header, settings) && (await roomOf(env, MAIN_ROOM).admit(header, "")).id !== undefined;
}

async function status({ request, env, settings }) {
  if (!await isKnown(request.headers.get("Authorization"), env, settings))
    return json(200, { status: "ok" });
  const objects = { ...(settings.hasRelay && { relay: relayOf(env) }), room: roomOf(env, MAIN_ROOM) };
  const said = await Promise.all(Object.entries(objects).map(async ([name, object]) =>
    [name, await (await object.fetch(cleaned(request))).json()]));
  return json(200, { ...Object.fromEntries(said), status: "ok", version: settings.version });
}

// Whom the main room lets in goes to `object`, with what `ours` makes of who it is. `room`: "" is none.
async function admitTo(object, { request, env }, room, ours) {
  const { refusal, place, id, identity } = await roomOf(env, MAIN_ROOM).admit(request.headers.get("Authorization"), room);
  if (place)
    return movedAnswer(place);
  if (refusal)
    return plain(...refusal);
  return refuseOther(request) ?? object()?.fetch(cleaned(request, ours(id, identity))) ?? plain(400, "Bad room name");
}

function connect(asked) {
  const { env, url } = asked, name = wantedRoom(url);
  if (name === MAIN_ROOM)
    return ofMainRoom(asked);
  return admitTo(() => name && roomOf(env, name), asked, name ?? "",
    (id, identity) => ({ "X-Bamgate-Identity": JSON.stringify(identity) }));
}

function turn(asked) {
  if (!asked.settings.hasRelay)
    return plain(404, "Not Found");
  return admitTo(() => relayOf(asked.env), asked, "", (id) => ({ "X-Bamgate-Device": id }));
}

function ofMainRoom({ request, env }) {
  return roomOf(env, MAIN_ROOM).fetch(cleaned(request));
}

const endpoints = [
  { path: /^\/status$/, method: null, isOpen: true, answer: status },
  { path: /^\/connect$/, method: null, isOpen: false, answer: connect },
  { path: /^\/turn$/, method: null, isOpen: false, answer: turn },
  { path: /^\/invite$/, method: "POST", isOpen: false, answer: ofMainRoom },
  { path: /^\/invite\/[A-Za-z0-9-]+$/, method: "GET", isOpen: true, answer: ofMainRoom },
  { path: /^\/network-info$/, method: "GET", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/(register|refresh)$/, method: "POST", isOpen: true, answer: ofMainRoom },
  { path: /^\/auth\/leave$/, method: "POST", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/(devices|revoked)$/, method: "GET", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/devices\/[A-Za-z0-9-]+$/, method: "PATCH", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/devices\/[A-Za-z0-9-]+$/, method: "DELETE", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/invites$/, method: "GET", isOpen: false, answer: ofMainRoom },
  { path: /^\/auth\/invites\/[A-Za-z0-9-]+$/, method: "DELETE", isOpen: false, answer: ofMainRoom },
  { path: /^\/network\/log$/, method: "GET", isOpen: false, answer: ofMainRoom },
  { path: /^\/network\/log$/, method: "POST", isOpen: false, answer: ofMainRoom },
  { path: /^\/network\/export$/, method: "GET", isOpen: false, answer: ofMainRoom },
  { path: /^\/network\/import$/, method: "PUT", isOpen: false, answer: ofMainRoom },
  { path: /^\/network\/moved$/, method: "PUT", isOpen: false, answer: ofMainRoom },
];

async function dispatch(request, env) {
  const settings = readSettings(env);
  const url = new URL(request.url);
  if (url.username !== "")
    return plain(400, "Bad Host header");
  for (const { path, method, isOpen, answer } of endpoints) {
    if (!path.test(url.pathname) || (method !== null && method !== request.method))
      continue;
    if (!isOpen && !isPossible(request.headers.get("Authorization"), settings))
      return refuse(url.pathname, [401, "Unauthorized"]);
    return answer({ request, env, settings, url });
  }
  return plain(404, "Not Found");
}

export default {
  async fetch(request, env) {
    try {
      return await dispatch(request, env);
    } catch (error) {
      if (!(error instanceof BadSettings))
        throw error;
      return notSetUp(error);
    }
  },
};
