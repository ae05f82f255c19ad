// SPDX-License-Identifier: LGPL-2.1-or-later
// The devices that are registered: who is one, what it may, and what becomes of it (docs/devices.md, A device). Store has the rows, the
// core decides. What others have to hear of is gathered until the room asks.
import { randomBytes } from "node:crypto";
import { ipv6Text } from "./sources.js";

export const STATES = ["pending", "active", "left", "revoked"];
const [PENDING, ACTIVE, LEFT, REVOKED] = STATES.keys();
export const RIGHTS = { connect: 0, log: 1, list: 2, manage: 3 };

// What the core says of one that registers, beside its state.
const STATE = 15;
const OWNER = 16;
const TAKES_ADDRESS = 32;
const TAKES_NAME = 64;
const REFUSED = 256;

const now = () => Math.floor(Date.now() / 1000);

export class Devices {
  constructor({ core, store, network, log, refreshTokens, settings }) {
    Object.assign(this, { core, store, network, log, refreshTokens, settings, out: new Map(), isChanged: false });
  }

  // Looking

  get isSigned() {
    return this.log.count > 0;
  }

  stateOf(row) {
    this.log.find(row.public_key);
    return this.core.call.device_state(row.state);
  }

  isOwner(row) {
    this.log.find(row.public_key);
    return this.core.call.device_is_owner(row.is_owner) !== 0;
  }

  may(row, right) {
    return this.core.call.device_may(this.stateOf(row), this.isOwner(row), right) !== 0;
  }

  countOf(state) {
    return this.store.devices().filter((row) => this.stateOf(row) === state).length;
  }

  get pending() {
    return this._pending ??= this.countOf(PENDING);
  }

  // Their keys, by time of entry: in a signed network the log says it.
  get revoked() {
    return this.isSigned ? [] : this._revoked ??= this.store.devices()
      .filter((row) => row.state === REVOKED && row.public_key !== "").map((row) => row.public_key);
  }

  namesake(name, key, states) {
    return this.store.devicesNamed(name).find((row) => row.public_key !== key && states.includes(this.stateOf(row)));
  }

  hasNamesake(name, key, state) {
    return this.namesake(name, key, [state]) !== undefined;
  }

  isNameTaken(name, key) {
    const joined = this.network.keysNamed(name);
    return this.core.call.device_name_is_taken(this.hasNamesake(name, key, ACTIVE), this.hasNamesake(name, key, PENDING),
      joined.length > 0, joined.includes(key)) !== 0;
  }

  replacedBy(row) {
    return this.stateOf(row) === PENDING ? this.namesake(row.name, row.public_key, [ACTIVE]) : undefined;
  }

  get tokenOpens() {
    this.log.find("");
    return this.core.call.shared_token_opens(this.settings.isTokenAllowed) !== 0;
  }

  get codesGiveToken() {
    return this.core.call.code_gives_token(this.tokenOpens, this.settings.needsApproval) !== 0;
  }

  get tokenRegisters() {
    const hasActive = this.countOf(ACTIVE) > 0;
    this.log.find("");
    return this.core.call.shared_token_registers(this.settings.isTokenAllowed, hasActive) !== 0;
  }

  // Joining

  // As what a device joins: { id, name, key, address }.
  identityOf({ id, name, public_key, address }) {
    return { id, name, key: public_key, address };
  }

  fits(identity, said) {
    const { name, key, address } = identity;
    return this.core.call.device_join_fits(...this.core.put(name, key, address, said.id, said.key,
      this.network.canonical(said.address))) !== 0;
  }

  // One that came by GitHub said no key yet.
  learnKey(row, key) {
    if (row.public_key !== "" || !this.network.isKey(key) || this.store.deviceOfKey(key) !== undefined)
      return;
    row.public_key = key;
    this.store.putDevice(row);
  }

  // Why it may not join the main room as this; 0: it may. `id`: the device as which it came; "" with the token.
  judgeJoin(id, said) {
    const row = id === "" ? this.store.deviceOfKey(said.key) : this.store.device(id), has = row !== undefined;
    const state = has ? this.stateOf(row) : LEFT, opens = this.tokenOpens;
    if (id !== "" && state === ACTIVE)
      this.learnKey(row, said.key);
    return this.core.call.device_judge_join(id === "", opens, has, state, has && this.fits(this.identityOf(row), said),
      id === "" && this.hasNamesake(said.id, said.key, ACTIVE));
  }

  // What others hear: { out, isChanged }, the first from ids ("": the token) to why their sockets go.

  takeNews() {
    const news = { out: this.out, isChanged: this.isChanged };
    Object.assign(this, { out: new Map(), isChanged: false });
    return news;
  }

  write(row) {
    this.store.putDevice(row);
    this.noteChange();
  }

  noteChange() {
    Object.assign(this, { _pending: undefined, _revoked: undefined, isChanged: true });
  }

  // Going

  isMember(row) {
    return this.log.find(row.public_key) && !this.core.call.found_is_revoked();
  }

  // Nothing of it is anybody's any more, but for what a record of the log has.
  strip(row) {
    this.refreshTokens.forget(row.id);
    row.is_owner = 0;
    if (this.isMember(row))
      return;
    this.network.release(row.public_key, this.network.hostOf(row.address));
    Object.assign(row, { address: "", address6: "" });
  }

  putOut(row, state) {
    row.state = state;
    this.strip(row);
    this.write(row);
    this.out.set(row.id, this.core.call.goodbye_of_state(state));
  }

  forget(row) {
    this.strip(row);
    this.store.removeDevice(row.id);
    this.noteChange();
    this.out.set(row.id, this.core.call.goodbye_of_state(REVOKED));
  }

  // Somebody must manage the others: whoever has been here for the longest time.
  ensureOwner() {
    const active = this.store.devices().filter((row) => row.state === ACTIVE);
    if (active.length === 0 || active.some((row) => row.is_owner))
      return;
    this.write({ ...active[0], is_owner: 1 });
    this.out.set(active[0].id, this.core.call.goodbye_changed()); // its access token says it not
  }

  leave(row) {
    this.putOut(row, LEFT);
    this.ensureOwner();
  }

  revoke(row) {
    this.putOut(row, REVOKED);
  }

  // Registering

  judge(row, key, isNameTaken) {
    const isFirst = this.countOf(ACTIVE) === 0;
    this.log.find(key);
    return this.core.call.device_register(row !== undefined, row?.state ?? PENDING, Boolean(row?.address), isNameTaken, isFirst,
      this.settings.needsApproval);
  }

  forgetStale() {
    for (const row of this.store.devices())
      if (this.core.call.device_is_stale(row.state, row.created_at, row.last_seen_at, now()))
        this.forget(row);
  }

  hasRoom() {
    const rows = this.store.devices(), left = rows.filter((row) => row.state === LEFT);
    const most = this.core.call.devices_max();
    left.slice(0, Math.max(rows.length + 1 - most, 0)).forEach((row) => this.forget(row));
    return rows.length - left.length < most && this.pending < this.core.call.devices_max_pending();
  }

  // May a device with this key register? "yes", "revoked", "full". To be asked before an invite is used up.
  mayRegister(key) {
    const row = this.store.deviceOfKey(key);
    if (this.judge(row, key, false) === REFUSED)
      return "revoked";
    if (row !== undefined)
      return "yes";
    this.forgetStale();
    return this.hasRoom() ? "yes" : "full";
  }

  setAddress(row, host) {
    row.address = this.network.address(host);
    row.address6 = this.address6(host);
  }

  // The address is its own for good from now on.
  settle(row) {
    const host = this.network.hostOf(row.address);
    if (host !== 0 && this.stateOf(row) === ACTIVE)
      this.network.record(row.address, row.name, row.public_key);
  }

  // With an address that is reserved for it.
  register(name, key, host) {
    const known = this.store.deviceOfKey(key), isTaken = this.isNameTaken(name, key), verdict = this.judge(known, key, isTaken);
    const row = known ?? this.store.addDevice(randomBytes(16).toString("hex"), key, "", now());
    if (verdict & TAKES_NAME)
      row.name = name;
    if (verdict & TAKES_ADDRESS)
      this.setAddress(row, host);
    row.state = verdict & STATE;
    row.is_owner = Number(row.is_owner || (verdict & OWNER) !== 0);
    this.settle(row);
    this.write(row);
    this.out.set(row.id, this.core.call.goodbye_changed());
    return row;
  }

  // One of the owner's own, by the account at GitHub, which says its key when it joins. Under the same name it is the same device.
  registerAccount(name, account) {
    const known = this.store.devicesNamed(name).find((row) => row.account === account && row.state !== REVOKED);
    const host = this.network.hostOf(known?.address) || this.network.hostNamed(name) || this.network.reserve("", true);
    if (host === 0)
      return null;
    const row = known ?? this.store.addDevice(randomBytes(16).toString("hex"), "", account, now());
    const isTaken = this.namesake(name, row.public_key, known?.state === ACTIVE ? [] : [ACTIVE, PENDING]) !== undefined;
    Object.assign(row, { name, public_key: "", state: isTaken ? PENDING : ACTIVE, is_owner: 1 });
    this.setAddress(row, host);
    this.network.assign(host, name, "");
    this.write(row);
    this.out.set(row.id, this.core.call.goodbye_changed());
    return row;
  }

  see(row) {
    if (this.core.call.device_is_seen_anew(row.last_seen_at, now()))
      this.store.putDevice(Object.assign(row, { last_seen_at: now() }));
  }

  // Managing

  // False where there is no address for it. One whose name it takes is revoked.
  approve(row) {
    if (row.state !== PENDING)
      return true;
    const own = row.public_key === "" ? this.network.hostOf(row.address) : 0; // what a key has may have gone to another meanwhile
    const host = own || this.network.reserve(row.public_key, true);
    if (host === 0)
      return false;
    const old = this.replacedBy(row);
    if (old !== undefined)
      this.revoke(old);
    this.network.releaseName(row.name, row.public_key);
    row.state = ACTIVE;
    this.setAddress(row, host);
    this.settle(row);
    this.write(row);
    this.ensureOwner(); // one could have put itself out
    return true;
  }

  // False where the name is another's.
  rename(row, name) {
    if (row.name === name)
      return true;
    if (this.isNameTaken(name, row.public_key))
      return false;
    row.name = name;
    this.settle(row);
    this.write(row);
    this.out.set(row.id, this.core.call.goodbye_changed());
    return true;
  }

  // Following the log

  recordAddress(family) {
    const at = this.core.call.found_address(family);
    if (at === 0)
      return "";
    const bytes = this.core.bytes(at, family === 4 ? 4 : 16);
    return family === 4 ? this.network.canonical(`${bytes.join(".")}/32`) : `${ipv6Text(bytes)}/64`;
  }

  // What the log says goes before what anybody else was told: these wait until somebody gives them a place in it.
  clearTheWay(row) {
    for (const other of [...this.store.devicesNamed(row.name), ...this.store.devicesAt(row.address)])
      if (other.id !== row.id && other.state === ACTIVE && !this.log.find(other.public_key))
        this.write({ ...other, state: PENDING });
  }

  followRecord(key) {
    const row = this.store.deviceOfKey(key) ?? this.store.addDevice(randomBytes(16).toString("hex"), key, "", now());
    if (row.state === REVOKED)
      return;
    this.log.find(key);
    const name = this.core.textUpToNul(this.core.call.found_name());
    const said = { name, address: this.recordAddress(4), address6: this.recordAddress(6) };
    if (row.state !== PENDING && Object.entries(said).every(([field, value]) => row[field] === value))
      return;
    Object.assign(row, said, { state: row.state === PENDING ? ACTIVE : row.state });
    this.clearTheWay(row);
    const host = this.network.hostOf(row.address);
    if (host !== 0)
      this.network.assign(host, name, key);
    this.write(row);
    this.out.set(row.id, this.core.call.goodbye_changed());
  }

  followKey(key) {
    const row = this.store.deviceOfKey(key);
    this.log.find(key);
    if (!this.core.call.found_is_revoked())
      this.followRecord(key);
    else if (row !== undefined && row.state !== REVOKED)
      this.revoke(row);
  }

  // The network becomes signed by whoever manages it, and by a record of its own device.
  mayBegin(row, genesis) {
    return this.isOwner(row) && this.log.subjectOf(genesis) === row.public_key;
  }

  // The answer to entries of a device, whose signatures were looked at: { status, error }. The rows are made what the log says.
  append(entries, by) {
    const didOpen = this.tokenOpens;
    if (!this.isSigned && !this.mayBegin(by, entries[0]))
      return { status: 403, error: "only an owner's device begins the log, with a record of itself" };
    const { status, error, subjects } = this.log.append(entries, now());
    if (status !== 200)
      return { status, error };
    subjects.forEach((key) => this.followKey(key));
    for (const row of this.store.devices().filter((one) => this.stateOf(one) === PENDING))
      this.out.set(row.id, this.core.call.goodbye_of_state(PENDING));
    if (didOpen && !this.tokenOpens)
      this.out.set("", this.core.call.goodbye_token_over());
    this.noteChange();
    return { status };
  }

  // IPv6

  // Sixteen bytes, made when first needed.
  get ula() {
    const stored = this.store.setting("ula");
    if (stored !== undefined)
      return Buffer.from(stored, "hex");
    this.core.bytes(this.core.inputAt, 5).set(randomBytes(5));
    const prefix = Buffer.from(this.core.bytes(this.core.call.ula_prefix(), 16));
    this.store.set("ula", prefix.toString("hex"));
    return prefix;
  }

  get subnet6() {
    return `${ipv6Text(this.ula)}/64`;
  }

  address6(host) {
    this.core.bytes(this.core.inputAt, 16).set(this.ula);
    return `${ipv6Text(this.core.bytes(this.core.call.ula_address(host), 16))}/64`;
  }
}
