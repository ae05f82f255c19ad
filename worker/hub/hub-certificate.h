/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The hub's own certificate: EC P-256, self-signed. Clients trust its key by pin, so its names and
 * dates matter to nobody. */

/* Reads key and certificate from the PEM file `path`; makes them (mode 0600) where there is no
 * file. */
GTlsCertificate *bg_hub_certificate_load_or_make (const char *path, GError **error);
