// SPDX-License-Identifier: LGPL-2.1-or-later
// Sockets that we closed, whose other end has not answered. What waits for them waits until their line is gone: until then they keep
// their place, or whoever reads nothing could have as many as it likes.

export class Leaving {
  constructor(ctx) {
    this.ctx = ctx;
    this.networks = new Map(); // WebSocket → its network
  }

  add(ws, network) {
    this.networks.set(ws, network);
  }

  delete(ws) {
    this.networks.delete(ws);
  }

  // Those of which the platform did not say that they are gone.
  prune() {
    const there = this.networks.size > 0 ? new Set(this.ctx.getWebSockets()) : null;
    for (const ws of [...this.networks.keys()])
      if (!there.has(ws))
        this.networks.delete(ws);
  }

  count() {
    this.prune();
    return this.networks.size;
  }

  countOf(network) {
    return [...this.networks.values()].filter((other) => other === network).length;
  }
}
