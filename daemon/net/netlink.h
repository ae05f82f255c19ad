/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Synchronous rtnetlink requests (libmnl): the kernel answers at once. An error's text is the kernel's own reason
 * (NETLINK_EXT_ACK) where it gives one. Main thread only; works in the network namespace it was created in. */

#include <glib.h>
#include <libmnl/libmnl.h>

G_BEGIN_DECLS

typedef struct _BgNetlink BgNetlink;

/* Room for one request: header, family header, and the few attributes that we send. */
enum
{
  BG_NETLINK_REQUEST_SIZE = 1024
};

/* Opens an rtnetlink socket; BG_ERROR_FAILED where the system has none. */
BgNetlink *bg_netlink_new (GError **error);
/* The same on the tunnel's side (common/inner-socket.h). */
BgNetlink *bg_netlink_new_inner (GError **error);
void bg_netlink_free (BgNetlink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNetlink, bg_netlink_free)

/* A socket alone, not bound yet, on the tunnel's side: NULL with errno. */
struct mnl_socket *bg_netlink_open_inner (void);

/* Begins a request of `type` in `buf` (BG_NETLINK_REQUEST_SIZE bytes) with `flags` beside NLM_F_REQUEST. */
struct nlmsghdr *bg_netlink_begin (char *buf, guint16 type, guint16 flags);

/* Sends a change and waits for its acknowledgement. EEXIST is BG_ERROR_EXISTS; ENOENT, ESRCH, ENODEV and EADDRNOTAVAIL
 * are BG_ERROR_NOT_FOUND; the others BG_ERROR_FAILED. */
gboolean bg_netlink_change (BgNetlink *self, struct nlmsghdr *request, GError **error);

/* Runs a request whose answer is data (NLM_F_DUMP, or one object) and hands every message to `each`, which returns
 * MNL_CB_OK. A dump that the kernel changed under us is asked for again: `restart` (may be NULL) then forgets what was
 * collected so far. */
gboolean bg_netlink_query (BgNetlink *self, struct nlmsghdr *request, mnl_cb_t each,
                           void (*restart) (gpointer data), gpointer data, GError **error);

/* Changes sent so far; for tests and debug lines. */
guint bg_netlink_n_changes (const BgNetlink *self);

G_END_DECLS
