// SPDX-License-Identifier: LGPL-2.1-or-later
// The core (worker/core/, as wasm), one for each Durable Object: what the hub decides is decided here by the same code.
import module from "./core.wasm";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8Length(text) {
  return text.length * 3 <= 255 ? encoder.encode(text).length : Buffer.byteLength(text);
}

// An address in the core's memory, of which it gives 0 where there is none left.
export function needed(address) {
  if (address === 0)
    throw new Error("no memory is left for another socket");
  return address;
}

// Closes our end, also of a socket whose other end is gone.
export function letGo(ws, code = 1000, reason = "") {
  try {
    ws.close(code, reason);
  } catch {
    // it was closed already
  }
}

// Imports of a core that has no use for them.
const nothing = { send() {}, replaced() {}, turn_send() {}, turn_spent() {}, nonce: () => 0n, digest() {} };

export class Core {
  constructor(host) {
    this.instance = new WebAssembly.Instance(module, { host: { ...nothing, ...host } });
    this.call = this.instance.exports;
    this.inputAt = this.call.input_at();
  }

  // A view that is good until the core runs again, as its memory may move.
  bytes(at, length) {
    return new Uint8Array(this.call.memory.buffer, at, length);
  }

  text(at, length) {
    return decoder.decode(this.bytes(at, length));
  }

  textUpToNul(at) {
    const rest = new Uint8Array(this.call.memory.buffer, at);
    return decoder.decode(rest.subarray(0, rest.indexOf(0)));
  }

  // Writes texts into the input, in a row; their lengths. They fit: frames have a bound.
  put(...texts) {
    let at = this.inputAt;
    return texts.map((text) => {
      const { written } = encoder.encodeInto(text, new Uint8Array(this.call.memory.buffer, at));
      at += written;
      return written;
    });
  }

  // Why a socket is closed: { code, reason }.
  goodbye(why) {
    return { code: this.call.goodbye_code(why), reason: this.textUpToNul(this.call.goodbye_reason(why)) };
  }
}
