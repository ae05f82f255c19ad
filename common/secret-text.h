/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Wipes a text, then frees it; fine on NULL. */
void bg_secret_free (char *secret);

G_END_DECLS
