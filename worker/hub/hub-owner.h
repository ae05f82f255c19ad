/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The daemon that a hub belongs to, at the other end of a Unix socket (common/hub-talk.h): it says what the hub shall be,
 * and the hub lives for it. On a listening socket, which systemd keeps, the hub waits 15 s for the next daemon when one
 * goes without a word, and is taken over by one that wants the same; on a connection it ends with it. */
typedef struct _BgHubOwner BgHubOwner;

typedef struct
{
  gboolean    forget;     /* of its network, and end; the rest is NULL then */
  const char *listen;     /* "ADDRESS:PORT" */
  const char *public_url; /* or NULL */
  const char *subnet;     /* or NULL */
  const char *suffix;     /* of names in the DNS, or NULL */
  gboolean    no_shared_token, approve_devices;
} BgHubOwnerWish;

typedef struct
{
  const char *url;    /* for this machine */
  const char *pin;    /* or NULL */
  const char *token;  /* secret */
  const char *subnet; /* as it is stored */
} BgHubFacts;

/* Waits, at most ten seconds, for the owner's wish. Takes `fd`. */
BgHubOwner *bg_hub_owner_new (int fd, GError **error);
void bg_hub_owner_free (BgHubOwner *owner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubOwner, bg_hub_owner_free)

const BgHubOwnerWish *bg_hub_owner_get_wish (BgHubOwner *owner);
/* Copies the files that came with the wish into a `state_dir` that has no state of its own yet. */
gboolean bg_hub_owner_take_files (BgHubOwner *owner, const char *state_dir, GError **error);
/* Tells why there will be no hub. */
void bg_hub_owner_say_error (BgHubOwner *owner, const char *why);
/* Tells that what was kept of the network is gone. */
void bg_hub_owner_say_forgotten (BgHubOwner *owner);
/* Tells that there is one; from then on, in the main loop, `on_end` is called once, when it is to end. */
void bg_hub_owner_serve (BgHubOwner *owner, const BgHubFacts *facts, void (*on_end) (gpointer data),
                         gpointer data);

G_END_DECLS
