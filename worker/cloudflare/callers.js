// SPDX-License-Identifier: LGPL-2.1-or-later
// Who asks, by what the Authorization header shows, and whether it may.
import { isSameText } from "./credentials.js";
import { RIGHTS, STATES } from "./devices.js";

const REFUSALS = {
  pending: [403, "this device waits for an owner's word"],
  active: [403, "only an owner of the network may do this"],
  left: [401, "device not found or revoked"],
  revoked: [401, "device not found or revoked"],
};

export function showsToken(header, settings) {
  return isSameText(header ?? "", `Bearer ${settings.token}`);
}

// Could it be good? Nothing else wakes anybody.
export function isPossible(header, settings) {
  return showsToken(header, settings) || /^Bearer [\w-]{1,512}\.[\w-]{1,512}\.[\w-]{43}$/.test(header ?? "");
}

// { hasToken, device }: the token that all share, and the row of the device that an access token is of, whatever became of it.
export function callerOf(header, { settings, store, accessTokens }) {
  const hasToken = showsToken(header, settings);
  const id = !hasToken && header?.startsWith("Bearer ") ? accessTokens.read(header.slice(7), Math.floor(Date.now() / 1000)) : null;
  return { hasToken, device: id === null ? null : store.device(id) ?? null };
}

// [status, why] where it may not, else null.
export function refusalOf({ hasToken, device }, right, devices) {
  if (device !== null)
    return devices.may(device, right) ? null : REFUSALS[STATES[devices.stateOf(device)]];
  if (!hasToken || right !== RIGHTS.connect)
    return [401, "Unauthorized"];
  return devices.tokenOpens ? null : [403, "the shared token opens nothing here: each device registers"];
}
