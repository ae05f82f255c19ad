// SPDX-License-Identifier: LGPL-2.1-or-later
// Addresses and invites of a room, as the core decides them; Store has the rows.
import { createHmac, randomBytes } from "node:crypto";
import { BadSettings } from "./settings.js";

const ID_DIGITS = 16;
const VERDICTS = ["unknown", "expired", "grant", "again"];

const now = () => Math.floor(Date.now() / 1000);

export class Network {
  // `present` lists the addresses of all who are in the room at this moment.
  constructor(core, store, present) {
    this.core = core;
    this.store = store;
    this.present = present;
    if (!core.call.subnet_open(...core.put(store.subnet)))
      throw new BadSettings("SUBNET is no IPv4 subnet between /8 and /30");
    this.subnet = this.address(0);
  }

  address(host) {
    return this.core.textUpToNul(this.core.call.subnet_text(host));
  }

  hostOf(address) {
    return address ? this.core.call.subnet_host_of(...this.core.put(address)) : 0;
  }

  isKey(text) {
    return text.length <= 64 && this.core.call.key_is_fine(...this.core.put(text));
  }

  // Devices

  // One that joined: its address is its own from now on, unless it belongs to another. Whether it is.
  record(address, name, key) {
    const host = this.hostOf(address);
    if (host === 0)
      return false;
    const known = this.store.lease(host);
    const isFull = known === undefined && this.store.countLeases() >= this.core.call.max_devices();
    const verdict = this.core.call.network_record(known !== undefined, known?.reserved_until ?? 0, host,
      ...this.core.put(known?.name ?? "", known?.public_key ?? "", name, key), isFull, now());
    if (verdict === this.core.call.record_write())
      this.store.putLease({ host, name, public_key: key, created_at: known?.created_at ?? now(), reserved_until: 0,
        is_asked: 0 });
    return verdict === this.core.call.record_write() || verdict === this.core.call.record_kept();
  }

  // Those that have joined or hold an invite's address, by time of entry.
  list() {
    const devices = this.store.leases().filter((device) => !device.is_asked);
    devices.sort((a, b) => a.created_at - b.created_at || a.host - b.host);
    return devices.map(({ host, name, public_key }) => ({ address: this.address(host), device_name: name,
      public_key: name === "" ? "" : public_key }));
  }

  // As it is kept, whatever prefix length it is said with; what is none of the subnet stays.
  canonical(address) {
    const host = this.hostOf(address);
    return host === 0 ? address ?? "" : this.address(host);
  }

  // The keys of those that joined under this name.
  keysNamed(name) {
    return this.store.leasesNamed(name).map((lease) => lease.public_key);
  }

  // The host of whoever came under this name, and nobody knows with which key, as the Go program's Worker recorded it; 0 for none.
  hostNamed(name) {
    return this.store.leasesNamed(name).find((lease) => lease.public_key === "")?.host ?? 0;
  }

  // The address becomes this device's own, whoever had it.
  assign(host, name, key) {
    this.store.putLease({ host, name, public_key: key, created_at: this.store.lease(host)?.created_at ?? now(), reserved_until: 0,
      is_asked: 0 });
    if (key !== "")
      this.remove(this.store.leasesOf(key).filter((lease) => lease.host !== host));
  }

  // What the key has, or of one without a key the host, gives way to others when nothing else is free any more.
  release(key, host) {
    for (const lease of this.store.leasesOf(key))
      if (key !== "" || lease.host === host)
        this.store.putLease({ ...lease, name: "", created_at: 0, reserved_until: now() + this.core.call.retired_s(), is_asked: 1 });
  }

  // Nobody else has joined under it any more.
  releaseName(name, key) {
    this.remove(this.store.leasesNamed(name).filter((lease) => lease.public_key !== key));
  }

  remove(leases) {
    leases.forEach(({ host }) => this.store.removeLease(host));
  }

  // Reservations

  survey(key) {
    this.core.call.survey_begin(...this.core.put(key), now());
    for (const { host, public_key, created_at, reserved_until, is_asked } of this.store.leases())
      if (!this.core.call.survey_add(host, ...this.core.put(public_key), created_at, reserved_until, is_asked))
        this.store.removeLease(host);
    for (const address of this.present())
      this.core.call.survey_use(this.hostOf(address));
  }

  decide(isInvited) {
    const at = this.core.call.survey_decide(isInvited, this.store.countLeases() < this.core.call.max_devices());
    const [host, removed, is_new, is_written, reserved_until, is_asked] = new Float64Array(this.core.call.memory.buffer, at, 6);
    return { host, removed, is_new, is_written, reserved_until, is_asked };
  }

  // The host for whoever has this key, or named none; 0 where there is none left.
  reserve(key, isInvited) {
    this.survey(key);
    const grant = this.decide(isInvited);
    if (grant.removed)
      this.store.removeLease(grant.removed);
    if (grant.is_written) {
      const row = grant.is_new ? { host: grant.host, name: "", public_key: key, created_at: now() }
        : this.store.lease(grant.host);
      this.store.putLease({ ...row, reserved_until: grant.reserved_until, is_asked: grant.is_asked });
    }
    return grant.host;
  }

  // Invites

  // What rows are found by: how long a look-up takes tells nothing about the codes in it.
  digest(code) {
    return createHmac("sha256", this.store.salt).update(code).digest("hex");
  }

  newCode() {
    this.core.bytes(this.core.inputAt, 8).set(randomBytes(8));
    return this.core.textUpToNul(this.core.call.invite_code());
  }

  // A new code, or null where too many are open.
  invite(origin, lifetime) {
    const code = this.newCode();
    if (!this.core.call.invites_have_room(this.store.countInvites(now()).open) || this.store.invite(this.digest(code)))
      return null;
    for (let oldest = this.store.oldestInvite(); oldest
         && this.core.call.invites_forget(oldest.expires_at, this.store.countInvites(now()).kept, now());
         oldest = this.store.oldestInvite())
      this.store.removeInvite(oldest.number);
    this.store.addInvite(this.digest(code), origin, now(), now() + lifetime);
    return code;
  }

  openInvites() {
    return this.store.invites().filter(({ is_redeemed, expires_at }) => !is_redeemed && expires_at > now());
  }

  // What one is called before people: it says nothing of the code.
  inviteId({ digest }) {
    return digest.slice(0, ID_DIGITS);
  }

  // What it is from now on: cancelled, or as it was before: used, expired. Null where there is none.
  cancelInvite(id) {
    const invite = this.store.invites().find((row) => this.inviteId(row) === id);
    if (invite === undefined)
      return null;
    if (invite.is_redeemed)
      return invite.host === 0 ? "cancelled" : "used";
    if (invite.expires_at <= now())
      return "expired";
    this.store.useInvite(invite.number, "", 0);
    return "cancelled";
  }

  isStillOf(host, key) {
    const device = this.store.lease(host);
    return device !== undefined && this.core.call.device_belongs_to(device.reserved_until,
      ...this.core.put(device.public_key, key), now());
  }

  judge(invite, key) {
    if (invite === undefined)
      return "unknown";
    const isStillItsOwn = this.isStillOf(invite.host, key);
    return VERDICTS[this.core.call.invite_judge(invite.expires_at, invite.is_redeemed,
      ...this.core.put(invite.redeemed_by, key), isStillItsOwn, now())];
  }

  findInvite(typed) {
    const at = typed.length <= 255 ? this.core.call.invite_read_code(...this.core.put(typed)) : 0;
    return at === 0 ? undefined : this.store.invite(this.digest(this.core.textUpToNul(at)));
  }

  // What would come of it: unknown, expired, grant, again.
  judgeCode(typed, key) {
    return this.judge(this.findInvite(typed), key);
  }

  // { verdict, address, serverUrl }; verdicts: unknown, expired, full, done.
  redeem(typed, key) {
    const invite = this.findInvite(typed);
    const verdict = this.judge(invite, key);
    if (verdict === "unknown" || verdict === "expired")
      return { verdict };
    const host = verdict === "again" ? invite.host : this.reserve(key, true);
    if (host === 0)
      return { verdict: "full" };
    if (verdict === "grant")
      this.store.useInvite(invite.number, key, host);
    return { verdict: "done", address: this.address(host), serverUrl: invite.server_url };
  }
}
