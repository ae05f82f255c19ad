// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoints by which devices are listed and managed, and those of the log.
import { failure, json } from "./answers.js";
import { STATES } from "./devices.js";
import { bodyOf, isDeviceName, noAddress, noBody } from "./registering.js";

const MAX_ENTRIES = 16;
const LONGEST = 1168;

const notFound = () => failure(404, "device not found");
const logDecides = () => failure(409, "this network is signed: its log decides");
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

function rename(row, name, devices) {
  if (devices.isSigned)
    return logDecides();
  return devices.rename(row, name) ? ok() : failure(409, "another device has this name");
}

function approve(row, devices) {
  if (devices.isSigned)
    return logDecides();
  if (row.state !== STATES.indexOf("pending") && row.state !== STATES.indexOf("active"))
    return failure(409, "this device left or was revoked: it registers anew");
  return devices.approve(row) ? ok() : noAddress();
}

export async function changeDevice(request, { devices, store }) {
  const body = await bodyOf(request), row = deviceAt(request, store);
  if (body === null)
    return noBody();
  if (row === undefined)
    return notFound();
  if (isDeviceName(body.device_name))
    return rename(row, body.device_name, devices);
  return body.state === "active" ? approve(row, devices) : failure(400, "neither a device_name nor \"state\":\"active\"");
}

export function revokeDevice(request, { devices, store }, { device }) {
  const row = deviceAt(request, store);
  if (row === undefined)
    return notFound();
  if (row.id === device.id)
    return failure(400, "cannot revoke your own device");
  if (devices.isSigned)
    return logDecides();
  devices.revoke(row);
  return ok();
}

// The log

export function readLog(request, { log }) {
  const from = new URL(request.url).searchParams.get("from") ?? "0";
  if (!/^\d{1,9}$/.test(from))
    return failure(400, "from is no number");
  return json(200, { count: log.count, entries: log.list(Number(from)) });
}

// Strictly: what a decoder that skips strange characters would take has more than one text.
function bytesOf(text) {
  const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  return bytes.length > 0 && bytes.length <= LONGEST && bytes.toString("base64") === text ? bytes : null;
}

function entriesOf(body) {
  const entries = Array.isArray(body.entries) ? body.entries.slice(0, MAX_ENTRIES + 1).map(bytesOf) : [];
  return entries.length > 0 && entries.length <= MAX_ENTRIES && !entries.includes(null) ? entries : null;
}

export async function writeLog(request, { devices, log, store }) {
  const body = await bodyOf(request), entries = body === null ? null : entriesOf(body);
  if (body === null)
    return noBody();
  if (entries === null)
    return failure(400, "entries are 1 to 16 texts in base64");
  for (const entry of entries)
    if (!await log.isSigned(entry))
      return failure(400, "the signature is wrong, or this is no entry");
  const { status, error } = store.whole(() => devices.append(entries));
  return json(status, status === 200 ? { count: log.count } : { count: log.count, error });
}
