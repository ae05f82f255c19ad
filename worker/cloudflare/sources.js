// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a request comes from, as bytes: 4, 16, or none where nobody says.

function ipv4Bytes(text) {
  return Uint8Array.from(text.split("."), Number);
}

export function ipv6Bytes(text) {
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1); // without dotted parts
  const [head, tail] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  const bytes = new DataView(new ArrayBuffer(16));
  groups.forEach((group, i) => bytes.setUint16(i * 2, parseInt(group, 16)));
  return new Uint8Array(bytes.buffer);
}

// An IPv6 address of 16 bytes as text (RFC 5952).
export function ipv6Text(bytes) {
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8 | bytes[2 * i + 1]).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

// What Cloudflare says of the client; whoever runs the Worker elsewhere has a proxy that says the same.
export function sourceOf(request) {
  const text = request.headers.get("CF-Connecting-IP") ?? "";
  if (/^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text))
    return ipv4Bytes(text);
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]/`) ? ipv6Bytes(text) : new Uint8Array();
}
