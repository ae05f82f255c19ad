/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a daemon and its hub say to each other over a Unix socket, a line of JSON each way (docs/hub.md, "The daemon's
 * hub"). The daemon begins: { "listen", "public_url", "subnet", "suffix", "no_shared_token", "approve_devices", "files" },
 * where all but the first may be missing and "files" names descriptors of an earlier state that come with the line. The hub answers { "url", "pin", "token",
 * "took_files" } once it listens, or { "error", "took_files" } and ends. To { "forget": true } instead it answers
 * { "forgotten": true } and ends: what it kept of its network is gone. */

#define BG_HUB_LINE_MAX 4096
/* The daemon's other line: end now. When the connection ends without it, a hub that stands on a socket of systemd waits
 * for the next daemon, any other ends. */
#define BG_HUB_STOP "stop"
/* The files of a hub's state as they may be handed over; with the last one there it is whole. */
#define BG_HUB_STATE_FILES { "token", "turn-secret", "tls.pem", "hub.sqlite-wal", "hub.sqlite" }
