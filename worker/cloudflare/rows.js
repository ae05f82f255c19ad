// SPDX-License-Identifier: LGPL-2.1-or-later
// All that a network is, as rows of JSON, by which it goes to another hub (docs/devices.md, Moving): members in alphabetical order, as
// bamgate-hub has them.
import { createHash } from "node:crypto";
import { STATES } from "./devices.js";
import { isDeviceName } from "./registering.js";
import { ipv6Bytes, ipv6Text } from "./sources.js";
import { isName } from "./messages.js";

export const MAX_ROWS = 65536;
const PAGE = 32 * 1024;
const MAX_SIGNING_KEYS = 64;
const LONGEST_ENTRY = 1168;

// Going

const subnet6Of = (stored) => (stored ? `${ipv6Text(Buffer.from(stored, "hex"))}/64` : "");

function rowsOfDevice(row, store) {
  const { id, name, public_key, address, address6, created_at, state, is_owner } = row, credential = store.credential(id);
  const device = { address, address6, created_at, device_id: id, name, owner: is_owner !== 0, public_key, row: "device",
    state: STATES[state] };
  if (credential === undefined)
    return [device];
  const { hash, made_at, previous_hash, previous_made_at, is_used, used_at } = credential;
  return [device, { device_id: id, hash, made_at, previous_hash, previous_made_at, row: "credential", used: is_used !== 0, used_at }];
}

// What came by an account at GitHub and never said a key is nobody whom another hub could know.
const hasKey = ({ public_key }) => public_key !== "";

export function exportRows({ store, network }) {
  const devices = store.devices().filter(hasKey), leases = store.leases().filter((lease) => !lease.is_asked);
  leases.sort((a, b) => a.created_at - b.created_at || (network.address(a.host) < network.address(b.host) ? -1 : 1));
  return [
    { invite_salt: store.salt, row: "network", subnet: network.subnet, subnet6: subnet6Of(store.setting("ula")) },
    ...store.signingKeys().reverse().map(({ id, secret, created_at }) => ({ created_at, id, row: "signing-key", secret })),
    ...leases.map(({ host, name, public_key, created_at, reserved_until }) =>
      ({ address: network.address(host), created_at, name, public_key, reserved_until, row: "lease" })),
    ...devices.flatMap((row) => rowsOfDevice(row, store)),
    ...store.invites().map(({ digest, created_at, expires_at, is_redeemed, redeemed_by, host, signing_key, made_by }) =>
      ({ address: host === 0 ? "" : network.address(host), created_at, digest, expires_at, made_by, redeemed: is_redeemed !== 0, redeemed_by,
        row: "invite", signing_key })),
    ...store.logFrom(0).toArray().map(({ entry }) => ({ entry: Buffer.from(entry).toString("base64"), row: "log" })),
    ...devices.filter((row) => row.last_seen_at > 0).map(({ id, last_seen_at }) => ({ at: last_seen_at, device_id: id, row: "seen" })),
  ];
}

// What they come to: all but when devices were heard of.
export function digestOf(rows) {
  const sum = createHash("sha256");
  for (const row of rows)
    if (row.row !== "seen")
      sum.update(`${JSON.stringify(row)}\n`);
  return sum.digest("hex");
}

// At least one, and at most a page.
export function pageOf(rows, from) {
  let length = 0, end = from;
  while (end < rows.length && (end === from || length + JSON.stringify(rows[end]).length < PAGE))
    length += JSON.stringify(rows[end++]).length + 1;
  return rows.slice(from, end);
}

// Coming

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isTime = (value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 50;
const isId = (value) => isText(value) && /^[0-9a-f]{32}$/.test(value);
const isHash = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isEmptyOr = (is) => (value, ...more) => value === "" || is(value, ...more);

// Strictly: what a decoder that skips strange characters would take has more than one text.
function isBase64(value, most) {
  const bytes = isText(value) && value.length <= Math.ceil(most / 3) * 4 ? Buffer.from(value, "base64") : Buffer.alloc(0);
  return bytes.length > 0 && bytes.toString("base64") === value;
}

function isAddress6(value) {
  return isText(value) && /^[0-9a-f:]+:[0-9a-f:]*\/\d{1,3}$/.test(value) && URL.canParse(`http://[${value.split("/")[0]}]/`);
}

// Rows that came so far, checked one by one: what a hub would not have written makes take() say why.
export class Arrival {
  constructor(core) {
    Object.assign(this, { core, rows: [], seen: new Set(), devices: new Set(), signingKeys: 0, network: null });
    this.kinds = {
      "network": [this.isNetwork, "the row of the network cannot be"],
      "signing-key": [this.isSigningKey, "a row of a signing key cannot be"],
      "lease": [this.isLease, "a row of an address cannot be"],
      "device": [this.isDevice, "a row of a device cannot be"],
      "credential": [this.isCredential, "a row of a credential cannot be"],
      "invite": [this.isInvite, "a row of an invite cannot be"],
      "log": [this.isEntry, "a row of the log cannot be"],
      "seen": [this.isSight, "a row that says when a device was seen cannot be"],
    };
  }

  get count() {
    return this.rows.length;
  }

  isFirst(kind, what) {
    const size = this.seen.size;
    return this.seen.add(`${kind} ${what}`).size > size;
  }

  isKey(value) {
    return isText(value) && value.length <= 64 && this.core.call.key_is_fine(...this.core.put(value)) !== 0;
  }

  isAddress(value) {
    if (this.network === null || !isText(value) || value.length > 64)
      return false;
    this.core.call.subnet_open(...this.core.put(this.network.subnet));
    const host = this.core.call.subnet_host_of(...this.core.put(value));
    return host !== 0 && this.core.textUpToNul(this.core.call.subnet_text(host)) === value;
  }

  isNetwork(row) {
    const { invite_salt, subnet, subnet6 } = row;
    const isFine = this.network === null && isHash(invite_salt) && isText(subnet) && subnet.length <= 64
      && this.core.call.subnet_open(...this.core.put(subnet)) !== 0 && isEmptyOr(isAddress6)(subnet6);
    if (isFine)
      this.network = row;
    return isFine;
  }

  isSigningKey({ id, secret, created_at }) {
    return isText(id) && /^k_[0-9a-f]{16}$/.test(id) && isText(secret) && /^([0-9a-f]{2}){1,128}$/.test(secret) && isTime(created_at)
      && this.signingKeys++ < MAX_SIGNING_KEYS && this.isFirst("key", id);
  }

  isLease({ address, name, public_key, created_at, reserved_until }) {
    return this.isAddress(address) && isEmptyOr(isName)(name) && isEmptyOr((key) => this.isKey(key))(public_key) && isTime(created_at)
      && isTime(reserved_until) && this.isFirst("lease", address);
  }

  isDevice({ device_id, public_key, name, address, address6, created_at, owner, state }) {
    const isFine = isId(device_id) && this.isKey(public_key) && isDeviceName(name)
      && isEmptyOr((text) => this.isAddress(text))(address) && isEmptyOr(isAddress6)(address6) && isTime(created_at) && isFlag(owner)
      && STATES.includes(state) && this.devices.size < this.core.call.devices_max() && this.isFirst("device", device_id)
      && this.isFirst("device-key", public_key);
    if (isFine)
      this.devices.add(device_id);
    return isFine;
  }

  isCredential({ device_id, hash, previous_hash, made_at, previous_made_at, used_at, used }) {
    return this.devices.has(device_id) && isHash(hash) && isEmptyOr(isHash)(previous_hash) && isTime(made_at)
      && isTime(previous_made_at) && isTime(used_at) && isFlag(used) && this.isFirst("credential", device_id);
  }

  // When and by whom it was made, and its key, hubs of before did not say.
  isInvite({ digest, address, redeemed_by, created_at = 0, expires_at, redeemed, signing_key = "", made_by = "" }) {
    return isHash(digest) && isEmptyOr(isId)(made_by) && isTime(created_at) && isEmptyOr((key) => this.isKey(key))(signing_key) && isEmptyOr((text) => this.isAddress(text))(address) && isEmptyOr((key) => this.isKey(key))(redeemed_by)
      && isTime(expires_at) && isFlag(redeemed) && this.isFirst("invite", digest);
  }

  isEntry({ entry }) {
    return isBase64(entry, LONGEST_ENTRY);
  }

  isSight({ device_id, at }) {
    return this.devices.has(device_id) && isTime(at);
  }

  // null, or why one of them cannot be.
  take(rows) {
    for (const row of rows) {
      const kind = row !== null && typeof row === "object" && Object.hasOwn(this.kinds, row.row) ? this.kinds[row.row] : null;
      if (kind === null)
        return "a row is of no kind that this hub knows";
      if (this.count >= MAX_ROWS)
        return "these are more rows than a network has";
      if (!kind[0].call(this, row))
        return kind[1];
      this.rows.push(row);
    }
    return null;
  }

  of(kind) {
    return this.rows.filter(({ row }) => row === kind);
  }

  get entries() {
    return this.of("log").map(({ entry }) => Buffer.from(entry, "base64"));
  }

  // Writes all of it in the place of what the store has. `hostOf` says which host an address is in the new subnet.
  write(store, hostOf, serverUrl) {
    const { invite_salt, subnet, subnet6 } = this.network, seen = new Map(this.of("seen").map(({ device_id, at }) => [device_id, at]));
    store.clear();
    store.set("salt", invite_salt);
    store.set("subnet", subnet);
    store.set("ula", subnet6 && Buffer.from(ipv6Bytes(subnet6.split("/")[0])).toString("hex"));
    for (const { id, secret, created_at } of this.of("signing-key"))
      store.addSigningKey(id, secret, created_at);
    for (const { address, name, public_key, created_at, reserved_until } of this.of("lease"))
      store.putLease({ host: hostOf(address), name, public_key, created_at, reserved_until, is_asked: 0 });
    for (const { device_id, public_key, name, address, address6, created_at, owner, state } of this.of("device")) {
      const row = store.addDevice(device_id, public_key, "", created_at);
      store.putDevice({ ...row, name, address, address6, last_seen_at: seen.get(device_id) ?? 0, state: STATES.indexOf(state),
        is_owner: Number(owner) });
    }
    for (const { device_id, hash, made_at, used, previous_hash, previous_made_at, used_at } of this.of("credential"))
      store.putCredential({ device: device_id, hash, made_at, is_used: Number(used), previous_hash, previous_made_at, used_at });
    for (const { address, digest, created_at = 0, expires_at, redeemed, redeemed_by, signing_key = "", made_by = "" } of this.of("invite"))
      store.putInvite({ digest, server_url: serverUrl, created_at, expires_at, is_redeemed: Number(redeemed), redeemed_by, signing_key,
        made_by, host: address === "" ? 0 : hostOf(address) });
    this.entries.forEach((entry, number) => store.addToLog(number, entry, createHash("sha256").update(entry).digest()));
  }
}
