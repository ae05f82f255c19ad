/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's end of the connection to its hub: says what the hub shall be, hears how it is reached or why it cannot be.
 * Main thread only. */

#include "common/words.h"
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

typedef struct _BgHubLink BgHubLink;

typedef struct
{
  const char *url;   /* for this machine, normalised, with "/connect" */
  const char *pin;   /* base64, or NULL */
  const char *token; /* secret; "" for none */
} BgHubInfo;

typedef struct
{
  gboolean    forget;     /* of its network, and end; the rest is of no use then */
  const char *listen;     /* "ADDRESS:PORT" */
  const char *public_url; /* how others reach it, or NULL */
  const char *subnet;     /* "ADDRESS/LEN" of a new hub, or NULL: as it has it, else its default */
  const char *suffix;     /* of the members' names in the DNS, or NULL */
  gboolean    no_shared_token; /* who has the token and no device stays out */
  gboolean    approve_devices; /* lets new ones wait for an owner's word */
} BgHubWish;

/* Both from the main loop. */
typedef struct
{
  void (*ready) (gpointer owner);
  void (*ended) (gpointer owner); /* the last; the owner frees the link */
} BgHubLinkEvents;

/* A connection of the Unix socket at `path`; -1 and an error where nobody stands behind it. */
int bg_hub_link_connect (const char *path, GError **error);

/* `fd` (taken) is connected. `names` and `files` are those of an earlier state, in the same order, or NULL. */
BgHubLink *bg_hub_link_new (int fd, const BgHubWish *wish, const char *const *names, GUnixFDList *files,
                            const BgHubLinkEvents *events, gpointer owner, GError **error);
/* Hangs up, without a word. */
void bg_hub_link_free (BgHubLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubLink, bg_hub_link_free)

/* Tells the hub to end; `ended` follows. */
void bg_hub_link_say_stop (BgHubLink *link);
/* Hears what has come already, without a call of `events`: for one whose hub is known to be gone. */
void bg_hub_link_drain (BgHubLink *link);

/* NULL before it was ready. */
const BgHubInfo *bg_hub_link_get_info (BgHubLink *link);
/* Why it cannot be what it shall be, in its own words; NULL: it did not say. */
const char *bg_hub_link_get_complaint (BgHubLink *link);
/* What the hub kept of its network is gone. */
gboolean bg_hub_link_has_forgotten (BgHubLink *link);
/* The hub has its own copy of the files now. */
gboolean bg_hub_link_has_taken_files (BgHubLink *link);

G_END_DECLS
