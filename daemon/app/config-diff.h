/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What differs between two snapshots of the settings. */

#include "app/config.h"

G_BEGIN_DECLS

/* The first setting that differs and that a tunnel reads only when it comes up (literal, "section.key"), or NULL. */
const char *bg_config_diff_restart (const BgConfig *a, const BgConfig *b);
gboolean bg_config_diff_routes (const BgConfig *a, const BgConfig *b);
/* Anything but the name; NULL differs from every peer. */
gboolean bg_config_diff_static_peer (const BgStaticPeer *a, const BgStaticPeer *b);

G_END_DECLS
