// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose account at GitHub a token is of, for Go programs from 1.8 on: theirs alone who owns the network comes in.
import { failure } from "./answers.js";

const TIMEOUT_MS = 10_000;

async function ask(token, settings) {
  const answer = await fetch(`${settings.githubApi}/user`, {
    headers: { Accept: "application/vnd.github+json", Authorization: `Bearer ${token}`, "User-Agent": "bamgate" },
    redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return answer.status === 200 ? answer.json() : null;
}

// An account that was named is known by its number from its first coming on: whoever takes the name later is somebody else.
function isOwner({ id, login }, { settings, store }) {
  const wanted = /^\d+$/.test(settings.githubOwner) ? settings.githubOwner : store.setting(`github ${settings.githubOwner}`);
  if (wanted !== undefined)
    return String(id) === wanted;
  if (String(login).toLowerCase() !== settings.githubOwner.toLowerCase())
    return false;
  store.set(`github ${settings.githubOwner}`, String(id));
  return true;
}

// { account }, its number as text, or { refusal }.
export async function accountOf(token, state) {
  if (state.settings.githubOwner === "")
    return { refusal: failure(403, "this hub knows no accounts at GitHub: GITHUB_OWNER is not set") };
  let said;
  try {
    said = await ask(token, state.settings);
  } catch (error) {
    return { refusal: failure(502, `GitHub does not answer: ${error.message}`) };
  }
  if (!Number.isSafeInteger(said?.id))
    return { refusal: failure(401, "invalid GitHub token") };
  if (!isOwner(said, state))
    return { refusal: failure(403, "unauthorized: you are not the owner of this network") };
  return { account: String(said.id) };
}
