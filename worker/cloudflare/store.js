// SPDX-License-Identifier: LGPL-2.1-or-later
// What a room remembers over everything: SQLite inside the Durable Object. Opened when first needed.
import { randomBytes } from "node:crypto";
import { readInheritance } from "./inherited.js";
import { BadSettings } from "./settings.js";

const SCHEMA = 1;
const STANDARD_SUBNET = "10.0.0.0/24";

const TABLES = `
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (host INTEGER PRIMARY KEY, name TEXT NOT NULL, public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL, reserved_until INTEGER NOT NULL, is_asked INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invite (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, server_url TEXT NOT NULL,
  expires_at INTEGER NOT NULL, is_redeemed INTEGER NOT NULL, redeemed_by TEXT NOT NULL, host INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS guess (level INTEGER, network TEXT, tokens REAL NOT NULL, filled_at REAL NOT NULL,
  PRIMARY KEY (level, network)) WITHOUT ROWID;
`;

export class Store {
  constructor(storage, wantedSubnet, core) {
    this.sql = storage.sql;
    storage.transactionSync(() => this.make(core));
    this.subnet = this.agreeOnSubnet(wantedSubnet);
    this.salt = this.setting("salt") ?? this.set("salt", randomBytes(32).toString("hex"));
  }

  rows(query, ...values) {
    return this.sql.exec(query, ...values).toArray();
  }

  make(core) {
    const tables = this.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'setting'");
    if (tables.length === 0) {
      this.sql.exec(TABLES);
      this.set("schema", String(SCHEMA));
      this.inherit(readInheritance(this.sql, core, Math.floor(Date.now() / 1000)));
    }
    if (Number(this.setting("schema")) > SCHEMA)
      throw new BadSettings("the storage of this room is of a newer Worker than this one");
  }

  inherit(left) {
    if (left === null)
      return;
    this.set("subnet", left.subnet);
    if (left.turnSecret)
      this.set("turn_secret", left.turnSecret);
    left.devices.forEach((device) => this.putDevice(device));
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
    if (stored === undefined || (wanted !== "" && wanted !== stored && this.countDevices() === 0))
      return this.set("subnet", wanted || STANDARD_SUBNET);
    if (wanted !== "" && wanted !== stored)
      throw new BadSettings(`SUBNET is ${wanted}, but there are devices in ${stored}`);
    return stored;
  }

  // Devices

  countDevices() {
    return this.rows("SELECT COUNT(*) AS n FROM device")[0].n;
  }

  devices() {
    return this.rows("SELECT * FROM device");
  }

  device(host) {
    return this.rows("SELECT * FROM device WHERE host = ?", host)[0];
  }

  putDevice({ host, name, public_key, created_at, reserved_until, is_asked }) {
    this.sql.exec("INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?)", host, name, public_key, created_at,
      reserved_until, is_asked);
  }

  removeDevice(host) {
    this.sql.exec("DELETE FROM device WHERE host = ?", host);
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

  addInvite(digest, serverUrl, expiresAt) {
    this.sql.exec("INSERT INTO invite (digest, server_url, expires_at, is_redeemed, redeemed_by, host)"
      + " VALUES (?, ?, ?, 0, '', 0)", digest, serverUrl, expiresAt);
  }

  useInvite(number, publicKey, host) {
    this.sql.exec("UPDATE invite SET is_redeemed = 1, redeemed_by = ?, host = ? WHERE number = ?", publicKey, host, number);
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
