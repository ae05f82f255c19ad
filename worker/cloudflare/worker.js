// SPDX-License-Identifier: LGPL-2.1-or-later
// The door: looks at tokens and paths, and hands on to the Durable Object that it concerns.
import { timingSafeEqual } from "node:crypto";
import { json, notSetUp, plain } from "./answers.js";
import { BadSettings, readSettings } from "./settings.js";

export { Relay } from "./relay.js";
export { SignalingRoom } from "./room.js";

const MAIN_ROOM = "default";

function isAuthorized(request, settings) {
  const header = Buffer.from(request.headers.get("Authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${settings.token}`);
  return header.length === wanted.length && timingSafeEqual(header, wanted);
}

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

// Without what means something between us and the objects alone.
function cleaned(request) {
  const headers = new Headers(request.headers);
  for (const key of [...headers.keys()])
    if (key.startsWith("x-bamgate-"))
      headers.delete(key);
  headers.delete("Authorization");
  return new Request(request, { headers });
}

function isUpgrade(request) {
  return request.headers.get("Upgrade")?.toLowerCase() === "websocket";
}

function refuseUpgrade(request, room) {
  if (!isUpgrade(request))
    return plain(426, "Expected a WebSocket upgrade", { Upgrade: "websocket" });
  return room === null ? plain(400, "Bad room name") : null;
}

// The endpoints

async function status({ request, env, settings }) {
  if (!isAuthorized(request, settings))
    return json(200, { status: "ok" });
  const objects = { ...(settings.hasRelay && { relay: relayOf(env) }), room: roomOf(env, MAIN_ROOM) };
  const said = await Promise.all(Object.entries(objects).map(async ([name, object]) =>
    [name, await (await object.fetch(cleaned(request))).json()]));
  return json(200, { ...Object.fromEntries(said), status: "ok" });
}

function connect({ request, env, url }) {
  const name = wantedRoom(url);
  return refuseUpgrade(request, name) ?? roomOf(env, name).fetch(cleaned(request));
}

function turn({ request, env, settings }) {
  if (!settings.hasRelay)
    return plain(404, "Not Found");
  return refuseUpgrade(request, MAIN_ROOM) ?? relayOf(env).fetch(cleaned(request));
}

function ofMainRoom({ request, env }) {
  return roomOf(env, MAIN_ROOM).fetch(cleaned(request));
}

const endpoints = [
  { path: /^\/status$/, method: null, needsToken: false, answer: status },
  { path: /^\/connect$/, method: null, needsToken: true, answer: connect },
  { path: /^\/turn$/, method: null, needsToken: true, answer: turn },
  { path: /^\/invite$/, method: "POST", needsToken: true, answer: ofMainRoom },
  { path: /^\/invite\/[A-Za-z0-9-]+$/, method: "GET", needsToken: false, answer: ofMainRoom },
  { path: /^\/network-info$/, method: "GET", needsToken: true, answer: ofMainRoom },
];

async function dispatch(request, env) {
  const settings = readSettings(env);
  const url = new URL(request.url);
  if (url.username !== "")
    return plain(400, "Bad Host header");
  for (const { path, method, needsToken, answer } of endpoints) {
    if (!path.test(url.pathname) || (method !== null && method !== request.method))
      continue;
    if (needsToken && !isAuthorized(request, settings))
      return plain(401, "Unauthorized");
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
