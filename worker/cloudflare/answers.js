// SPDX-License-Identifier: LGPL-2.1-or-later
// HTTP answers, worded as the hub words them.

export function plain(status, text, headers = {}) {
  return new Response(text, { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers } });
}

export function json(status, value, headers = {}) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  });
}

// For whoever deploys.
export function notSetUp(error) {
  return plain(500, `This Worker is not set up: ${error.message}`);
}

export function failure(status, error, headers = {}) {
  return json(status, { error }, headers);
}
