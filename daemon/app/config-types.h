/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The types of settings: how a value is read from text into its field, and shown on the bus. A new type is a row at the end
 * of config-types.c. */

#include "app/config-keys.h"

G_BEGIN_DECLS

struct _BgConfigType
{
  const char *name;         /* in the documentation */
  const char *variant_type; /* what the bus shows, and takes beside text */
  gboolean (*set) (const BgConfigKey *key, gpointer object, const char *text, GError **error);
  GVariant *(*to_variant) (const BgConfigKey *key, gconstpointer object);
};

extern const BgConfigType bg_config_type_text, bg_config_type_url, bg_config_type_boolean, bg_config_type_number,
  bg_config_type_seconds, bg_config_type_address, bg_config_type_prefixes, bg_config_type_texts, bg_config_type_paths,
  bg_config_type_public_key, bg_config_type_endpoint, bg_config_type_owner, bg_config_type_served, bg_config_type_domains,
  bg_config_type_chosen_prefixes, bg_config_type_chosen_addresses, bg_config_type_chosen_domains;

G_END_DECLS
