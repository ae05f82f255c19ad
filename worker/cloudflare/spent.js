// SPDX-License-Identifier: LGPL-2.1-or-later
// What the relay spent of its ceiling, kept without a row for each message: while it relays, a row for each thousandth of the
// ceiling; when it pauses, in the attachment of a socket, which costs nothing; a row again when the last socket goes.
const PAUSE_MS = 250;
const NUMBERS = 6;
const PERIODS = ["no", "day", "month"];

function isSpent(numbers) {
  return Array.isArray(numbers) && numbers.length === NUMBERS && numbers.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function amounts(day_bytes, day_messages, month_bytes, month_messages) {
  return { day: { bytes: day_bytes, messages: day_messages }, month: { bytes: month_bytes, messages: month_messages } };
}

export class Spent {
  // `sockets` is a function that gives all that are open, with their attachments; `ceiling` is what the owner wrote.
  constructor(core, storage, sockets, ceiling) {
    Object.assign(this, { core, storage, sockets, ceiling, kept: "" });
  }

  // Of this many kept in different places the latest counts.
  take(numbers) {
    if (!isSpent(numbers))
      return;
    this.at().set(numbers);
    this.core.call.turn_set_spent();
  }

  at() {
    return new Float64Array(this.core.call.memory.buffer, this.core.call.spent_at(), NUMBERS);
  }

  now() {
    this.reached = PERIODS[this.core.call.turn_get_spent(Date.now())];
    return [...this.at()];
  }

  async open() {
    if (this.ceiling === "")
      return;
    this.take(await this.storage.get("relay_spent"));
    for (const { attachment } of this.sockets())
      this.take(attachment.spent);
    this.kept = String(this.now());
  }

  // The core says that it is time, or there is nobody else who could keep it.
  write() {
    const numbers = this.now();
    this.kept = String(numbers);
    this.storage.put("relay_spent", numbers, { allowUnconfirmed: true }); // nothing that is relayed waits for it
  }

  // After each message.
  watch() {
    this.isMoving = true;
    if (this.ceiling !== "")
      this.pausing ??= setTimeout(() => this.pause(), PAUSE_MS);
  }

  pause() {
    this.pausing = this.isMoving ? setTimeout(() => this.pause(), PAUSE_MS) : undefined;
    if (!this.isMoving)
      this.keep();
    this.isMoving = false;
  }

  keep() {
    const numbers = this.now();
    if (this.ceiling === "" || String(numbers) === this.kept)
      return;
    this.kept = String(numbers);
    if (![...this.sockets()].some((known) => this.attach(known, numbers)))
      this.write();
  }

  // False for one that was closed meanwhile.
  attach(known, numbers) {
    known.attachment.spent = numbers;
    try {
      known.ws.serializeAttachment(known.attachment);
      return true;
    } catch {
      return false;
    }
  }

  // What the socket kept has to be somewhere else now.
  leave(attachment) {
    if (attachment.spent === undefined)
      return;
    this.kept = "";
    this.keep();
  }

  // For /status.
  say() {
    const [, day_bytes, day_messages, , month_bytes, month_messages] = this.now();
    const at = this.ceiling === "" ? 0 : this.core.call.ceiling_read(...this.core.put(this.ceiling));
    const bounds = at === 0 ? [0, 0, 0, 0] : new Float64Array(this.core.call.memory.buffer, at, 4);
    return { ceiling: amounts(...bounds), reached: this.reached, spent: amounts(day_bytes, day_messages, month_bytes, month_messages),
      until: this.core.call.turn_spent_until(Date.now()) };
  }
}
