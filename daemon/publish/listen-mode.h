/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where endpoints are to be had: at an address of their own, which only this machine reaches, or at addresses and ports that others may reach too. Pure. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_LISTEN_VIRTUAL, /* "virtual": an address of the name's own, the endpoint's own port */
  BG_LISTEN_ALL,     /* "all", "::", "0.0.0.0": every address of this machine, of IPv4 alone with the last */
  BG_LISTEN_ADDRESS, /* "192.168.1.5": this one */
  BG_LISTEN_LINK,    /* "eth0": the first address of this interface */
} BgListenKind;

enum { BG_LINK_NAME_MAX = 15 };

typedef struct
{
  BgListenKind kind;
  BgIpPrefix address;              /* ADDRESS: that host; ALL: 0.0.0.0/32 or ::/128 */
  char link[BG_LINK_NAME_MAX + 1]; /* LINK */
} BgListenMode;

enum { BG_LISTEN_TEXT = 64 };

/* FALSE where it is none of the above. */
gboolean bg_listen_mode_parse (const char *text, BgListenMode *mode);
/* As it is read again. */
void bg_listen_mode_format (const BgListenMode *mode, char out[BG_LISTEN_TEXT]);
gboolean bg_listen_mode_equal (const BgListenMode *a, const BgListenMode *b);

/* One for all endpoints, and others for some of them. */
typedef struct _BgListenRules BgListenRules;

BgListenRules *bg_listen_rules_new (const BgListenMode *standard);
void bg_listen_rules_free (BgListenRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgListenRules, bg_listen_rules_free)
/* `key` is a name, or "name:port", which goes before its name; in whatever case. FALSE where it is neither. The last one counts. */
gboolean bg_listen_rules_add (BgListenRules *self, const char *key, const BgListenMode *mode);
/* That of an endpoint; `name` in lower case. Borrowed. */
const BgListenMode *bg_listen_rules_find (const BgListenRules *self, const char *name, guint16 port);

G_END_DECLS
