/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ice-candidate.h"

G_BEGIN_DECLS

/* Remote candidates whose address is a name of multicast DNS (draft-ietf-mmusic-mdns-ice-candidates): browsers hide their
 * addresses so. They are looked up on the link, by Avahi or else systemd-resolved where one of them runs; no other DNS is
 * ever asked. Only names as browsers make them, a UUID below "local", so that nobody learns by us what other machines the
 * link has. A few for each peer, not many at once in the process; what does not resolve is dropped. Main thread. */

typedef struct BgMdnsNames BgMdnsNames;

/* Asked for of one session. */
#define BG_MDNS_NAMES_MAX 8

/* `candidate`, given, has its address now. */
typedef void (*BgMdnsFunc) (BgIceCandidate *candidate, gpointer data);

BgMdnsNames *bg_mdns_names_new (BgMdnsFunc found, gpointer data);
/* Ends all questions; `found` is not called any more. NULL is fine. */
void bg_mdns_names_free (BgMdnsNames *self);
/* Takes a candidate with a name, and looks for its address. */
void bg_mdns_names_ask_take (BgMdnsNames *self, BgIceCandidate *candidate);
/* A UUID below "local". */
gboolean bg_mdns_name_is_usual (const char *name);

G_END_DECLS
