// SPDX-License-Identifier: LGPL-2.1-or-later
// Challenges for whoever registers with a WireGuard key, and the proofs that answer them (docs/devices.md, The proof of the key). None is
// kept: what a challenge is made of is one secret of this object's, its time, the key, and what is known of that key by then.
import { createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes } from "node:crypto";
import { isSameText } from "./credentials.js";

const LIFETIME_S = 120;
const TIME = 8; // bytes: until when it is good
const LENGTH = TIME + 32;

const NO_SALT = Buffer.alloc(0);
const PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex"); // RFC 8410, before the 32 bytes
const PUBLIC = Buffer.from("302a300506032b656e032100", "hex");

const privateKey = (bytes) => createPrivateKey({ key: Buffer.concat([PRIVATE, bytes]), format: "der", type: "pkcs8" });
const publicKey = (bytes) => createPublicKey({ key: Buffer.concat([PUBLIC, bytes]), format: "der", type: "spki" });
const publicBytes = (secret) => createPublicKey(privateKey(secret)).export({ format: "der", type: "spki" }).subarray(PUBLIC.length);
const derive = (secret, info) => Buffer.from(hkdfSync("sha256", secret, NO_SALT, info, 32));

// Exactly the base64 of so many bytes; null for anything else.
function bytesOf(text, length) {
  const bytes = typeof text === "string" && text.length <= 64 ? Buffer.from(text, "base64") : null;
  return bytes?.length === length && bytes.toString("base64") === text ? bytes : null;
}

// Behind its length, so that none can pass for two.
function field(value) {
  const bytes = Buffer.from(value), length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export class Challenges {
  constructor(store) {
    this.store = store;
  }

  get secret() {
    return Buffer.from(this.store.setting("challenge_secret") ?? this.store.set("challenge_secret", randomBytes(32).toString("hex")),
      "hex");
  }

  // The secret half of a challenge. `known`: what is known of the key, which is another text once it has registered.
  secretOf(until, key, known) {
    return derive(this.secret, Buffer.concat([Buffer.from("bamgate challenge 1\0"), until, key, Buffer.from(known)]));
  }

  make(key, known, now) {
    const until = Buffer.alloc(TIME);
    until.writeBigUInt64BE(BigInt(now + LIFETIME_S));
    return Buffer.concat([until, publicBytes(this.secretOf(until, Buffer.from(key, "base64"), known))]).toString("base64");
  }

  // The secret half of one of ours, for this key, that is not over; else null.
  recall(challenge, key, known, now) {
    const until = challenge.subarray(0, TIME), time = until.readBigUInt64BE();
    if (time <= BigInt(now) || time > BigInt(now + LIFETIME_S))
      return null;
    const secret = this.secretOf(until, key, known);
    return publicBytes(secret).equals(challenge.subarray(TIME)) ? secret : null;
  }

  proofOf(challenge, secret, key, { device_name, host, pin }) {
    const shared = diffieHellman({ privateKey: privateKey(secret), publicKey: publicKey(key) });
    const covered = [challenge, key, device_name, host, pin].map((value) => field(value ?? ""));
    return createHmac("sha256", derive(shared, "bamgate registration 1")).update(Buffer.concat(covered)).digest("base64");
  }

  // Does the body of a registration answer a challenge of ours?
  check(body, known, now) {
    const challenge = bytesOf(body.challenge, LENGTH), key = Buffer.from(body.public_key, "base64");
    const secret = challenge && this.recall(challenge, key, known, now);
    if (!secret || !bytesOf(body.proof, 32))
      return false;
    try {
      return isSameText(body.proof, this.proofOf(challenge, secret, key, body));
    } catch {
      return false; // a key of small order, with which everybody agrees on the same
    }
  }
}
