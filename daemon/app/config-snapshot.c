/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-snapshot.h"

#include "app/config-keys.h"

#include <string.h>

static void
static_peer_free (gpointer data)
{
  BgStaticPeer *peer = data;

  g_free (peer->name);
  g_free (peer->endpoint_host);
  g_clear_pointer (&peer->allowed_ips, g_array_unref);
  g_free (peer);
}

/* Of the section `named`, or (NULL) of those that have no names. */
static gboolean
is_of (const BgConfigKey *row, const char *named)
{
  return named ? g_str_equal (row->section, named) : !bg_config_section_prefix (row->section);
}

/* What a table's defaults say; they pass the same checks as a file's values. */
static void
set_defaults (gpointer object, const char *named)
{
  for (const BgConfigKey *row = bg_config_keys; row->section; row++)
    if (row->fallback && is_of (row, named)
        && !bg_config_key_set (row, object, row->fallback, NULL))
      g_error ("the default of %s.%s does not pass its own check", row->section, row->key);
}

static void
service_free (gpointer data)
{
  BgService *service = data;

  g_free (service->name);
  g_free (service->tcp);
  g_free (service->udp);
  g_free (service->unix_path);
  g_strfreev (service->peers);
  g_free (service);
}

BgConfig *
bg_config_new (void)
{
  BgConfig *config = g_new0 (BgConfig, 1);

  g_atomic_ref_count_init (&config->refs);
  config->static_peers = g_ptr_array_new_with_free_func (static_peer_free);
  config->accepts = bg_peer_accepts_copy (NULL);
  config->services = g_ptr_array_new_with_free_func (service_free);
  set_defaults (config, NULL);
  return config;
}

static BgStaticPeer *
find_peer (BgConfig *config, const char *name)
{
  for (guint i = 0; i < config->static_peers->len; i++)
    {
      BgStaticPeer *peer = g_ptr_array_index (config->static_peers, i);

      if (g_str_equal (peer->name, name))
        return peer;
    }
  return NULL;
}

static BgStaticPeer *
get_peer (BgConfig *config, const char *name)
{
  BgStaticPeer *peer = find_peer (config, name);

  if (peer)
    return peer;
  peer = g_new0 (BgStaticPeer, 1);
  peer->name = g_strdup (name);
  set_defaults (peer, "peer");
  g_ptr_array_add (config->static_peers, peer);
  return peer;
}

static BgPeerAccept *
get_accept (BgConfig *config, const char *name)
{
  BgPeerAccept *accept = (BgPeerAccept *) bg_peer_accepts_find (config->accepts, name);

  if (accept)
    return accept;
  accept = bg_peer_accept_new (name);
  set_defaults (accept, "accept");
  g_ptr_array_add (config->accepts, accept);
  return accept;
}

/* --- Sections --- */

static gpointer
open_peer (BgConfig *config, const char *name)
{
  return get_peer (config, name);
}

static gpointer
open_accept (BgConfig *config, const char *name)
{
  return get_accept (config, name);
}

static gpointer
open_service (BgConfig *config, const char *name)
{
  BgService *service;

  for (guint i = 0; i < config->services->len; i++)
    {
      service = config->services->pdata[i];
      if (g_str_equal (service->name, name))
        return service;
    }
  service = g_new0 (BgService, 1);
  service->name = g_strdup (name);
  set_defaults (service, "service");
  g_ptr_array_add (config->services, service);
  return service;
}

static const struct
{
  const char *section, *prefix;
  gpointer (*open) (BgConfig *config, const char *name);
} named_sections[] = { { "peer", "peer ", open_peer },
                       { "accept", "accept ", open_accept },
                       { "service", "service ", open_service } };

const char *
bg_config_section_prefix (const char *section)
{
  for (gsize i = 0; i < G_N_ELEMENTS (named_sections); i++)
    if (g_str_equal (section, named_sections[i].section))
      return named_sections[i].prefix;
  return NULL;
}

const char *
bg_config_named_section_of (const char *setting)
{
  for (gsize i = 0; i < G_N_ELEMENTS (named_sections); i++)
    {
      gsize len = strlen (named_sections[i].section);

      if (strncmp (setting, named_sections[i].section, len) == 0 && setting[len] == '.')
        return named_sections[i].section;
    }
  return NULL;
}

gpointer
bg_config_open_section (BgConfig *config, const char *group, const char **section)
{
  for (gsize i = 0; i < G_N_ELEMENTS (named_sections); i++)
    {
      const char *name = group + strlen (named_sections[i].prefix);

      if (!g_str_has_prefix (group, named_sections[i].prefix) || !bg_config_name_is_readable (name))
        continue;
      *section = named_sections[i].section;
      return named_sections[i].open (config, name);
    }
  if (!bg_config_keys_has_section (group) || bg_config_section_prefix (group))
    return NULL;
  *section = group;
  return config;
}
