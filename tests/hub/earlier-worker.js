// SPDX-License-Identifier: LGPL-2.1-or-later
// The Worker, with sockets that another one left: a request says what stands in the attachment of its socket, which is then
// none of ours until the object wakes. What JSON cannot hold is {"bigint":"5"} and {"bytes":"00ff"}.
import door, { Relay as OurRelay, SignalingRoom as OurRoom } from "./worker.js";

function revive(key, value) {
  if (typeof value?.bigint === "string")
    return BigInt(value.bigint);
  return typeof value?.bytes === "string" ? Uint8Array.from(Buffer.from(value.bytes, "hex")) : value;
}

function leaveSocket(ctx, attachment) {
  const [theirs, ours] = Object.values(new WebSocketPair());
  ctx.acceptWebSocket(ours);
  ours.serializeAttachment(attachment);
  return new Response(null, { status: 101, webSocket: theirs });
}

function withLeftSockets(Ours) {
  return class extends Ours {
    fetch(request) {
      const attachment = request.headers.get("Test-Attachment");
      return attachment === null ? super.fetch(request) : leaveSocket(this.ctx, JSON.parse(attachment, revive));
    }
  };
}

export const SignalingRoom = withLeftSockets(OurRoom);
export const Relay = withLeftSockets(OurRelay);
export default door;
