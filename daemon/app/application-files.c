/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-files.h"

#include "app/application-private.h"
#include "common/error.h"
#include "files/files.h"

#include <sys/socket.h>
#include <unistd.h>

/* --- Who is where --- */

static gboolean
has_address (BgPeer *peer, const BgIpPrefix *host)
{
  BgPeerNamed named;

  bg_peer_get_named (peer, &named);
  for (guint i = 0; named.is_proved && i < named.n_addresses; i++)
    if (bg_ip_prefix_equal (&named.addresses[i], host))
      return TRUE;
  return FALSE;
}

static const char *
whose (gpointer owner, const BgIpPrefix *host)
{
  BgApplication *self = owner;
  g_autoptr (GPtrArray) peers = bg_tunnel_get_peers (self->tunnel);

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeerInfo *info = bg_peer_get_info (peers->pdata[i]);

      if (!info->is_static && has_address (peers->pdata[i], host))
        return info->id;
    }
  return NULL;
}

/* IPv4 goes over every path. */
static gboolean
take_address (const BgPeerInfo *info, BgIpPrefix *address)
{
  gboolean found = FALSE;

  for (const char *const *text = info->addresses; text && *text; text++)
    {
      BgIpPrefix read;

      if (bg_ip_prefix_parse (*text, &read) && (!found || read.family == AF_INET))
        *address = bg_ip_prefix_host (&read);
      else
        continue;
      found = TRUE;
    }
  return found;
}

static gboolean
find (gpointer owner, const char *name, BgIpPrefix *address, int *takes_files)
{
  BgApplication *self = owner;
  BgPeerSet *peers = bg_tunnel_get_peer_set (self->tunnel);
  BgPeer *peer = peers ? bg_peer_set_lookup (peers, name) : NULL;

  if (!peer || !take_address (bg_peer_get_info (peer), address))
    return FALSE;
  *takes_files = bg_peer_takes_files (peer);
  return TRUE;
}

static void
on_changed (gpointer owner)
{
  g_signal_emit_by_name (owner, "files-changed");
}

BgFiles *
bg_application_files_new (BgApplication *self)
{
  static const BgFilesEvents events = { whose, find, on_changed };

  return bg_files_new (&events, self);
}

/* --- What users ask for --- */

static gboolean
take_id (GVariant *options, char **id, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) held = value;

      if (!g_str_equal (name, "id") || !g_variant_is_of_type (held, G_VARIANT_TYPE_STRING))
        {
          bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, NO_SUCH_OPTION_OF_TYPE, name);
          return FALSE;
        }
      g_free (*id);
      *id = g_variant_dup_string (held, NULL);
    }
  return TRUE;
}

char *
bg_application_send_file (BgApplication *self, const char *peer, const char *name, int fd,
                          GVariant *options, guint32 uid, GError **error)
{
  g_autofree char *id = NULL;

  if (take_id (options, &id, error))
    return bg_files_send (self->files, peer, name, fd, id, uid, error);
  close (fd);
  return NULL;
}

gboolean
bg_application_accept_file (BgApplication *self, const char *id, int fd, GVariant *options,
                            guint32 uid, GError **error)
{
  if (bg_bus_options_are_none (options, error))
    return bg_files_accept (self->files, id, fd, uid, error);
  close (fd);
  return FALSE;
}

gboolean
bg_application_cancel_file (BgApplication *self, const char *id, guint32 uid, GError **error)
{
  return bg_files_cancel (self->files, id, uid, error);
}

GVariant *
bg_application_list_files (BgApplication *self, guint32 uid)
{
  return bg_files_list (self->files, uid);
}

gboolean
bg_application_decline_file (BgApplication *self, const char *id, GError **error)
{
  return bg_files_decline (self->files, id, error);
}

GVariant *
bg_application_list_file_offers (BgApplication *self)
{
  return bg_files_list_offers (self->files);
}
