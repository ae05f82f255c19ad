// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTP answers, worded as the hub words them.

// Whoever reads it may register.
export const DEVICES = { "Bamgate-Devices": "1" };

export function plain(status, text, headers = {}) {
  return new Response(text, { status, headers: { ...DEVICES, "Content-Type": "text/plain; charset=utf-8", ...headers } });
}

export function json(status, value, headers = {}) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...DEVICES, "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  });
}

// For whoever deploys.
export function notSetUp(error) {
  return plain(500, `This Worker is not set up: ${error.message}`);
}

export function failure(status, error, headers = {}) {
  return json(status, { error }, headers);
}

export function patience(seconds, error) {
  return failure(429, error, { "Retry-After": String(seconds) });
}

// [status, why], in the words of whoever asks for the path.
export function refuse(pathname, [status, why]) {
  return /^\/(auth|network)\//.test(pathname) ? failure(status, why) : plain(status, why);
}

// What is no upgrade, where only that is meant; null for one.
export function refuseOther(request) {
  const isUpgrade = request.headers.get("Upgrade")?.toLowerCase() === "websocket";
  return isUpgrade ? null : plain(426, "Expected a WebSocket upgrade", { Upgrade: "websocket" });
}
