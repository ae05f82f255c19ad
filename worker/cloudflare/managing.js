// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoints by which devices are listed and managed, and those of the log.
import { failure, json, patience } from "./answers.js";
import { callerOf, refusalOf } from "./callers.js";
import { RIGHTS, STATES } from "./devices.js";
import { bodyOf, isDeviceName, noAddress, noBody } from "./registering.js";
import { sourceOf } from "./sources.js";

const MAX_ENTRIES = 16;
const LONGEST = 1168;

const notFound = () => failure(404, "device not found");
const logDecides = () => failure(409, "the network is signed: its log decides, and not the hub");
const ok = () => json(200, { ok: true });

function deviceAt(request, store) {
  return store.device(new URL(request.url).pathname.slice("/auth/devices/".length));
}

// Devices

function told(row, { devices, isOnline }) {
  const state = STATES[devices.stateOf(row)];
  return { address: row.address, address6: row.address6, created_at: row.created_at, device_id: row.id, device_name: row.name,
    last_seen_at: row.last_seen_at || null, online: isOnline(row), owner: devices.isOwner(row), public_key: row.public_key,
    replaces: devices.replacedBy(row)?.id ?? null, revoked: state === "revoked", state };
}

export function listDevices(request, state) {
  const room = { devices: state.devices, isOnline: (row) => state.isOnline(row) };
  return json(200, { devices: state.store.devices().map((row) => told(row, room)) });
}

export function listRevoked(request, { devices }) {
  return json(200, { revoked: devices.revoked });
}

function complaintAbout({ device_name, state }) {
  if (device_name === undefined && state === undefined)
    return "neither device_name nor state is there";
  if (device_name !== undefined && !isDeviceName(device_name))
    return "device_name is no name: 1 to 63 letters, digits, “-”, “_” and “.”";
  return state === undefined || state === "active" ? null : "state can become active, and nothing else";
}

function change(row, { device_name, state }, devices) {
  if (devices.isSigned)
    return logDecides();
  if (["left", "revoked"].includes(STATES[row.state]))
    return failure(409, "the device is in the network no more");
  if (device_name !== undefined && !devices.rename(row, device_name))
    return failure(409, "the name is taken");
  return state === undefined || devices.approve(row) ? ok() : noAddress();
}

// What the caller may now: it was asked before, but what was waited for since may have ended that.
export function askAgain(request, right, state) {
  const caller = callerOf(request.headers.get("Authorization"), state), refusal = refusalOf(caller, right, state.devices);
  return { device: caller.device, refusal: refusal && failure(...refusal) };
}

export async function changeDevice(request, state) {
  const body = await bodyOf(request), { devices, store } = state, row = deviceAt(request, store);
  const { refusal } = askAgain(request, RIGHTS.manage, state);
  if (refusal)
    return refusal;
  if (body === null)
    return noBody();
  if (row === undefined)
    return notFound();
  const complaint = complaintAbout(body);
  return complaint === null ? change(row, body, devices) : failure(400, complaint);
}

export function revokeDevice(request, { devices, store }, { device }) {
  const row = deviceAt(request, store);
  if (row === undefined)
    return notFound();
  if (row.id === device.id)
    return failure(400, "cannot revoke your own device");
  if (devices.isMember(row))
    return logDecides();
  devices.revoke(row);
  return ok();
}

// The log

export function readLog(request, { log }) {
  const from = new URL(request.url).searchParams.get("from") ?? "0";
  if (!/^\d{1,9}$/.test(from))
    return failure(400, "from is no number of an entry");
  return json(200, { count: log.count, entries: log.list(Number(from)) });
}

// Strictly: what a decoder that skips strange characters would take has more than one text.
function bytesOf(text) {
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  return bytes.length > 0 && bytes.length <= LONGEST && bytes.toString("base64") === text ? bytes : null;
}

export function entriesOf(body) {
  const entries = Array.isArray(body.entries) ? body.entries.slice(0, MAX_ENTRIES + 1).map(bytesOf) : [];
  return entries.length > 0 && entries.length <= MAX_ENTRIES && !entries.includes(null) ? entries : null;
}

async function append(entries, request, state) {
  for (const entry of entries)
    if (!await state.log.isSigned(entry))
      return { status: 400, error: "the signature is wrong, or this is no entry" };
  const { device, refusal } = askAgain(request, RIGHTS.log, state);
  return refusal ? { status: refusal.status, error: "this device may not do that any more" }
    : state.store.whole(() => state.devices.append(entries, device));
}

export async function writeLog(request, state) {
  const body = await bodyOf(request), entries = body === null ? null : entriesOf(body), source = sourceOf(request);
  if (body === null)
    return noBody();
  if (entries === null)
    return failure(400, "entries is no list of 1 to 16 entries in base64");
  const wait = state.credentialGuard.take(source);
  if (wait > 0)
    return patience(wait, "too many attempts");
  const { status, error } = await append(entries, request, state);
  if (status === 200)
    state.credentialGuard.forgive(source);
  else
    state.credentialGuard.remember(source);
  return json(status, { count: state.log.count, error });
}
