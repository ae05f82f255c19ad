/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a hub says that the network is now, beside where it was. A pin is that of server-pin.h; NULL: as the system trusts. */

#include "common/key-text.h"

#include <glib.h>

G_BEGIN_DECLS

/* The same hub by the same key, however the URLs are written? */
gboolean bg_hub_place_is_same (const char *url, const char *pin, const char *other_url, const char *other_pin);
/* Can this daemon dial it? */
gboolean bg_hub_place_is_usable (const char *url, const char *pin);
/* May the hub at `from` send somebody to `to` by its word alone? Only where nobody on either way can say or read it. */
gboolean bg_hub_place_may_send (const char *from, const char *to);

/* The pin of an entry of the log (BG_KEY_BYTES) as text, written into `text`; NULL for zeroes, which are none. */
const char *bg_hub_place_pin_text (const guint8 *pin, char text[BG_KEY_TEXT_LEN + 1]);

G_END_DECLS
