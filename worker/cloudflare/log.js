// SPDX-License-Identifier: LGPL-2.1-or-later
// The log that says who is in a signed network (docs/devices.md): entries as they are kept and handed out. The core judges them; hashes
// and signatures are looked at here.
import { createHash } from "node:crypto";

const HEAD = 80;
const SIGNER = 48;
const KEY = 32;
const SIGNATURE = 64;
const LONGEST = 1168;
const PAGE = 256 * 1024;

const FITS = 0;
const ANSWERS = [
  [200],
  [400, "this is no entry"],
  [409, "the entry does not follow the last one: the log has gone on"],
  [409, "the entry says that it was made before the one before it"],
  [403, "whoever signed the entry may not"],
  [403, "the invite is over"],
  [403, "the entry says more than the invite grants"],
  [409, "another device has this name"],
  [409, "another device has this address"],
  [409, "this key was revoked, or the log has had it"],
  [409, "there is no such device, owner or invite in the log"],
  [409, "the last owner stays one"],
  [507, "the log is full"],
  [400, "the entry was made later than now, by the hub's clock: set the clocks"],
];

const hashOf = (bytes) => createHash("sha256").update(bytes).digest();

export class Log {
  constructor(core, store) {
    this.core = core;
    this.store = store;
    this.context = `${core.textUpToNul(core.call.log_context())}\0`;
    const rows = store.logFrom(0).toArray();
    if (rows.length > 0)
      this.begin();
    for (const { number, entry, hash } of rows)
      if (this.take(new Uint8Array(entry), new Uint8Array(hash), 0) !== FITS)
        throw new Error(`entry ${number} of the log in the storage is none`);
    if (rows.length > 0)
      core.call.log_commit();
  }

  get count() {
    return this.core.call.log_count();
  }

  // Whom the core is asked about next; false where the log never had this key.
  find(publicKey) {
    const key = Buffer.from(publicKey, "base64");
    this.core.bytes(this.core.inputAt, key.length).set(key);
    return this.core.call.log_find(key.length);
  }

  begin() {
    if (!this.core.call.log_begin())
      throw new Error("no memory for the log");
  }

  take(entry, hash, now) {
    const input = this.core.bytes(this.core.inputAt, entry.length + hash.length);
    input.set(entry);
    input.set(hash, entry.length);
    return this.core.call.log_take(entry.length, now);
  }

  subject() {
    const at = this.core.call.log_subject();
    return at === 0 ? null : Buffer.from(this.core.bytes(at, KEY)).toString("base64");
  }

  // The key of the device that an entry is about, or null.
  subjectOf(entry) {
    this.core.bytes(this.core.inputAt, entry.length).set(entry);
    return this.core.call.log_read(entry.length) ? this.subject() : null;
  }

  async isSigned(entry) {
    if (entry.length < HEAD + SIGNATURE || entry.length > LONGEST)
      return false;
    const signed = entry.length - SIGNATURE;
    const text = Buffer.concat([Buffer.from(this.context), entry.subarray(0, signed)]);
    try {
      const key = await crypto.subtle.importKey("raw", entry.subarray(SIGNER, SIGNER + KEY), "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", key, entry.subarray(signed), text);
    } catch {
      return false; // that is no key
    }
  }

  // Where an entry says that the hub is from now on: { url, pin }, the pin "" or in base64; null where it is no such entry.
  moveOf(entry) {
    this.core.bytes(this.core.inputAt, entry.length).set(entry);
    const at = this.core.call.log_read(entry.length) ? this.core.call.log_move_pin() : 0;
    if (at === 0)
      return null;
    const pin = Buffer.from(this.core.bytes(at, KEY));
    return { url: this.core.textUpToNul(this.core.call.log_move_url()), pin: pin.some((byte) => byte !== 0) ? pin.toString("base64") : "" };
  }

  // Would these, whose signatures were looked at, make a log by themselves? Nothing is kept.
  wouldFit(entries) {
    if (!this.core.call.log_begin_anew())
      throw new Error("no memory for the log");
    return entries.every((entry) => this.take(entry, hashOf(entry), 0) === FITS);
  }

  // All of the entries or none; their signatures were looked at. { status, error, subjects }, the last the keys that they are about.
  append(entries, now) {
    const subjects = [];
    this.begin();
    for (const entry of entries) {
      const verdict = this.take(entry, hashOf(entry), now);
      if (verdict !== FITS)
        return { status: ANSWERS[verdict][0], error: ANSWERS[verdict][1], subjects: [] };
      subjects.push(this.subject());
    }
    entries.forEach((entry, i) => this.store.addToLog(this.count + i, entry, hashOf(entry)));
    this.core.call.log_commit();
    return { status: 200, subjects: subjects.filter((key) => key !== null) };
  }

  // Entries in base64, as many as are handed out at once.
  list(from) {
    const entries = [];
    let length = 0;
    for (const { entry } of this.store.logFrom(from)) {
      length += entry.byteLength;
      if (length > PAGE)
        break;
      entries.push(Buffer.from(entry).toString("base64"));
    }
    return entries;
  }
}
