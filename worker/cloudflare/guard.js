// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may try invite codes, or credentials. Shares of wrong ones are stored, or whoever waits until the room sleeps would have them anew.

const FORGET_US = 24 * 3600 * 1e6; // by when every share is full

export const CODES = 0;
export const CREDENTIALS = 1;
const LEVELS = 16; // of a kind, in the table

export class Guard {
  constructor(core, store, kind) {
    Object.assign(this, { core, store, kind });
    for (const { level, network, tokens, filled_at } of store.guesses())
      if (Math.floor(level / LEVELS) === kind)
        core.call.guesses_restore(kind, level % LEVELS, BigInt(network), tokens, filled_at);
  }

  putSource(source) {
    this.core.bytes(this.core.inputAt, source.length).set(source);
    return source.length;
  }

  // Seconds to wait; 0: it may try.
  take(source) {
    return this.core.call.guesses_take(this.kind, this.putSource(source), Date.now());
  }

  // The attempt was a good one, and does not count.
  forgive(source) {
    this.core.call.guesses_give_back(this.kind, this.putSource(source));
  }

  // It was a wrong one.
  remember(source) {
    this.store.forgetGuesses(Date.now() * 1000 - FORGET_US);
    for (let level = 0; level < this.core.call.guesses_levels(); level++) {
      const network = BigInt.asUintN(64, this.core.call.guesses_network(level, this.putSource(source)));
      const at = this.core.call.guesses_look(this.kind, level, network);
      const [tokens, filledAt] = new Float64Array(this.core.call.memory.buffer, at, 2);
      this.store.putGuess(this.kind * LEVELS + level, String(network), tokens, filledAt);
    }
  }
}
