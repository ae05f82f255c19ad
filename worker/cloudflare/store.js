// SPDX-License-Identifier: LGPL-2.1-or-later
// What a room remembers over everything: SQLite inside the Durable Object. Opened when first needed.
import { randomBytes } from "node:crypto";
import { readInheritance } from "./inherited.js";
import { BadSettings } from "./settings.js";

const SCHEMA = 4;
const STANDARD_SUBNET = "10.0.0.0/24";

// From one schema to the next; the first is that of an empty storage.
const STEPS = [`
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (host INTEGER PRIMARY KEY, name TEXT NOT NULL, public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL, reserved_until INTEGER NOT NULL, is_asked INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invite (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, server_url TEXT NOT NULL,
  expires_at INTEGER NOT NULL, is_redeemed INTEGER NOT NULL, redeemed_by TEXT NOT NULL, host INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS guess (level INTEGER, network TEXT, tokens REAL NOT NULL, filled_at REAL NOT NULL,
  PRIMARY KEY (level, network)) WITHOUT ROWID;
`, `
ALTER TABLE device RENAME TO lease;
CREATE TABLE device (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, public_key TEXT NOT NULL,
  address TEXT NOT NULL, address6 TEXT NOT NULL, created_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
  state INTEGER NOT NULL, is_owner INTEGER NOT NULL, account TEXT NOT NULL);
CREATE UNIQUE INDEX device_by_key ON device (public_key) WHERE public_key != '';
CREATE TABLE credential (device TEXT PRIMARY KEY, hash TEXT NOT NULL, made_at INTEGER NOT NULL, is_used INTEGER NOT NULL,
  previous_hash TEXT NOT NULL, previous_made_at INTEGER NOT NULL, used_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE signing_key (number INTEGER PRIMARY KEY, id TEXT NOT NULL, secret TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE log (number INTEGER PRIMARY KEY, entry BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE visit (device TEXT NOT NULL, room TEXT NOT NULL, PRIMARY KEY (device, room)) WITHOUT ROWID;
`, `
ALTER TABLE invite ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invite ADD COLUMN signing_key TEXT NOT NULL DEFAULT '';
`, `
ALTER TABLE invite ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
`];

export class Store {
  constructor(storage, wantedSubnet, core) {
    this.storage = storage;
    this.sql = storage.sql;
    this.whole(() => this.make(core));
    this.subnet = this.agreeOnSubnet(wantedSubnet);
    this.salt = this.setting("salt") ?? this.set("salt", randomBytes(32).toString("hex"));
  }

  rows(query, ...values) {
    return this.sql.exec(query, ...values).toArray();
  }

  // All that is written in it, or none.
  whole(change) {
    return this.storage.transactionSync(change);
  }

  make(core) {
    const isNew = this.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'setting'").length === 0;
    const schema = isNew ? 0 : Number(this.setting("schema"));
    if (schema > SCHEMA)
      throw new BadSettings("the storage of this room is of a newer Worker than this one");
    for (const step of STEPS.slice(schema))
      this.sql.exec(step);
    if (schema < SCHEMA)
      this.set("schema", String(SCHEMA));
    if (isNew)
      this.inherit(readInheritance(this.sql, core, Math.floor(Date.now() / 1000)));
  }

  inherit(left) {
    if (left === null)
      return;
    this.set("subnet", left.subnet);
    if (left.turnSecret)
      this.set("turn_secret", left.turnSecret);
    left.leases.forEach((lease) => this.putLease(lease));
  }

  setting(name) {
    return this.rows("SELECT value FROM setting WHERE name = ?", name)[0]?.value;
  }

  set(name, value) {
    this.sql.exec("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value);
    return value;
  }

  // The one that is stored; it moves only while nobody has an address of it.
  agreeOnSubnet(wanted) {
    const stored = this.setting("subnet");
    if (stored === undefined || (wanted !== "" && wanted !== stored && this.countLeases() === 0))
      return this.set("subnet", wanted || STANDARD_SUBNET);
    if (wanted !== "" && wanted !== stored)
      throw new BadSettings(`SUBNET is ${wanted}, but there are devices in ${stored}`);
    return stored;
  }

  // All rows but settings and guesses: another network comes.
  clear() {
    for (const table of ["lease", "invite", "device", "credential", "signing_key", "log", "visit"])
      this.sql.exec(`DELETE FROM ${table}`);
  }

  // Leases: who has which address

  countLeases() {
    return this.rows("SELECT COUNT(*) AS n FROM lease")[0].n;
  }

  leases() {
    return this.rows("SELECT * FROM lease");
  }

  lease(host) {
    return this.rows("SELECT * FROM lease WHERE host = ?", host)[0];
  }

  // Those that joined under this name.
  leasesNamed(name) {
    return this.rows("SELECT * FROM lease WHERE name = ? AND reserved_until = 0", name);
  }

  leasesOf(key) {
    return this.rows("SELECT * FROM lease WHERE public_key = ?", key);
  }

  putLease({ host, name, public_key, created_at, reserved_until, is_asked }) {
    this.sql.exec("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?)", host, name, public_key, created_at,
      reserved_until, is_asked);
  }

  removeLease(host) {
    this.sql.exec("DELETE FROM lease WHERE host = ?", host);
  }

  // Devices that are registered

  devices() {
    return this.rows("SELECT * FROM device ORDER BY created_at, number");
  }

  device(id) {
    return this.rows("SELECT * FROM device WHERE id = ?", id)[0];
  }

  deviceOfKey(key) {
    return key === "" ? undefined : this.rows("SELECT * FROM device WHERE public_key = ?", key)[0];
  }

  devicesNamed(name) {
    return this.rows("SELECT * FROM device WHERE name = ? ORDER BY created_at, number", name);
  }

  devicesAt(address) {
    return this.rows("SELECT * FROM device WHERE address = ?", address);
  }

  // `account`: at GitHub, of one that came by that.
  addDevice(id, publicKey, account, now) {
    this.sql.exec("INSERT INTO device (id, name, public_key, address, address6, created_at, last_seen_at, state, is_owner, account)"
      + " VALUES (?, '', ?, '', '', ?, 0, 0, 0, ?)", id, publicKey, now, account);
    return this.device(id);
  }

  putDevice({ id, name, public_key, address, address6, last_seen_at, state, is_owner }) {
    this.sql.exec("UPDATE device SET name = ?, public_key = ?, address = ?, address6 = ?, last_seen_at = ?, state = ?, is_owner = ?"
      + " WHERE id = ?", name, public_key, address, address6, last_seen_at, state, is_owner, id);
  }

  removeDevice(id) {
    this.sql.exec("DELETE FROM device WHERE id = ?", id);
  }

  // Their credentials

  credential(device) {
    return this.rows("SELECT * FROM credential WHERE device = ?", device)[0];
  }

  putCredential({ device, hash, made_at, is_used, previous_hash, previous_made_at, used_at }) {
    this.sql.exec("INSERT OR REPLACE INTO credential VALUES (?, ?, ?, ?, ?, ?, ?)", device, hash, made_at, is_used, previous_hash,
      previous_made_at, used_at);
  }

  removeCredential(device) {
    this.sql.exec("DELETE FROM credential WHERE device = ?", device);
  }

  // The newest first.
  signingKeys() {
    return this.rows("SELECT * FROM signing_key ORDER BY number DESC");
  }

  addSigningKey(id, secret, now) {
    this.sql.exec("INSERT INTO signing_key (id, secret, created_at) VALUES (?, ?, ?)", id, secret, now);
  }

  removeSigningKeysBefore(number) {
    this.sql.exec("DELETE FROM signing_key WHERE number < ?", number);
  }

  // The log

  logFrom(number) {
    return this.sql.exec("SELECT * FROM log WHERE number >= ? ORDER BY number", number);
  }

  addToLog(number, entry, hash) {
    this.sql.exec("INSERT INTO log VALUES (?, ?, ?)", number, entry, hash);
  }

  // Rooms other than this one in which a device was; "" is the token that all share

  countVisits() {
    return this.rows("SELECT COUNT(*) AS n FROM visit")[0].n;
  }

  visits(device) {
    return this.rows("SELECT room FROM visit WHERE device = ?", device).map(({ room }) => room);
  }

  putVisit(device, room) {
    this.sql.exec("INSERT OR IGNORE INTO visit VALUES (?, ?)", device, room);
  }

  // Invites

  countInvites(now) {
    return this.rows("SELECT COUNT(*) AS kept, COALESCE(SUM(is_redeemed = 0 AND expires_at > ?), 0) AS open FROM invite",
      now)[0];
  }

  oldestInvite() {
    return this.rows("SELECT * FROM invite ORDER BY number LIMIT 1")[0];
  }

  invite(digest) {
    return this.rows("SELECT * FROM invite WHERE digest = ?", digest)[0];
  }

  addInvite(digest, { serverUrl, signingKey, madeBy }, createdAt, expiresAt) {
    this.putInvite({ digest, server_url: serverUrl, expires_at: expiresAt, is_redeemed: 0, redeemed_by: "", host: 0,
      created_at: createdAt, signing_key: signingKey, made_by: madeBy });
  }

  useInvite(number, publicKey, host) {
    this.sql.exec("UPDATE invite SET is_redeemed = 1, redeemed_by = ?, host = ? WHERE number = ?", publicKey, host, number);
  }

  invites() {
    return this.rows("SELECT * FROM invite ORDER BY number");
  }

  putInvite({ digest, server_url, expires_at, is_redeemed, redeemed_by, host, created_at, signing_key, made_by }) {
    this.sql.exec("INSERT INTO invite (digest, server_url, expires_at, is_redeemed, redeemed_by, host, created_at, signing_key, made_by)"
      + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", digest, server_url, expires_at, is_redeemed, redeemed_by, host, created_at, signing_key, made_by);
  }

  removeInvite(number) {
    this.sql.exec("DELETE FROM invite WHERE number = ?", number);
  }

  // Guesses

  guesses() {
    return this.rows("SELECT * FROM guess ORDER BY filled_at");
  }

  putGuess(level, network, tokens, filledAt) {
    this.sql.exec("INSERT OR REPLACE INTO guess VALUES (?, ?, ?, ?)", level, network, tokens, filledAt);
  }

  forgetGuesses(before) {
    this.sql.exec("DELETE FROM guess WHERE filled_at < ?", before);
  }
}
