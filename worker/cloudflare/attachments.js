// SPDX-License-Identifier: LGPL-2.1-or-later
// What the platform keeps with each socket while its object sleeps. It may be of another Worker than this one: of an earlier or a
// later version, or of the Go program, whose class has the same name.
import { letGo } from "./core.js";

const FORM = 1;
const SERVICE_RESTART = 1012;

export function newAttachment(fields) {
  return { form: FORM, openedAt: Date.now(), ...fields };
}

// The first ones said no form.
function isOurs(attachment) {
  return typeof attachment?.openedAt === "number" && (attachment.form ?? 1) <= FORM;
}

// Calls `wake` with each socket of the object and its attachment. Whose attachment it cannot make anything of has to come again. Those
// that were closed already are `leaving`.
export function wakeAll(ctx, leaving, wake) {
  for (const ws of ctx.getWebSockets()) {
    const attachment = ws.deserializeAttachment();
    if (attachment?.gone)
      leaving.add(ws, attachment.network);
    else if (!isOurs(attachment) || !wake(ws, attachment))
      letGo(ws, SERVICE_RESTART, "this hub was renewed: come again");
  }
}
