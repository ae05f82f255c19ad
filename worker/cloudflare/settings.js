// SPDX-License-Identifier: LGPL-2.1-or-later
// What whoever deploys the Worker chose: variables and secrets by the names below (docs/worker.md).
import { createHmac } from "node:crypto";
import { Core } from "./core.js";

export class BadSettings extends Error {}

function wholeNumber(env, key, standard, least, most) {
  const value = Number(env[key] ?? standard);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new BadSettings(`${key} must be a whole number from ${least} to ${most}`);
  return value;
}

function word(env, key) {
  const value = env[key] ?? "";
  if (value !== "" && !/^[\x21-\x7e]{16,256}$/.test(value))
    throw new BadSettings(`${key} must be one word of 16 to 256 printable ASCII characters`);
  return value;
}

function authToken(env) {
  const value = word(env, "AUTH_TOKEN");
  if (value === "")
    throw new BadSettings("AUTH_TOKEN is not set: wrangler secret put AUTH_TOKEN");
  return value;
}

// Names of devices end in it: as the hub takes them, lower case, and not below "arpa", where addresses are.
function suffix(env) {
  const value = (env.SUFFIX ?? "").toLowerCase().replace(/\.$/, "");
  const isName = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/.test(value) && value.length <= 189;
  const isForAddresses = /(^|\.)arpa$/.test(value) && !/(^|\.)home\.arpa$/.test(value);
  if (value !== "" && (!isName || isForAddresses))
    throw new BadSettings("SUFFIX is no domain that names could end in");
  return value;
}

// What is no ceiling to the core is none here. Looked at once for each isolate.
let lastCeiling = "";

function relayCeiling(env) {
  const text = env.RELAY_CEILING ?? "";
  const core = text === "" || text === lastCeiling ? null : new Core({});
  if (core !== null && (text.length > 256 || core.call.ceiling_read(...core.put(text)) === 0))
    throw new BadSettings("RELAY_CEILING is no amount per day or month, such as 50GB/month, 2GB/day or 5M messages/month");
  lastCeiling = text;
  return text;
}

function publicUrl(env) {
  const value = env.PUBLIC_URL ?? "";
  if (value === "")
    return "";
  if (!URL.canParse(value) || !/^(https?|wss?):$/.test(new URL(value).protocol))
    throw new BadSettings("PUBLIC_URL is no https or wss URL");
  const url = new URL(value);
  return `${/^(https|wss):$/.test(url.protocol) ? "https" : "http"}://${url.host}`;
}

function isYes(env, key, standard) {
  const value = env[key] ?? standard;
  if (value !== "yes" && value !== "no")
    throw new BadSettings(`${key} must be yes or no`);
  return value === "yes";
}

// An account, by its name or, better, its number: names can be taken anew.
function githubOwner(env) {
  const value = env.GITHUB_OWNER ?? "";
  if (value !== "" && !/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(value))
    throw new BadSettings("GITHUB_OWNER is no account at GitHub");
  return value;
}

// Another one is for tests, and on this machine: whoever answers there says who may come in.
function githubApi(env) {
  const value = env.GITHUB_API ?? "https://api.github.com";
  if (value !== "https://api.github.com" && !/^http:\/\/127\.0\.0\.1(:\d{1,5})?$/.test(value))
    throw new BadSettings("GITHUB_API must be on this machine, http://127.0.0.1:PORT");
  return value;
}

// One secret less to keep: it opens nothing that the token does not.
function madeOf(token) {
  return `bg_${createHmac("sha256", token).update("bamgate turn secret 1").digest("hex").slice(0, 48)}`;
}

// The one in force where this one was stored, or none ("").
export function turnSecretOf(settings, stored) {
  return settings.hasRelay ? settings.givenTurnSecret || stored || madeOf(settings.token) : "";
}

// Throws BadSettings, whose message is for whoever deploys.
export function readSettings(env) {
  const token = authToken(env);
  const maxSockets = wholeNumber(env, "MAX_SOCKETS", 2048, 1, 32768);
  return {
    token,
    version: env.VERSION ?? "",
    suffix: suffix(env),
    publicUrl: publicUrl(env),
    isTokenAllowed: isYes(env, "SHARED_TOKEN", "yes"),
    needsApproval: isYes(env, "APPROVE_DEVICES", "no"),
    githubOwner: githubOwner(env),
    githubApi: githubApi(env),
    hasRelay: env.RELAY !== "no",
    givenTurnSecret: word(env, "TURN_SECRET"),
    relayCeiling: relayCeiling(env),
    relayRate: wholeNumber(env, "RELAY_RATE", 400, 0, 100000),
    subnet: env.SUBNET ?? "",
    maxPeers: wholeNumber(env, "MAX_PEERS", 1024, 1, 16384),
    maxSockets,
    maxRelaySockets: Math.max(Math.floor(maxSockets / 2), 1),
    joinTimeout: wholeNumber(env, "JOIN_TIMEOUT", 10, 1, 3600),
    pingInterval: wholeNumber(env, "PING_INTERVAL", 30, 1, 3600),
    inviteLifetime: wholeNumber(env, "INVITE_LIFETIME", 600, 1, 30 * 24 * 3600),
  };
}
