/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What differs between two snapshots of the settings. */

#include "app/config.h"

G_BEGIN_DECLS

/* The settings that differ and that a tunnel reads only when it comes up (BG_CONFIG_NEXT_UP): "section.key", which stay; (transfer container). */
GPtrArray *bg_config_diff_pending (const BgConfig *a, const BgConfig *b);
/* Anything at all, but how it is written. */
gboolean bg_config_diff_any (BgConfig *a, BgConfig *b);
/* Anything of [ice]. */
gboolean bg_config_diff_ice (const BgConfig *a, const BgConfig *b);
/* Anything but the name; NULL differs from every peer. */
gboolean bg_config_diff_static_peer (const BgStaticPeer *a, const BgStaticPeer *b);

/* Do they differ in what endpoints are made of? */
gboolean bg_config_diff_endpoints (const BgConfig *a, const BgConfig *b);
/* And of that in where they have addresses of their own? */
gboolean bg_config_diff_subnets (const BgConfig *a, const BgConfig *b);

G_END_DECLS
