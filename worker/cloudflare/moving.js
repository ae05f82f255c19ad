// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoints by which a network goes to another hub, and comes from one (docs/devices.md, Moving).
import { failure, json, patience } from "./answers.js";
import { callerOf, showsToken } from "./callers.js";
import { RIGHTS } from "./devices.js";
import { askAgain, entriesOf } from "./managing.js";
import { bodyOf, noBody } from "./registering.js";
import { Arrival, digestOf, exportRows, MAX_ROWS, pageOf } from "./rows.js";
import { sourceOf } from "./sources.js";

const VERSION = 1;
const FREEZE_MS = 30000; // since the last page was read
const LONGEST_URL = 255;

// Where this hub is in a move: it came from elsewhere and nobody has used it yet, it is being read and takes no changes, or it has gone.
export class Move {
  constructor(store) {
    Object.assign(this, { store, rows: null, digest: "", until: 0, arrival: null });
    this.isUnused = store.setting("arrived") === "yes";
    const [url, pin] = (store.setting("moved") || " ").split(" ");
    this.place = url === "" ? null : { pin, url };
  }

  show(rows) {
    Object.assign(this, { rows, digest: digestOf(rows), until: Date.now() + FREEZE_MS, freezes: !this.isUnused });
  }

  get isShown() {
    if (Date.now() >= this.until)
      this.rows = null;
    return this.rows !== null;
  }

  // Not while it is looked whether all of it has come.
  get isFrozen() {
    return this.isShown && this.freezes;
  }

  // What is shown; null: nothing is, or not any more. Each look makes it last again.
  look() {
    if (!this.isShown)
      return null;
    this.until = Date.now() + FREEZE_MS;
    return this.rows;
  }

  go({ pin, url }) {
    this.store.set("moved", `${url} ${pin}`);
    Object.assign(this, { place: { pin, url }, rows: null });
  }

  use() {
    if (this.isUnused)
      this.store.set("arrived", "no");
    this.isUnused = false;
  }
}

// The answer of a hub whose network has gone.
export function movedAnswer({ pin, url }) {
  return json(421, { error: "the network has moved to another hub", pin, url },
    { "Bamgate-Moved": pin === "" ? url : `${url}#sha256=${pin}` });
}

export function readingAnswer() {
  return failure(503, "the network is being moved: try again in a moment", { "Retry-After": "5" });
}

// Being read

export function exportNetwork(request, state) {
  const { move } = state, text = new URL(request.url).searchParams.get("from") ?? "0", from = Number(text);
  if (!/^\d{1,9}$/.test(text))
    return failure(400, "from is no number of a row");
  if (from === 0)
    move.show(exportRows(state));
  const rows = move.look();
  if (rows === null || from >= rows.length)
    return failure(409, "nobody reads that: begin at row 0");
  const page = pageOf(rows, from);
  return json(200, { count: rows.length, digest: move.digest, next: from + page.length, rows: page, version: VERSION });
}

// Coming

function isEmpty({ store, log, network }) {
  return network.list().length === 0 && store.devices().length === 0 && log.count === 0;
}

// Why the network that came cannot be; null where it can.
async function complaintAbout(arrival, state) {
  if (arrival.network === null)
    return [400, "the row of the network is missing"];
  if (state.settings.subnet !== "" && state.settings.subnet !== arrival.network.subnet)
    return [409, "this hub was told to have another subnet: take its variable SUBNET away"];
  for (const entry of arrival.entries)
    if (!await state.log.isSigned(entry))
      return [409, "an entry of the log is not signed"];
  return state.log.wouldFit(arrival.entries) ? null : [409, "the log does not follow"];
}

async function takeOver(request, state) {
  const { move } = state, { arrival } = move, complaint = await complaintAbout(arrival, state);
  move.arrival = null;
  if (complaint !== null)
    return failure(...complaint);
  if (state.sockets.size > 0)
    return failure(409, "somebody is connected to this hub");
  state.adopt(arrival, request);
  return json(200, { done: true, next: arrival.count });
}

function refusePage(move, why) {
  move.arrival = null;
  return failure(400, why);
}

function takePage({ rows, from, count }, request, state) {
  const { move, core } = state;
  if (from === 0)
    move.arrival = new Arrival(core);
  if (move.arrival?.count !== from)
    return failure(409, "these rows do not follow: begin at row 0");
  const why = move.arrival.take(rows);
  core.call.subnet_open(...core.put(state.store.subnet)); // the rows were held against their own
  if (why !== null)
    return refusePage(move, why);
  if (move.arrival.count > count)
    return refusePage(move, "there are more rows than was said");
  return move.arrival.count === count ? takeOver(request, state) : json(200, { done: false, next: move.arrival.count });
}

// Only with the token that the new hub's owner has; nobody guesses it, but wrong ones have shares like all others.
function refusalOf(request, { settings, credentialGuard }) {
  const source = sourceOf(request), wait = credentialGuard.take(source);
  if (wait > 0)
    return patience(wait, "too many attempts");
  if (!showsToken(request.headers.get("Authorization"), settings)) {
    credentialGuard.remember(source);
    return failure(401, "this takes the hub's own token");
  }
  credentialGuard.forgive(source);
  return null;
}

const isCount = (value) => Number.isInteger(value) && value >= 0 && value <= MAX_ROWS;

export async function importNetwork(request, state) {
  const refusal = refusalOf(request, state), body = await bodyOf(request);
  if (refusal !== null)
    return refusal;
  if (!isEmpty(state) && !state.move.isUnused && state.move.place === null)
    return failure(409, "this hub has a network of its own: only an empty one takes another");
  if (body === null)
    return noBody();
  if (body.version !== VERSION)
    return failure(400, "this hub reads version 1 of the rows");
  if (!isCount(body.from) || !isCount(body.count) || body.count === 0 || !Array.isArray(body.rows) || body.rows.length === 0)
    return failure(400, "from, count or rows is missing, or cannot be");
  return takePage(body, request, state);
}

// Going

function isUrl(text) {
  if (typeof text !== "string" || text.length > LONGEST_URL || !/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text))
    return false;
  const { protocol, host, username, password } = new URL(text);
  return /^(https?|wss?):$/.test(protocol) && host !== "" && username === "" && password === "";
}

function wrongIn({ url, pin, digest, entries }, { network }, entry) {
  if (!isUrl(url))
    return "url is missing, or no URL of a hub";
  if (pin !== "" && !(typeof pin === "string" && network.isKey(pin)))
    return "pin is missing, or neither empty nor the SHA-256 of a key";
  if (entries !== undefined && entry === undefined)
    return "entries is no list of one entry in base64";
  return typeof digest === "string" ? null : "digest is missing";
}

// Does the entry say the same?
function saysSo(entry, { url, pin }, { log }) {
  const said = log.moveOf(entry);
  return said !== null && said.url === url && said.pin === pin;
}

// In a signed network its owners say where it is, and the hub alone moves nobody. null, or why not.
function signDeparture(entry, body, state, device) {
  const { devices } = state;
  if (devices.isSigned !== (entry !== undefined))
    return devices.isSigned ? "the network is signed: its log has to say where it goes" : "the network is not signed, and has no log";
  if (!devices.isSigned)
    return null;
  return saysSo(entry, body, state) ? devices.append([entry], device).error ?? null : "the entry does not say what the request says";
}

function go(entry, body, state, device) {
  if (digestOf(exportRows(state)) !== body.digest)
    return failure(409, "the network has changed since it was read: read it again");
  const why = state.store.whole(() => {
    const refusal = signDeparture(entry, body, state, device);
    if (refusal === null)
      state.move.go(body);
    return refusal;
  });
  if (why !== null)
    return failure(409, why);
  state.tellMoved();
  return json(200, { ok: true });
}

export async function setMoved(request, state) {
  const body = await bodyOf(request);
  if (body === null)
    return noBody();
  const list = body.entries === undefined ? [] : entriesOf(body), entry = list?.length === 1 ? list[0] : undefined;
  const wrong = wrongIn(body, state, entry), place = state.move.place;
  if (wrong !== null)
    return failure(400, wrong);
  if (entry !== undefined && !await state.log.isSigned(entry))
    return failure(409, "the signature is wrong, or this is no entry");
  const { device, refusal } = askAgain(request, RIGHTS.manage, state);
  if (refusal)
    return refusal;
  if (place === null)
    return go(entry, body, state, device);
  return place.url === body.url && place.pin === body.pin ? json(200, { ok: true }) : movedAnswer(place);
}
