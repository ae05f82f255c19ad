// SPDX-License-Identifier: LGPL-2.1-or-later
// What devices show: access tokens, which are JSON Web Tokens (RFC 7519) under keys that only this object has, and refresh tokens, of
// which only hashes are kept.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const KEY_LIFETIME_S = 30 * 24 * 3600;
const LONGEST = 1024;

const REFUSALS = ["device not found or revoked", "refresh_token_expired", "invalid refresh token", "invalid refresh token"];
const REUSED = 3;
const KEEP = 4;
const ROTATE = 5;

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const headerOf = ({ id }) => base64url({ alg: "HS256", kid: id, typ: "JWT" });
const signatureOf = ({ secret }, text) => createHmac("sha256", Buffer.from(secret, "hex")).update(text).digest("base64url");
const hashOf = (token) => createHash("sha256").update(token).digest("hex");

export function isSameText(a, b) {
  const left = Buffer.from(a), right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export class AccessTokens {
  constructor(core, store) {
    this.store = store;
    this.lifetime = core.call.access_lifetime();
  }

  // Those before the newest have signed nothing since that was made.
  keyToSign(now) {
    const [newest] = this.store.signingKeys();
    if (newest && now - newest.created_at > this.lifetime)
      this.store.removeSigningKeysBefore(newest.number);
    if (newest && now - newest.created_at < KEY_LIFETIME_S)
      return newest;
    this.store.addSigningKey(`k_${randomBytes(8).toString("hex")}`, randomBytes(32).toString("hex"), now);
    return this.store.signingKeys()[0];
  }

  make(device, isOwner, now) {
    const key = this.keyToSign(now);
    const claims = { sub: device, owner: isOwner, net: "default", iat: now, exp: now + this.lifetime };
    const text = `${headerOf(key)}.${base64url(claims)}`;
    return `${text}.${signatureOf(key, text)}`;
  }

  // The id of the device that it is of, or null. The header is one that we write, to the byte.
  read(token, now) {
    const [header, claims, signature, ...rest] = token.length <= LONGEST ? token.split(".") : [];
    const key = this.store.signingKeys().find((known) => headerOf(known) === header);
    if (key === undefined || rest.length > 0 || !isSameText(signature ?? "", signatureOf(key, `${header}.${claims}`)))
      return null;
    const { sub, exp } = JSON.parse(Buffer.from(claims, "base64url"));
    return exp > now ? sub : null;
  }
}

export class RefreshTokens {
  constructor(core, store) {
    this.core = core;
    this.store = store;
  }

  newToken() {
    return `bgr_${randomBytes(32).toString("hex")}`;
  }

  // A first one; what the device had is good no more.
  issue(device, now) {
    const token = this.newToken();
    this.store.putCredential({ device, hash: hashOf(token), made_at: now, is_used: 0, previous_hash: "", previous_made_at: 0,
      used_at: now });
    return token;
  }

  next(row, shown, verdict, now) {
    if (verdict === KEEP)
      return { ...row, is_used: Number(shown.isCurrent || row.is_used), used_at: now };
    const kept = verdict === ROTATE ? { previous_hash: row.hash, previous_made_at: row.made_at } : {};
    return { ...row, ...kept, made_at: now, is_used: 0, used_at: now };
  }

  // { error, isReused } or { token, age }: the one to go on with, and how many seconds ago it was made.
  refresh(device, state, token, wantsRotation, now) {
    const row = this.store.credential(device);
    const hash = hashOf(token);
    const shown = { isCurrent: isSameText(row?.hash ?? "", hash), isPrevious: isSameText(row?.previous_hash ?? "", hash) };
    const verdict = this.core.call.device_refresh(state, shown.isCurrent, shown.isPrevious, row?.is_used ?? 0, row?.used_at ?? 0,
      wantsRotation, now);
    if (verdict < KEEP)
      return { error: REFUSALS[verdict], isReused: verdict === REUSED };
    const next = this.next(row, shown, verdict, now);
    const isKept = verdict === KEEP;
    const answer = isKept ? { token, age: Math.max(now - (shown.isCurrent ? row.made_at : row.previous_made_at), 0) }
      : { token: this.newToken(), age: 0 };
    this.store.putCredential(isKept ? next : { ...next, hash: hashOf(answer.token) });
    return answer;
  }

  forget(device) {
    this.store.removeCredential(device);
  }
}
