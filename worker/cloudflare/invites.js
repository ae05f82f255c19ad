// SPDX-License-Identifier: LGPL-2.1-or-later
// The endpoints of invites and addresses, answered by the object of the main room.
import { failure, json, patience } from "./answers.js";
import { sourceOf } from "./sources.js";

const KEY_HEADER = "Bamgate-Public-Key";
const INVITE_KEY_HEADER = "Bamgate-Invite-Key";

// The key that the device names, "" for none; null where it is no key.
function publicKeyOf(request, network) {
  const key = request.headers.get(KEY_HEADER);
  return key === null ? "" : network.isKey(key) ? key : null;
}

const noKey = () => failure(400, "the public key is none");

export function newInvite(request, state, { device }) {
  const { network, settings } = state, signingKey = request.headers.get(INVITE_KEY_HEADER) ?? "";
  if (signingKey !== "" && !network.isKey(signingKey))
    return failure(400, "the key of the invite is none");
  const code = network.invite({ serverUrl: state.baseOf(request), signingKey, madeBy: device?.id ?? "" }, settings.inviteLifetime);
  if (code === null)
    return patience(settings.inviteLifetime, "too many invites are open");
  return json(200, { code, expires_in: settings.inviteLifetime });
}

export function listInvites(request, { network, store }) {
  const invites = network.openInvites().map((invite) => ({ created_at: invite.created_at, expires_at: invite.expires_at,
    invite_id: network.inviteId(invite), made_by: invite.made_by, made_by_name: store.device(invite.made_by)?.name ?? "",
    signing_key: invite.signing_key }));
  return json(200, { invites });
}

export function cancelInvite(request, { network }) {
  const state = network.cancelInvite(new URL(request.url).pathname.slice("/auth/invites/".length));
  return state === null ? failure(404, "invite not found") : json(200, { state });
}

function answerOf({ verdict, address, serverUrl }, { network, settings, turnSecret }) {
  switch (verdict) {
    case "done":
      return json(200, { address, auth_token: settings.token, server_url: serverUrl, subnet: network.subnet,
        turn_secret: turnSecret });
    case "expired":
      return failure(410, "invite code has expired");
    case "full":
      return failure(507, "no addresses available in subnet");
    default:
      return failure(404, "invalid or expired invite code");
  }
}

export function redeem(request, state) {
  const { network, guard } = state;
  const key = publicKeyOf(request, network);
  const source = sourceOf(request);
  if (key === null)
    return noKey();
  if (!state.devices.tokenOpens)
    return failure(403, "the shared token opens nothing here: register with this code, with bamgate 1.0 or later");
  if (!state.devices.codesGiveToken)
    return failure(403, "every device waits for an owner's word here: register with this code, with bamgate 1.0 or later");
  const wait = guard.take(source);
  if (wait > 0)
    return patience(wait, "too many attempts");
  const outcome = network.redeem(new URL(request.url).pathname.slice("/invite/".length), key);
  if (outcome.verdict === "unknown" || outcome.verdict === "expired")
    guard.remember(source);
  else
    guard.forgive(source);
  return answerOf(outcome, state);
}

export function networkInfo(request, { network, turnSecret }) {
  const key = publicKeyOf(request, network);
  if (key === null)
    return noKey();
  const devices = network.list();
  const host = network.reserve(key, false);
  return json(200, { devices, next_address: host === 0 ? null : network.address(host), subnet: network.subnet,
    turn_secret: turnSecret });
}
