/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Do names below this domain (normalized) belong to many that have nothing to do with each other, as below com, co.uk or github.io? By the
 * Public Suffix List as it was built into libpsl; top-level domains that it does not know, such as lan, and those of homes (home.arpa) are no such. */
gboolean bg_public_suffix_is (const char *domain);

G_END_DECLS
