// SPDX-License-Identifier: LGPL-2.1-or-later
// What waits for the readers of an object's sockets: the more it is in all, the less may wait for each, as with bamgate-hub. What the
// platform has of it, `bufferedAmount`, shrinks without a word: it is looked at before more is sent.

const ALL = 64 * 1024 * 1024; // half of an object's memory
const LEAST = 64 * 1024; // two frames, whatever others do
const RECOUNT_MS = 100;

export class Backlog {
  // `most`: for one socket.
  constructor(most) {
    this.most = most;
    this.total = 0;
    this.countedAt = 0;
    this.waiting = new Map(); // WebSocket → bytes, as they were last looked at
  }

  // How many bytes wait for it now.
  look(ws) {
    const now = ws.bufferedAmount ?? 0;
    this.total += now - (this.waiting.get(ws) ?? 0);
    if (now > 0)
      this.waiting.set(ws, now);
    else
      this.waiting.delete(ws);
    return now;
  }

  // What waits in all.
  recount() {
    this.countedAt = Date.now();
    for (const ws of [...this.waiting.keys()])
      this.look(ws);
    return this.total;
  }

  allowance() {
    if (this.total > ALL / 2 && Date.now() - this.countedAt > RECOUNT_MS)
      this.recount();
    return Math.min(Math.max(ALL - this.total, LEAST), this.most);
  }

  // Its reader left too much, beyond so many bytes that are not its fault.
  isFull(ws, pardoned = 0) {
    return this.look(ws) > this.allowance() + pardoned;
  }

  // Its line is gone, and what waited for it.
  forget(ws) {
    this.total -= this.waiting.get(ws) ?? 0;
    this.waiting.delete(ws);
  }
}
