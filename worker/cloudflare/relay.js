// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay as a Durable Object: the core's TURN server between WebSockets. It sleeps like a room: what a client has stands in
// the attachment of its socket, and is written when a request changed it, not for what is relayed.
import { DurableObject } from "cloudflare:workers";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { DEVICES, json, plain } from "./answers.js";
import { newAttachment, wakeAll } from "./attachments.js";
import { Backlog } from "./backlog.js";
import { Core, letGo, needed } from "./core.js";
import { Leaving } from "./leaving.js";
import { readSettings, turnSecretOf } from "./settings.js";
import { sourceOf } from "./sources.js";
import { Spent } from "./spent.js";

const MAX_SAVED = 1280;
const USELESS_MS = 60_000;
const SWEEP_MS = 30_000;
const MALFORMED = 1;
const OVER_CEILING = 2;
const MAX_WAITING = 256 * 1024;
const FRAME_MAX = 16 * 1024 - 64; // of messages that go together
const MESSAGE_MAX = 64 * 1024;
const DIGESTS = [(key) => createHash("md5"), (key) => createHmac("sha1", key), (key) => createHmac("sha256", key)];

function isSame(a, b) {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

export class Relay extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.settings = readSettings(env);
    this.awakeSince = Date.now();
    this.droppedSlow = 0;
    this.sockets = new Map(); // WebSocket → what we know of it
    this.clients = new Map(); // its number → the same
    this.backlog = new Backlog(MAX_WAITING);
    this.leaving = new Leaving(ctx);
    this.gathering = { known: undefined, length: 0, count: 0, bytes: new Uint8Array(FRAME_MAX + MESSAGE_MAX) };
    this.core = new Core({
      turn_send: (number, at, length) => this.gather(this.clients.get(number), this.core.bytes(at, length)),
      nonce: () => randomBytes(8).readBigUInt64BE(),
      turn_spent: () => this.spent.write(),
      digest: (...parts) => this.digest(...parts),
    });
    this.spent = new Spent(this.core, ctx.storage, () => this.sockets.values(), this.settings.relayCeiling);
    ctx.blockConcurrencyWhile(() => this.open());
  }

  async open() {
    const secret = turnSecretOf(this.settings, this.settings.givenTurnSecret || await this.storedSecret());
    if (!this.core.call.relay_open(...this.core.put(secret, this.settings.relayCeiling), this.settings.maxRelaySockets,
      this.settings.relayRate * 125_000))
      throw new Error("no memory for the relay");
    wakeAll(this.ctx, this.leaving, (ws, attachment) => this.wake(ws, attachment));
    await this.spent.open();
  }

  // What the main room has of an earlier Worker: asked for once, so that it may sleep.
  async storedSecret() {
    const known = await this.ctx.storage.get("turn_secret");
    if (known !== undefined)
      return known;
    const secret = await this.env.SIGNALING_ROOM.get(this.env.SIGNALING_ROOM.idFromName("default")).storedTurnSecret();
    await this.ctx.storage.put("turn_secret", secret);
    return secret;
  }

  digest(kind, keyAt, keyLength, at, length, out) {
    const value = DIGESTS[kind](this.core.bytes(keyAt, keyLength)).update(this.core.bytes(at, length)).digest();
    this.core.bytes(out, value.length).set(value);
  }

  // Sockets

  track(ws, attachment) {
    const known = { ws, attachment, useless: needed(this.core.call.useless_new(Date.now())) };
    this.sockets.set(ws, known);
    this.clients.set(attachment.number, known);
    return known;
  }

  // False where what it had says nothing to us.
  wake(ws, attachment) {
    const { number, saved, device = "" } = attachment;
    if (!(saved instanceof Uint8Array) || saved.length > MAX_SAVED || !Number.isInteger(number))
      return false;
    const [length] = this.core.put(device);
    this.core.bytes(this.core.inputAt + length, saved.length).set(saved);
    if (!this.core.call.turn_restore(number, length, saved.length, Date.now()))
      return false;
    this.track(ws, attachment);
    return true;
  }

  // Writes what the client has now, where that is something else.
  keep(known) {
    const length = this.core.call.turn_save(known.attachment.number, Date.now());
    const saved = this.core.bytes(this.core.call.turn_saved_at(), length);
    if (isSame(known.attachment.saved, saved))
      return;
    known.attachment.saved = saved.slice();
    known.ws.serializeAttachment(known.attachment);
  }

  // What comes of one frame for one receiver goes in one frame, too.
  gather(known, message) {
    const { gathering } = this;
    if (known === undefined)
      return;
    if (gathering.known !== known || gathering.length + message.length > FRAME_MAX)
      this.flush();
    gathering.bytes.set(message, gathering.length);
    gathering.known = known;
    gathering.length += message.length;
    gathering.count++;
  }

  flush() {
    const { known, bytes, length, count } = this.gathering;
    Object.assign(this.gathering, { known: undefined, length: 0, count: 0 });
    if (known === undefined)
      return;
    if (this.backlog.isFull(known.ws))
      this.droppedSlow += count;
    else
      this.send(known, bytes.slice(0, length));
  }

  send(known, bytes) {
    try {
      known.ws.send(bytes);
    } catch {
      // it is closing, and we hear of that
    }
  }

  forget(known) {
    if (this.gathering.known === known)
      this.flush();
    this.sockets.delete(known.ws);
    this.clients.delete(known.attachment.number);
    this.core.call.turn_close(known.attachment.number);
    this.core.call.useless_free(known.useless);
    this.spent.leave(known.attachment);
  }

  endIf(known, why) {
    if (why === 0)
      return false;
    const { code, reason } = this.core.goodbye(why);
    this.forget(known);
    this.leaving.add(known.ws, known.attachment.network);
    try {
      known.ws.serializeAttachment({ gone: true, network: known.attachment.network });
    } catch {
      // it was closed meanwhile
    }
    letGo(known.ws, code, reason);
    return true;
  }

  // What is overdue

  sweep() {
    const now = Date.now();
    this.sweptAt = now;
    this.core.call.turn_expire(now);
    for (const known of [...this.sockets.values()])
      if (!this.core.call.turn_has_allocation(known.attachment.number, now))
        this.endIf(known, this.core.call.relay_check_use(known.attachment.openedAt, now));
  }

  sweepNowAndThen() {
    if (Date.now() - (this.sweptAt ?? 0) > SWEEP_MS)
      this.sweep();
  }

  // Wakes us once for those that allocate nothing.
  async watchForUse() {
    if (this.alarmAt > Date.now())
      return;
    this.alarmAt = Date.now() + USELESS_MS + 500;
    await this.ctx.storage.setAlarm(this.alarmAt);
  }

  async alarm() {
    this.alarmAt = 0;
    this.sweep();
    if ([...this.clients.keys()].some((number) => !this.core.call.turn_has_allocation(number, Date.now())))
      await this.watchForUse();
  }

  // `out`: from ids of devices ("": those with the token) to why their sockets go.
  cut(out) {
    for (const known of [...this.sockets.values()])
      this.endIf(known, out.get(known.attachment.device ?? "") ?? 0);
  }

  // Frames

  webSocketMessage(ws, frame) {
    const known = this.sockets.get(ws);
    if (known === undefined || typeof frame === "string")
      return;
    const bytes = new Uint8Array(frame), now = Date.now();
    if (this.endIf(known, this.core.call.relay_check_frame(bytes.length)))
      return;
    this.core.bytes(this.core.inputAt, bytes.length).set(bytes);
    const { number, many } = known.attachment;
    const verdict = this.core.call.turn_receive(number, many === true, bytes.length, now);
    this.flush();
    this.spent.watch();
    if (verdict !== 0) {
      this.endIf(known, this.whyNot(known, verdict, now));
      return;
    }
    if (many || (bytes.length > 0 && bytes[0] >> 6 === 0))
      this.keep(known);
    this.sweepNowAndThen();
  }

  whyNot(known, verdict, now) {
    if (verdict === OVER_CEILING)
      return this.core.call.goodbye_over_ceiling();
    return verdict === MALFORMED ? this.core.call.useless_take(known.useless, now) : 0;
  }

  webSocketClose(ws) {
    const known = this.sockets.get(ws);
    if (known !== undefined)
      this.forget(known);
    this.leaving.delete(ws);
    this.backlog.forget(ws);
    letGo(ws);
  }

  webSocketError(ws) {
    this.webSocketClose(ws);
  }

  // Requests, of which the Worker in front has looked at the token and the headers

  networkOf(source) {
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return source.length === 0 ? 0n : BigInt.asUintN(64, this.core.call.comings_network(source.length));
  }

  countOf(network) {
    const own = [...this.sockets.values()].filter((known) => known.attachment.network === network);
    return own.length + this.leaving.countOf(network);
  }

  reasonToRefuse(source, network) {
    const all = this.sockets.size + this.leaving.count();
    const place = this.core.call.place_for(this.settings.maxRelaySockets, all, network === 0n ? 0 : this.countOf(network));
    if (place === 1)
      return "Too many connections";
    if (network === 0n)
      return null;
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return place === 2 || this.core.call.comings_take(source.length, Date.now()) > 0 ? "Too many connections from there" : null;
  }

  async connect(request) {
    const source = sourceOf(request), network = this.networkOf(source);
    const why = this.reasonToRefuse(source, network);
    if (why !== null)
      return plain(503, why, { "Retry-After": "30" });
    const device = request.headers.get("X-Bamgate-Device") ?? "";
    const number = needed(this.core.call.turn_open(...this.core.put(device), network, Date.now()));
    const [theirs, ours] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(ours);
    this.keep(this.track(ours, newAttachment({ network, number, device,
      many: request.headers.get("Bamgate-Relay") === "1" })));
    await this.watchForUse();
    return new Response(null, { status: 101, webSocket: theirs, headers: { ...DEVICES, "Bamgate-Relay": "1" } });
  }

  status() {
    const [allocations, bytes, dropped_over_rate, dropped_unreachable, malformed, messages, over_ceiling, over_quota, unauthorized,
      frames] = new Float64Array(this.core.call.memory.buffer, this.core.call.turn_counters(), 10);
    return json(200, { allocations, awake_since: this.awakeSince, bytes, dropped_over_rate, dropped_slow: this.droppedSlow, dropped_unreachable,
      frames, malformed, messages, over_ceiling, over_quota, sockets: this.sockets.size, unauthorized, waiting: this.backlog.recount(), ...this.spent.say() });
  }

  fetch(request) {
    return new URL(request.url).pathname === "/turn" ? this.connect(request) : this.status();
  }
}
