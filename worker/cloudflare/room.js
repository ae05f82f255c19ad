// SPDX-License-Identifier: LGPL-2.1-or-later
// One room as a Durable Object. It sleeps while nobody says anything; what it must know when it wakes stands in the
// attachments of its sockets: when one was opened and, once it joined, its entry. Nothing is written for what it passes on.
import { DurableObject } from "cloudflare:workers";
import { json, notSetUp, plain } from "./answers.js";
import { newAttachment, wakeAll } from "./attachments.js";
import { Core, letGo, needed, utf8Length } from "./core.js";
import { Guard } from "./guard.js";
import { networkInfo, newInvite, redeem } from "./invites.js";
import { HEARTBEAT, readEntry, readFrame } from "./messages.js";
import { Network } from "./network.js";
import { BadSettings, readSettings, turnSecretOf } from "./settings.js";
import { sourceOf } from "./sources.js";
import { Store } from "./store.js";

export class SignalingRoom extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.settings = readSettings(env);
    this.awakeSince = Date.now();
    this.sockets = new Map(); // WebSocket → what we know of it
    this.numbers = new Map(); // its number → the same
    this.lastNumber = 0;
    this.core = new Core({
      send: (number, at, length) => this.send(this.numbers.get(number), this.core.text(at, length)),
      replaced: (number) => this.replaced(this.numbers.get(number)),
    });
    this.core.call.room_open(...this.core.put(this.settings.suffix && JSON.stringify(this.settings.suffix)),
      this.settings.maxPeers);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT));
    wakeAll(ctx, (ws, attachment) => this.wake(ws, attachment));
  }

  // What is stored: opened when it is first needed

  get store() {
    return this._store ??= new Store(this.ctx.storage, this.settings.subnet, this.core);
  }

  get network() {
    return this._network ??= new Network(this.core, this.store, () => this.addressesInUse());
  }

  get guard() {
    return this._guard ??= new Guard(this.core, this.store);
  }

  get turnSecret() {
    return turnSecretOf(this.settings, this.store.setting("turn_secret"));
  }

  // For the relay.
  storedTurnSecret() {
    return this.store.setting("turn_secret") ?? "";
  }

  addressesInUse() {
    return [...this.sockets.values()].map((known) => known.address).filter(Boolean);
  }

  // Sockets

  track(ws, attachment) {
    const known = { ws, attachment, number: ++this.lastNumber, session: needed(this.core.call.session_new(Date.now())),
      heardAt: Date.now(), member: 0, id: "", address: undefined };
    this.sockets.set(ws, known);
    this.numbers.set(known.number, known);
    return known;
  }

  forget(known) {
    this.sockets.delete(known.ws);
    this.numbers.delete(known.number);
    this.core.call.session_free(known.session);
  }

  // False where its entry says nothing to us.
  wake(ws, attachment) {
    const peer = attachment.entry ? readEntry(attachment.entry) : null;
    if (attachment.entry && peer === null)
      return false;
    const known = this.track(ws, attachment);
    if (peer === null)
      return true;
    this.makeMember(known, { ...peer, entry: attachment.entry, takesLeft: attachment.takesLeft });
    if (!this.core.call.room_restore(known.member))
      this.dropMember(known);
    return true;
  }

  makeMember(known, { id, key, address, entry, takesLeft }) {
    known.member = needed(this.core.call.member_new(known.number, takesLeft === true,
      ...this.core.put(id, key, entry, JSON.stringify(id))));
    Object.assign(known, { id, address });
  }

  dropMember(known) {
    this.core.call.member_free(known.member);
    Object.assign(known, { member: 0, address: undefined });
  }

  attach(known, changes) {
    Object.assign(known.attachment, changes);
    known.ws.serializeAttachment(known.attachment);
  }

  send(known, frame) {
    try {
      known.ws.send(frame);
    } catch {
      // it is closing, and we hear of that
    }
  }

  // The core has it out of the room already.
  replaced(known) {
    this.dropMember(known);
    this.end(known, this.core.goodbye(this.core.call.goodbye_replaced()));
  }

  leave(known) {
    if (known.member === 0)
      return;
    this.core.call.room_leave(known.member, Date.now());
    this.dropMember(known);
    this.watchForTelling();
  }

  // What changed in a hurry of changes is told when the core says: no timer beyond that keeps us awake.
  watchForTelling() {
    const wait = this.core.call.room_wait(Date.now());
    if (wait >= 0)
      this.telling ??= setTimeout(() => this.tell(), wait + 1);
  }

  tell() {
    this.telling = undefined;
    this.core.call.room_tell(Date.now());
    this.watchForTelling();
  }

  // Out of the room at once, whatever the socket still does.
  end(known, { code, reason }) {
    this.leave(known);
    this.forget(known);
    try {
      this.attach(known, { gone: true, entry: undefined });
    } catch {
      // it was closed meanwhile
    }
    letGo(known.ws, code, reason);
  }

  endIf(known, why) {
    if (why !== 0)
      this.end(known, this.core.goodbye(why));
    return why !== 0;
  }

  // What is overdue. Whoever asks for it is awake anyway.

  heardAt(known) {
    const answered = this.ctx.getWebSocketAutoResponseTimestamp(known.ws);
    // One that sends no heartbeats cannot be told from a dead one: the platform closes it when its line does.
    return answered === null ? Date.now() : Math.max(answered.getTime(), known.heardAt);
  }

  overdue(known) {
    const { joinTimeout, pingInterval } = this.settings;
    return this.core.call.session_overdue(known.attachment.openedAt, this.heardAt(known), known.member !== 0,
      joinTimeout, pingInterval, Date.now());
  }

  sweep() {
    this.sweptAt = Date.now();
    for (const known of [...this.sockets.values()])
      this.endIf(known, this.overdue(known));
  }

  sweepNowAndThen() {
    if (Date.now() - (this.sweptAt ?? 0) > this.settings.pingInterval * 1000)
      this.sweep();
  }

  // Wakes us once for those that do not join.
  async watchForJoin() {
    if (this.alarmAt > Date.now())
      return;
    this.alarmAt = Date.now() + this.settings.joinTimeout * 1000 + 500;
    await this.ctx.storage.setAlarm(this.alarmAt);
  }

  async alarm() {
    this.alarmAt = 0;
    this.sweep();
    if ([...this.sockets.values()].some((known) => known.member === 0))
      await this.watchForJoin();
  }

  // Frames

  join(known, peer, length) {
    if (known.member !== 0 || this.endIf(known, this.core.call.session_check_join(length)))
      return;
    this.sweepNowAndThen();
    this.makeMember(known, peer);
    const why = this.core.call.room_join(known.member, Date.now());
    if (why !== 0)
      this.dropMember(known);
    if (this.endIf(known, why))
      return;
    this.attach(known, { entry: peer.entry, takesLeft: peer.takesLeft });
    this.record(peer);
    this.watchForTelling();
  }

  record({ address, id, key }) {
    try {
      this.network.record(address, id, key);
    } catch (error) {
      console.error(`a device is not recorded: ${error.message}`); // it is here all the same, as with a hub that cannot write
    }
  }

  route(known, { from, to }, frame) {
    if (known.member === 0)
      return;
    const number = this.core.call.room_route(known.member, ...this.core.put(from, to));
    if (number !== 0)
      this.send(this.numbers.get(number), frame);
  }

  webSocketMessage(ws, frame) {
    const known = this.sockets.get(ws);
    if (known === undefined)
      return;
    known.heardAt = Date.now();
    const length = typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
    if (this.endIf(known, this.core.call.session_take_frame(known.session, length, known.heardAt))
        || typeof frame !== "string")
      return;
    const message = readFrame(frame);
    if (message?.join)
      this.join(known, message.join, length);
    else if (message?.route)
      this.route(known, message.route, frame);
    this.sweepNowAndThen();
  }

  webSocketClose(ws) {
    const known = this.sockets.get(ws);
    if (known !== undefined) {
      this.leave(known);
      this.forget(known);
    }
    letGo(ws);
  }

  webSocketError(ws) {
    this.webSocketClose(ws);
  }

  // Requests, of which the Worker in front has looked at the token and the headers

  countOf(network) {
    return [...this.sockets.values()].filter((known) => known.attachment.network === network).length;
  }

  // Whose share of places it is; "" where nobody says where it comes from.
  networkOf(source) {
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return source.length === 0 ? "" : String(BigInt.asUintN(64, this.core.call.comings_network(source.length)));
  }

  reasonToRefuse(source, network) {
    const place = this.core.call.place_for(this.settings.maxSockets, this.sockets.size, network ? this.countOf(network) : 0);
    if (place === 1)
      return "Too many connections";
    if (network === "")
      return null;
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return place === 2 || this.core.call.comings_take(source.length, Date.now()) > 0 ? "Too many connections from there" : null;
  }

  async connect(request) {
    this.sweepNowAndThen();
    const source = sourceOf(request), network = this.networkOf(source);
    const why = this.reasonToRefuse(source, network);
    if (why !== null)
      return plain(503, why, { "Retry-After": "30" });
    const [theirs, ours] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(ours);
    this.attach(this.track(ours, newAttachment({ network })), {});
    await this.watchForJoin();
    return new Response(null, { status: 101, webSocket: theirs,
      headers: { "Bamgate-Heartbeat": String(this.settings.pingInterval) } });
  }

  status() {
    return json(200, { awake_since: this.awakeSince, members: this.core.call.room_count(), sockets: this.sockets.size });
  }

  async fetch(request) {
    try {
      return await this.answer(request);
    } catch (error) {
      if (!(error instanceof BadSettings))
        throw error;
      return notSetUp(error);
    }
  }

  answer(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/invite/"))
      return redeem(request, this);
    switch (pathname) {
      case "/connect":
        return this.connect(request);
      case "/invite":
        return newInvite(request, this);
      case "/network-info":
        return networkInfo(request, this);
      default:
        return this.status();
    }
  }
}
