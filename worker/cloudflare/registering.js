// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoints by which a device gets its credentials, goes on with them, and leaves.
import { failure, json, patience } from "./answers.js";
import { callerOf } from "./callers.js";
import { STATES } from "./devices.js";
import { accountOf } from "./github.js";
import { readBody } from "./messages.js";
import { sourceOf } from "./sources.js";

const MAX_BODY = 64 * 1024;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

const now = () => Math.floor(Date.now() / 1000);
const isText = (value) => typeof value === "string";

export const isDeviceName = (value) => isText(value) && NAME.test(value);
export const noBody = () => failure(400, "the body is no object of JSON");
export const noAddress = () => failure(507, "no addresses available in subnet");

// One object of JSON, which a stranger wrote; null for anything else.
export async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY)
      return null;
    chunks.push(chunk);
  }
  return readBody(Buffer.concat(chunks).toString());
}

// Registering

function complaintAbout({ device_name, public_key, github_token }, network) {
  if (github_token !== undefined)
    return !isDeviceName(device_name) ? "device_name is required" : isText(github_token) ? null : "github_token is required";
  if (!isDeviceName(device_name))
    return "device_name is missing, or no name: 1 to 63 letters, digits, “-”, “_” and “.”";
  return isText(public_key) && network.isKey(public_key) ? null : "public_key is missing, or no key";
}

function answerDevice(row, serverUrl, { accessTokens, refreshTokens, devices, log, network, turnSecret }) {
  return json(200, {
    access_token: accessTokens.make(row.id, devices.isOwner(row), now()), address: row.address, address6: row.address6,
    device_id: row.id, device_name: row.name, expires_in: accessTokens.lifetime, log: log.count,
    refresh_token: refreshTokens.issue(row.id, now()), server_url: serverUrl, state: STATES[devices.stateOf(row)],
    subnet: network.subnet, subnet6: devices.subnet6, turn_secret: turnSecret,
  });
}

function refuseKey(key, { devices }) {
  switch (devices.mayRegister(key)) {
    case "revoked":
      return failure(403, "this device was revoked: its key is never taken again");
    case "full":
      return failure(507, "too many devices are registered, or wait for an owner's word");
    default:
      return null;
  }
}

// The proof of the key

// What is known of the key; another text once it has registered.
function knownOf(key, { store }) {
  const row = store.deviceOfKey(key);
  return row === undefined ? "" : `${row.id} ${store.credential(row.id)?.hash ?? ""}`;
}

// Ours, as whoever asks should know it.
function hostOf(request, state) {
  return new URL(state.baseOf(request)).hostname.replace(/^\[|\]$/g, "");
}

function isProved(body, known, host, { challenges }) {
  const texts = [body.challenge, body.proof, body.host, body.pin ?? ""];
  return texts.every(isText) && body.host === host && challenges.check(body, known, now());
}

// Where whoever asks has not shown that the key is its own, to us; nothing of the key is said before. Else null.
function refuseUnproved(request, body, state) {
  const known = knownOf(body.public_key, state), host = hostOf(request, state);
  if (isProved(body, known, host, state))
    return null;
  return json(401, { challenge: state.challenges.make(body.public_key, known, now()),
    error: "answer the challenge with a proof that the key is yours", host });
}

function redeem(body, state) {
  const { verdict, address, serverUrl } = state.network.redeem(body.invite, body.public_key);
  if (verdict !== "done")
    return noAddress();
  return answerDevice(state.devices.register(body.device_name, body.public_key, state.network.hostOf(address)), serverUrl, state);
}

function registerWithCode(request, body, source, state) {
  const verdict = state.network.judgeCode(body.invite, body.public_key);
  if (verdict === "unknown" || verdict === "expired") {
    state.guard.remember(source);
    return verdict === "unknown" ? failure(404, "invalid or expired invite code") : failure(410, "invite code has expired");
  }
  state.guard.forgive(source);
  return refuseUnproved(request, body, state) ?? refuseKey(body.public_key, state) ?? redeem(body, state);
}

// One that was in the network before there were devices keeps its address, or stays as it is.
function keepsAddress({ address, device_name, public_key }, { network }) {
  return isText(address) && network.record(address, device_name, public_key);
}

function registerWithToken(request, body, source, state) {
  if (!callerOf(request.headers.get("Authorization"), state).hasToken) {
    state.credentialGuard.remember(source);
    return failure(401, "neither an invite code nor the token");
  }
  state.credentialGuard.forgive(source);
  if (!state.devices.tokenRegisters)
    return failure(403, "the shared token opens nothing here: ask for an invite code");
  const refusal = refuseUnproved(request, body, state) ?? refuseKey(body.public_key, state);
  if (refusal !== null)
    return refusal;
  if (body.address !== undefined && !keepsAddress(body, state))
    return failure(409, "the address is none of this network, or another device's");
  const host = state.network.reserve(body.public_key, true);
  if (host === 0)
    return noAddress();
  return answerDevice(state.devices.register(body.device_name, body.public_key, host), state.baseOf(request), state);
}

async function registerWithAccount(request, { device_name, github_token }, source, state) {
  const { refusal, account } = await accountOf(github_token, state);
  if (refusal) {
    state.credentialGuard.remember(source);
    return refusal;
  }
  state.credentialGuard.forgive(source);
  if (state.devices.isSigned && !state.devices.tokenOpens)
    return failure(403, "this network takes in only who is in its log");
  if (state.devices.mayRegister("") === "full")
    return failure(507, "too many devices are registered, or wait for an owner's word");
  const row = state.devices.registerAccount(device_name, account);
  return row === null ? noAddress() : answerDevice(row, state.baseOf(request), state);
}

export async function register(request, state) {
  const body = await bodyOf(request), source = sourceOf(request);
  if (body === null)
    return noBody();
  const complaint = complaintAbout(body, state.network);
  if (complaint !== null)
    return failure(400, complaint);
  const isByCode = body.github_token === undefined && isText(body.invite);
  const wait = (isByCode ? state.guard : state.credentialGuard).take(source);
  if (wait > 0)
    return patience(wait, "too many attempts");
  if (isByCode)
    return registerWithCode(request, body, source, state);
  return body.github_token === undefined ? registerWithToken(request, body, source, state)
    : registerWithAccount(request, body, source, state);
}

// Refreshing

function answerRefreshed(row, { token, age }, { accessTokens, devices }) {
  return json(200, { access_token: accessTokens.make(row.id, devices.isOwner(row), now()), address: row.address,
    address6: row.address6, device_name: row.name, expires_in: accessTokens.lifetime, refresh_age: age, refresh_token: token,
    state: STATES[devices.stateOf(row)] });
}

function refreshWith(id, token, rotate, source, state) {
  const row = state.store.device(id);
  const said = row === undefined ? { error: "device not found or revoked" }
    : state.refreshTokens.refresh(id, state.devices.stateOf(row), token, rotate, now());
  if (said.isReused)
    console.warn(`a refresh token of ${row.name} was used that has been replaced: somebody may have a copy of it`);
  if (said.error) {
    state.credentialGuard.remember(source);
    return failure(401, said.error);
  }
  state.credentialGuard.forgive(source);
  state.devices.see(row);
  return answerRefreshed(row, said, state);
}

export async function refresh(request, state) {
  const body = await bodyOf(request), source = sourceOf(request);
  if (body === null)
    return noBody();
  const { device_id: id, refresh_token: token } = body, rotate = body.rotate ?? true;
  if (!isText(id) || !isText(token) || typeof rotate !== "boolean")
    return failure(400, "device_id or refresh_token is missing, or rotate is no boolean");
  const wait = state.credentialGuard.take(source);
  return wait > 0 ? patience(wait, "too many attempts") : refreshWith(id, token, rotate && state.move.place === null, source, state);
}

// Leaving

export function leave(request, { devices }, { device }) {
  devices.leave(device);
  return json(200, { ok: true });
}
