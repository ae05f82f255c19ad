/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "app/config-diff.h"
#include "app/ice-servers.h"
#include "common/log.h"

/* Settings that change under a running tunnel: each is applied to the part that it concerns, and what cannot be is pending. */

static void
add_pending (GPtrArray *pending, const char *name)
{
  g_ptr_array_add (pending, (gpointer) name);
}

static void
apply_mtu (BgTunnel *self, GPtrArray *pending)
{
  if (self->config->mtu == self->mtu)
    return;
  if (!bg_dataplane_set_mtu (self->dataplane, self->config->mtu))
    {
      add_pending (pending, "device.mtu");
      return;
    }
  self->mtu = self->config->mtu;
  bg_tunnel_link_set_mtu (self->link, self->mtu);
}

/* An open port stays open: wg(8) may have made use of it. */
static void
apply_udp (BgTunnel *self, GPtrArray *pending)
{
  guint16 port = (guint16) self->config->listen_port, now = bg_dataplane_udp_port (self->dataplane);
  BgWords *text = NULL;
  int code = 0;

  if (port != 0 || self->config->static_peers->len > 0)
    code = bg_dataplane_set_udp_port (self->dataplane, port);
  if (code != 0)
    {
      text = now == 0 ? bg_words (UDP_PORT_FAILED, port, bg_arg_errno (code))
                      : bg_words (UDP_PORT_STAYS, port, bg_arg_errno (code), now);
      add_pending (pending, "device.listen-port");
    }
  bg_health_set (self->health, BG_CONCERN_SETTINGS, text);
}

static void
apply_device (BgTunnel *self, const BgConfig *old, GPtrArray *pending)
{
  if (old->threads != self->config->threads)
    bg_dataplane_set_threads (self->dataplane, self->config->threads);
  apply_mtu (self, pending);
  apply_udp (self, pending);
}

static void
apply_ice (BgTunnel *self, const BgConfig *old)
{
  g_autoptr (GError) error = NULL;

  if (bg_config_diff_ice (old, self->config) && !bg_tunnel_set_ice (self, &error))
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "[ice] stays as it was: %s", error->message);
}

/* Peers of the mesh come and go with the line, which is made when the tunnel comes up, or never. */
static gboolean
is_mesh_pending (BgTunnel *self, GPtrArray *pending)
{
  gboolean wants_line = self->config->server_url || self->config->host_hub;

  if (wants_line == (self->signaling != NULL))
    return FALSE;
  if (!self->config->server_url != !self->started->server_url)
    add_pending (pending, "network.server-url");
  if (self->config->host_hub != self->started->host_hub)
    add_pending (pending, "network.host-hub");
  return TRUE;
}

static void
apply_line (BgTunnel *self, const BgConfig *old, GPtrArray *pending)
{
  if (is_mesh_pending (self, pending) || !self->signaling)
    return;
  if (!bg_local_hub_want (self->hub, self->config))
    bg_tunnel_aim (self);
  bg_tunnel_tell_offer (self);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* The names are literals. */
static void
take_pending (BgTunnel *self, GPtrArray *pending)
{
  g_autofree char *text = NULL, *before = g_strjoinv (", ", (char **) self->pending);

  g_ptr_array_sort (pending, compare_names);
  g_ptr_array_add (pending, NULL);
  g_free (self->pending);
  self->pending = (const char **) g_ptr_array_free (pending, FALSE);
  text = g_strjoinv (", ", (char **) self->pending);
  if (*text && !g_str_equal (text, before))
    bg_log (BG_TOPIC_CONFIG, MESSAGE, NULL, "in effect when the tunnel comes up next: %s", text);
}

void
bg_tunnel_apply (BgTunnel *self, BgConfig *config)
{
  g_autoptr (BgConfig) old = NULL;
  GPtrArray *pending;

  if (!self->peers || !self->dataplane)
    return;
  old = g_steal_pointer (&self->config);
  self->config = bg_config_ref (config);
  pending = bg_config_diff_pending (self->started, config);
  apply_device (self, old, pending);
  apply_ice (self, old);
  bg_peer_set_set_accept (self->peers, config->accept_routes, config->accepts);
  bg_access_control_apply (self->access, config);
  bg_tunnel_find_servers (self);
  bg_tunnel_tell_surroundings (self);
  bg_tunnel_serve_networks (self);
  bg_static_peers_apply (self->static_peers, old, config);
  bg_tunnel_follow_exit (self);
  apply_line (self, old, pending);
  bg_tunnel_look_at_names (self);
  bg_tunnel_follow_files (self);
  take_pending (self, pending);
}
