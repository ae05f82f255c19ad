/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Takes the option `name` of a bus method out of `options` into what `format` wants, as of g_variant_dict_lookup(); where there is none, that stays as
 * it is. FALSE and BG_ERROR_INVALID_ARGUMENT for one of another type: what it restricts must not go without it. */
gboolean bg_bus_option_take (GVariantDict *options, const char *name, const char *format, gpointer value, GError **error);
/* Refuses an a{sv} that has anything in it. */
gboolean bg_bus_options_are_none (GVariant *options, GError **error);
/* The same of what is left of `options`, which end. */
gboolean bg_bus_options_end (GVariantDict *options, GError **error);

G_END_DECLS
