/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a hub listens, as people write it: "192.0.2.7:8443", "[2001:db8::7]:8443", "0.0.0.0:8443" (every IPv4 address),
 * "[::]:8443", "*:8443", ":8443" and "8443" (every address of both families). */
typedef struct
{
  char *address; /* without brackets; "*": every address of both families */
  guint16 port;  /* 0: any free one */
} BgListenAddress;

#define BG_LISTEN_DEFAULT "*:8443"

/* FALSE, an error that names the text, and nothing to clear where it is none of these. */
gboolean bg_listen_address_parse (const char *text, BgListenAddress *out, GError **error);
void bg_listen_address_clear (BgListenAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BgListenAddress, bg_listen_address_clear)
/* One address, not every one? */
gboolean bg_listen_address_is_specific (const BgListenAddress *address);

G_END_DECLS
