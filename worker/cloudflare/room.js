// SPDX-License-Identifier: LGPL-2.1-or-later
// One room as a Durable Object. It sleeps while nobody says anything; what it must know when it wakes stands in the
// attachments of its sockets: when one was opened and, once it joined, its entry. Nothing is written for what it passes on.
import { DurableObject } from "cloudflare:workers";
import { DEVICES, json, notSetUp, plain, refuse, refuseOther } from "./answers.js";
import { newAttachment, wakeAll } from "./attachments.js";
import { Backlog } from "./backlog.js";
import { callerOf, refusalOf } from "./callers.js";
import { Challenges } from "./challenges.js";
import { Core, letGo, needed, utf8Length } from "./core.js";
import { AccessTokens, RefreshTokens } from "./credentials.js";
import { Devices, RIGHTS } from "./devices.js";
import { CODES, CREDENTIALS, Guard } from "./guard.js";
import { cancelInvite, listInvites, networkInfo, newInvite, redeem } from "./invites.js";
import { Leaving } from "./leaving.js";
import { Log } from "./log.js";
import { changeDevice, listDevices, listRevoked, readLog, revokeDevice, writeLog } from "./managing.js";
import { HEARTBEAT, networkFrame, readEntry, readFrame } from "./messages.js";
import { exportNetwork, importNetwork, Move, movedAnswer, readingAnswer, setMoved } from "./moving.js";
import { Network } from "./network.js";
import { leave, refresh, register } from "./registering.js";
import { BadSettings, readSettings, turnSecretOf } from "./settings.js";
import { sourceOf } from "./sources.js";
import { Store } from "./store.js";

const MAIN_ROOM = "default";
const MAX_VISITS = 4096;
const MAX_WAITING = 1024 * 1024;
const REST = 4; // so many times as long as telling took

function connect(request, room, { device }) {
  const refusal = refuseOther(request);
  if (refusal !== null)
    return refusal;
  if (device !== null)
    room.devices.see(device);
  return room.connect(request, { device: device?.id ?? "" });
}

// What the main room answers, and what whoever asks has to be allowed; null: anybody may ask.
// `changes`: not while the network is read for another hub; `stays`: also after it has gone there; `isApart`: nobody uses by this a
// network that came.
const endpoints = [
  { path: /^\/connect$/, right: RIGHTS.connect, answer: connect },
  { path: /^\/invite$/, right: RIGHTS.connect, changes: true, answer: newInvite },
  { path: /^\/invite\//, right: null, changes: true, answer: redeem },
  { path: /^\/network-info$/, right: RIGHTS.connect, changes: true, answer: networkInfo },
  { path: /^\/auth\/register$/, right: null, changes: true, answer: register },
  { path: /^\/auth\/refresh$/, right: null, changes: true, stays: true, answer: refresh },
  { path: /^\/auth\/leave$/, right: RIGHTS.log, changes: true, answer: leave },
  { path: /^\/auth\/devices$/, right: RIGHTS.list, answer: listDevices },
  { path: /^\/auth\/revoked$/, method: "GET", right: RIGHTS.list, answer: listRevoked },
  { path: /^\/auth\/devices\//, method: "PATCH", right: RIGHTS.manage, changes: true, answer: changeDevice },
  { path: /^\/auth\/devices\//, method: "DELETE", right: RIGHTS.manage, changes: true, answer: revokeDevice },
  { path: /^\/auth\/invites$/, right: RIGHTS.manage, answer: listInvites },
  { path: /^\/auth\/invites\//, right: RIGHTS.manage, changes: true, answer: cancelInvite },
  { path: /^\/network\/log$/, method: "GET", right: RIGHTS.log, stays: true, answer: readLog },
  { path: /^\/network\/log$/, method: "POST", right: RIGHTS.log, changes: true, answer: writeLog },
  { path: /^\/network\/export$/, right: RIGHTS.manage, isApart: true, answer: exportNetwork },
  { path: /^\/network\/import$/, right: null, stays: true, isApart: true, answer: importNetwork },
  { path: /^\/network\/moved$/, right: RIGHTS.manage, stays: true, isApart: true, answer: setMoved },
];

export class SignalingRoom extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.settings = readSettings(env);
    this.awakeSince = Date.now();
    this.sockets = new Map(); // WebSocket → what we know of it
    this.numbers = new Map(); // its number → the same
    this.lastNumber = 0;
    this.backlog = new Backlog(MAX_WAITING);
    this.leaving = new Leaving(ctx);
    this.core = new Core({
      send: (number, at, length) => this.send(this.numbers.get(number), this.core.text(at, length)),
      replaced: (number) => this.replaced(this.numbers.get(number)),
    });
    this.core.call.room_open(...this.core.put(this.settings.suffix && JSON.stringify(this.settings.suffix)),
      this.settings.maxPeers);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(HEARTBEAT, HEARTBEAT));
    wakeAll(ctx, this.leaving, (ws, attachment) => this.wake(ws, attachment));
  }

  // What is stored: opened when it is first needed

  get store() {
    return this._store ??= new Store(this.ctx.storage, this.settings.subnet, this.core);
  }

  get network() {
    return this._network ??= new Network(this.core, this.store, () => this.addressesInUse());
  }

  get log() {
    return this._log ??= new Log(this.core, this.store);
  }

  get accessTokens() {
    return this._accessTokens ??= new AccessTokens(this.core, this.store);
  }

  get refreshTokens() {
    return this._refreshTokens ??= new RefreshTokens(this.core, this.store);
  }

  get challenges() {
    return this._challenges ??= new Challenges(this.store);
  }

  get devices() {
    return this._devices ??= new Devices(this);
  }

  get move() {
    return this._move ??= new Move(this.store);
  }

  // The network that came takes the place of ours, which nobody uses.
  adopt(arrival, request) {
    const { core, store } = this;
    store.whole(() => {
      core.call.subnet_open(...core.put(arrival.network.subnet));
      arrival.write(store, (address) => core.call.subnet_host_of(...core.put(address)), this.baseOf(request));
      store.set("moved", "");
      store.set("arrived", "yes");
    });
    core.call.log_begin_anew();
    core.call.log_commit();
    for (const part of ["_store", "_network", "_log", "_accessTokens", "_refreshTokens", "_devices", "_move", "_guard", "_credentialGuard"])
      this[part] = undefined;
  }

  tellMoved() {
    const frame = JSON.stringify({ pin: this.move.place.pin, type: "moved", url: this.move.place.url });
    for (const known of this.sockets.values())
      if (known.member !== 0)
        this.send(known, frame);
  }

  get guard() {
    return this._guard ??= new Guard(this.core, this.store, CODES);
  }

  get credentialGuard() {
    return this._credentialGuard ??= new Guard(this.core, this.store, CREDENTIALS);
  }

  get turnSecret() {
    return turnSecretOf(this.settings, this.store.setting("turn_secret"));
  }

  // For the relay.
  storedTurnSecret() {
    return this.store.setting("turn_secret") ?? "";
  }

  // Where the hub is, as its clients see it.
  baseOf(request) {
    return this.settings.publicUrl || new URL(request.url).origin;
  }

  addressesInUse() {
    return [...this.sockets.values()].map((known) => known.address).filter(Boolean);
  }

  // Sockets

  track(ws, attachment) {
    const known = { ws, attachment, number: ++this.lastNumber, session: needed(this.core.call.session_new(Date.now())),
      heardAt: Date.now(), member: 0, id: "", address: undefined, pardoned: 0 };
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
    Object.assign(known, { id, address, key });
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
    if (known === undefined)
      return;
    if (this.backlog.isFull(known.ws, known.pardoned)) {
      this.tooSlow(known);
      return;
    }
    try {
      known.ws.send(frame);
    } catch {
      // it is closing, and we hear of that
    }
  }

  // The core may be in the midst of telling: it goes when that is done.
  tooSlow(known) {
    this.numbers.delete(known.number);
    queueMicrotask(() => {
      if (this.sockets.get(known.ws) === known)
        this.end(known, this.core.goodbye(this.core.call.goodbye_slow()));
    });
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

  // What changed in a hurry of changes is told when the core says: no timer beyond that keeps us awake. Somebody was told something: how
  // long it took is known a turn later, as the platform's clock stands while we run.
  watchForTelling() {
    const began = Date.now();
    this.resting ??= setTimeout(() => this.rest(began), 0);
  }

  // As with bamgate-hub: where telling takes its time, other things are done too.
  rest(began) {
    const now = Date.now();
    this.resting = undefined;
    this.core.call.room_rest(now, now + REST * (now - began));
    const wait = this.core.call.room_wait(now);
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
    this.leaving.add(known.ws, known.attachment.network);
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
    if (this.endIf(known, this.judgeJoin(known.attachment, peer)))
      return;
    this.makeMember(known, peer);
    const why = this.joinRoom(known);
    if (why !== 0)
      this.dropMember(known);
    if (this.endIf(known, why))
      return;
    this.attach(known, { entry: peer.entry, takesLeft: peer.takesLeft });
    this.record(peer);
    this.watchForTelling();
    if (known.attachment.device)
      this.send(known, this.networkFrame());
  }

  // The list of all, which comes at once, is not its reader's fault.
  joinRoom(known) {
    known.pardoned = Infinity;
    const why = this.core.call.room_join(known.member, Date.now());
    known.pardoned = this.backlog.look(known.ws);
    return why;
  }

  // Why it may not join as this; 0: it may. Of another room than the main one, the main room said as what.
  judgeJoin({ device, identity }, peer) {
    if (device !== undefined)
      return this.devices.judgeJoin(device, peer);
    return !identity || this.devices.fits(identity, peer) ? 0 : this.core.call.goodbye_not_itself();
  }

  networkFrame() {
    return networkFrame(this.log.count, this.devices.pending, this.devices.revoked.length);
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
    this.leaving.delete(ws);
    this.backlog.forget(ws);
    letGo(ws);
  }

  webSocketError(ws) {
    this.webSocketClose(ws);
  }

  // Devices that are out, or are to come again, and what everybody hears

  isOnline({ id }) {
    return [...this.sockets.values()].some((known) => known.member !== 0 && known.attachment.device === id);
  }

  // Of whoever came with the token and joined as a device that is registered.
  deviceIdOf(key) {
    return key ? this.store.deviceOfKey(key)?.id : undefined;
  }

  // `out`: from ids of devices ("": those with the token) to why.
  cut(out) {
    for (const known of [...this.sockets.values()]) {
      const { device, identity } = known.attachment, id = device || identity?.id;
      const ofToken = () => out.get(this.deviceIdOf(known.key)) ?? out.get("");
      this.endIf(known, (id ? out.get(id) : ofToken()) ?? 0);
    }
  }

  async cutElsewhere(out) {
    const { RELAY_OBJECT, SIGNALING_ROOM } = this.env, rooms = new Set([...out.keys()].flatMap((id) => this.store.visits(id)));
    const objects = [...rooms].map((name) => SIGNALING_ROOM.get(SIGNALING_ROOM.idFromName(name)));
    if (this.settings.hasRelay)
      objects.push(RELAY_OBJECT.get(RELAY_OBJECT.idFromName(MAIN_ROOM)));
    await Promise.all(objects.map((object) => object.cut(out)));
  }

  announce() {
    const frame = this.networkFrame();
    if (frame === this.announced)
      return;
    this.announced = frame;
    for (const known of this.sockets.values())
      if (known.member !== 0 && known.attachment.device)
        this.send(known, frame);
  }

  async tellNews() {
    const { out, isChanged } = this.devices.takeNews();
    if (isChanged)
      this.announce();
    if (out.size === 0)
      return;
    this.cut(out);
    await this.cutElsewhere(out);
  }

  // For the Worker in front, which has others answer: { refusal } or { id, identity }, both of them null with the token. `room`: "" is
  // the relay.
  admit(header, room) {
    if (this.move.place !== null)
      return { place: this.move.place };
    const caller = callerOf(header, this), refusal = refusalOf(caller, RIGHTS.connect, this.devices);
    const id = caller.device?.id ?? "";
    if (refusal !== null)
      return { refusal };
    if (room !== "" && this.store.countVisits() >= MAX_VISITS && !this.store.visits(id).includes(room))
      return { refusal: [503, "Too many rooms"] };
    if (room !== "")
      this.store.putVisit(id, room);
    this.move.use();
    return { id, identity: caller.device && this.devices.identityOf(caller.device) };
  }

  // Requests, of which the Worker in front has looked at the headers

  countOf(network) {
    const own = [...this.sockets.values()].filter((known) => known.attachment.network === network);
    return own.length + this.leaving.countOf(network);
  }

  // Whose share of places it is; "" where nobody says where it comes from.
  networkOf(source) {
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return source.length === 0 ? "" : String(BigInt.asUintN(64, this.core.call.comings_network(source.length)));
  }

  reasonToRefuse(source, network) {
    const all = this.sockets.size + this.leaving.count();
    const place = this.core.call.place_for(this.settings.maxSockets, all, network ? this.countOf(network) : 0);
    if (place === 1)
      return "Too many connections";
    if (network === "")
      return null;
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return place === 2 || this.core.call.comings_take(source.length, Date.now()) > 0 ? "Too many connections from there" : null;
  }

  // `who`, as its attachment says it: `device` in the main room, `identity` in another.
  async connect(request, who) {
    this.sweepNowAndThen();
    const source = sourceOf(request), network = this.networkOf(source);
    const why = this.reasonToRefuse(source, network);
    if (why !== null)
      return plain(503, why, { "Retry-After": "30" });
    const [theirs, ours] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(ours);
    this.attach(this.track(ours, newAttachment({ network, ...who })), {});
    await this.watchForJoin();
    return new Response(null, { status: 101, webSocket: theirs,
      headers: { ...DEVICES, "Bamgate-Heartbeat": String(this.settings.pingInterval) } });
  }

  status() {
    return json(200, { awake_since: this.awakeSince, leaving: this.leaving.count(), members: this.core.call.room_count(),
      sockets: this.sockets.size, waiting: this.backlog.recount() });
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

  // Where the network is on its way, what whoever asks is told instead; else null.
  answerMoving({ changes, stays }) {
    if (this.move.place !== null && !stays)
      return movedAnswer(this.move.place);
    return changes && this.move.isFrozen ? readingAnswer() : null;
  }

  async answerAs(endpoint, request, pathname) {
    const moving = this.answerMoving(endpoint);
    if (moving !== null)
      return moving;
    const caller = endpoint.right === null ? null : callerOf(request.headers.get("Authorization"), this);
    const refusal = caller && refusalOf(caller, endpoint.right, this.devices);
    if (refusal)
      return refuse(pathname, refusal);
    this.announced ??= this.networkFrame();
    const answer = await endpoint.answer(request, this, caller);
    if (!endpoint.isApart && [101, 200].includes(answer.status))
      this.move.use();
    await this.tellNews();
    return answer;
  }

  answer(request) {
    const { pathname } = new URL(request.url), identity = request.headers.get("X-Bamgate-Identity");
    if (identity !== null)
      return this.connect(request, { identity: JSON.parse(identity) });
    const endpoint = endpoints.find(({ path, method }) => path.test(pathname) && (method ?? request.method) === request.method);
    return endpoint === undefined ? this.status() : this.answerAs(endpoint, request, pathname);
  }
}
