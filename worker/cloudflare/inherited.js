// SPDX-License-Identifier: LGPL-2.1-or-later
// What a Worker of the Go program left in the storage of this object, whose class has the same name. It is read once, when our
// own tables are made, and stays as it is: that Worker may come back. From 1.8 on its table of devices has other columns.
import { isName } from "./messages.js";

const RESERVED_S = 24 * 3600;
const SECRET = /^[\x21-\x7e]{16,256}$/;

const JOINED = "SELECT address, device_name AS name, public_key AS key, created_at FROM devices ORDER BY created_at";
const REGISTERED = "SELECT address, device_name AS name, '' AS key, created_at FROM devices WHERE revoked = 0 ORDER BY created_at";

const isShort = (text) => typeof text === "string" && text.length <= 64;

function columns(sql, table) {
  return new Set(sql.exec(`PRAGMA table_info(${table})`).toArray().map(({ name }) => name));
}

function words(sql) {
  const found = columns(sql, "network").has("key") ? sql.exec("SELECT key, value FROM network").toArray() : [];
  return Object.fromEntries(found.map(({ key, value }) => [key, value]));
}

function listed(sql) {
  const known = columns(sql, "devices");
  const query = known.has("refresh_token_hash") ? REGISTERED : known.has("public_key") ? JOINED : null;
  return query === null ? [] : sql.exec(query).toArray();
}

// A row of ours, of a device that is in the subnet. Whoever has redeemed an invite, and not joined yet, has another day for it.
function rowOf({ address, name, key, created_at }, core, now) {
  const host = isShort(address) ? core.call.subnet_host_of(...core.put(address)) : 0;
  const isJoined = isName(name);
  return { host, name: isJoined ? name : "", public_key: isShort(key) && core.call.key_is_fine(...core.put(key)) ? key : "",
    created_at: Number.isSafeInteger(created_at) ? created_at : now, reserved_until: isJoined ? 0 : now + RESERVED_S, is_asked: 0 };
}

function rows(devices, core, now) {
  return devices.map((device) => rowOf(device, core, now)).filter(({ host }) => host !== 0)
    .slice(-core.call.max_devices());
}

// { subnet, turnSecret, leases }, these as rows of ours; null where no such Worker was here, or its subnet is none for us.
export function readInheritance(sql, core, now) {
  const said = words(sql);
  if (!isShort(said.subnet) || !core.call.subnet_open(...core.put(said.subnet)))
    return null;
  const secret = SECRET.test(said.turn_secret ?? "") ? said.turn_secret : "";
  return { subnet: said.subnet, turnSecret: secret, leases: rows(listed(sql), core, now) };
}
