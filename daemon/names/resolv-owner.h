/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose /etc/resolv.conf is: the program that writes it, told by where its link leads and by what it says of itself. */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_RESOLV_MISSING,        /* there is none */
  BG_RESOLV_NOBODY,         /* no program that we know: a person, or an installer */
  BG_RESOLV_STUB,           /* systemd-resolved, and every question goes through it */
  BG_RESOLV_UPLINK,         /* systemd-resolved's list of the servers behind it, which are asked past it */
  BG_RESOLV_NETWORKMANAGER,
  BG_RESOLV_RESOLVCONF,     /* Debian's */
  BG_RESOLV_OPENRESOLV,
  BG_RESOLV_OTHER,          /* another program, which bg_resolv_describe() names */
} BgResolvOwner;

/* `target`: what the link points at, NULL where it is no link; `text`: the bytes of the file, NULL where there is none. Pure. */
BgResolvOwner bg_resolv_owner (const char *target, const char *text);
/* "systemd-resolved", "dhcpcd": a name of a program for people; NULL for nobody and for none. Static. Pure. */
const char *bg_resolv_describe (const char *target, const char *text);
/* Is `address` ("10.0.0.1") one of the servers of `text`? Pure. */
gboolean bg_resolv_has_server (const char *text, const char *address);
/* Does the C library ask systemd-resolved by its own module ("resolve" in the line "hosts:" of /etc/nsswitch.conf)? Pure. */
gboolean bg_nsswitch_has_resolve (const char *text);

G_END_DECLS
