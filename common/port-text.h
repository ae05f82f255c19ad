/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a port, 1 to 65535 in five digits at most and nothing else; 0 for anything else. */
guint16 bg_port_parse (const char *text);

G_END_DECLS
