/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

#include "common/error.h"
#include "common/log.h"
#include "net/link-config.h"
#include "peer/data-commands.h"
#include "transport/ice-session.h"
#include "transport/ice-thread.h"

#include <errno.h>

/* --- Step: interface --- */

/* NetworkManager 1.42 keeps what it knows of the names of a VPN connection by the interface's index, and forgets only what is of the
 * last one when the connection ends. So a daemon that is restarted has its interface with the index that it had. */
static int
recall_index (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL)
           ? (int) CLAMP (g_ascii_strtoll (text, NULL, 10), 0, G_MAXINT)
           : 0;
}

static void
remember_index (const char *path, int ifindex)
{
  g_autofree char *text = g_strdup_printf ("%d\n", ifindex);
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (path, text, -1, &error))
    bg_log (BG_TOPIC_NET, INFO, NULL, "the index of the interface is not kept: %s", error->message);
}

void
bg_tunnel_up_interface (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autofree char *path = g_build_filename (self->state_dir, "interface-index", NULL);
  GError *error = NULL;

  if (bg_tunnel_open_device (self, &self->tun, self->config->interface, recall_index (path),
                             &error))
    {
      self->ifname = g_strdup (self->tun.name);
      remember_index (path, self->tun.ifindex);
    }
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_interface (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_tun_device_close (&self->tun);
  bg_tunnel_end_namespace (self);
  g_clear_pointer (&self->ifname, g_free);
  bg_bring_up_step_undone (run);
}

/* --- Step: data plane --- */

/* Of figures that are nobody's here. */
#define FIGURES_COOKIE ((guint64) 0x66696775 << 32)

static GVariant *
drops_variant (const BgEvent *event)
{
  GVariantBuilder drops;

  g_variant_builder_init (&drops, G_VARIANT_TYPE ("a{st}"));
  for (int why = 0; why < BG_DROP_REASONS; why++)
    if (event->drops[why] > 0)
      g_variant_builder_add (&drops, "{st}", bg_drop_name ((BgDrop) why), event->drops[why]);
  return g_variant_builder_end (&drops);
}

static void
take_stats (BgTunnel *self, const BgEvent *event)
{
  guint64 rx = 0, tx = 0;

  for (guint i = 0; i < event->n_stats; i++)
    {
      rx += event->stats[i].rx_bytes;
      tx += event->stats[i].tx_bytes;
    }
  self->events->stats (self->owner, rx, tx, drops_variant (event));
}

static gboolean
is_figures (const BgEvent *event)
{
  return event->type == BG_EVENT_STATS && event->cookie == FIGURES_COOKIE;
}

static void
on_data_event (gpointer owner, const BgEvent *event)
{
  BgTunnel *self = owner;

  if (is_figures (event) || event->type == BG_EVENT_SESSION)
    self->events->figures (self->owner, event);
  if (is_figures (event))
    return;
  if (event->type == BG_EVENT_FAILED)
    {
      g_autoptr (GError) error = bg_error (BG_ERROR_FAILED, INTERFACE_FAILED, self->ifname,
                                           bg_arg_errno (event->error));

      self->events->broken (self->owner, error);
      return;
    }
  if (event->type == BG_EVENT_ASLEEP)
    {
      bg_tunnel_take_asleep (self);
      return;
    }
  if (event->type == BG_EVENT_TUN_GONE)
    {
      bg_tunnel_take_tun_gone (self, event);
      return;
    }
  if (event->type == BG_EVENT_OFFLOAD)
    {
      bg_log (
        BG_TOPIC_NET, WARNING, NULL,
        "interface %s: the kernel refused packets that were joined (%s): %s; they are written one by one from "
        "now on",
        self->ifname, event->offload, g_strerror (event->error));
      return;
    }
  if (self->uapi && bg_uapi_server_take_event (self->uapi, event))
    return;
  if (self->peers)
    bg_peer_set_take_event (self->peers, event);
  if (event->type == BG_EVENT_STATS)
    take_stats (self, event);
  else if (event->type == BG_EVENT_PATH)
    bg_data_events_want_stats (self->data_events);
}

void
bg_tunnel_request_stats (BgTunnel *self)
{
  if (self->dataplane)
    bg_dataplane_request_stats (self->dataplane, 0); /* a full mailbox: the next time will do */
}

gboolean
bg_tunnel_request_figures (BgTunnel *self)
{
  return self->dataplane && bg_dataplane_request_stats (self->dataplane, FIGURES_COOKIE);
}

static void
take_relayed (void *data)
{
  bg_lent_loop_take (data);
}

static bool
visit_relayed (void *data)
{
  return bg_lent_loop_visit (data);
}

static void
give_relayed (void *data)
{
  bg_lent_loop_give (data);
}

void
bg_tunnel_up_dataplane (gpointer owner, BgBringUp *run)
{
  BgLentLoop *relayed = bg_ice_thread_get_relayed ();
  const BgDataGuest guest = { bg_lent_loop_get_fd (relayed), take_relayed, visit_relayed,
                              give_relayed, relayed };
  BgTunnel *self = owner;
  BgAllowedIp addresses[G_N_ELEMENTS (self->addresses)];
  BgDataplaneConfig config = {
    .addresses = addresses,
    .n_addresses = self->n_addresses,
    .tun_fd = self->tun.fd,
    .tun_mtu = self->config->mtu,
    .tun_vnet_hdr = self->tun.vnet_hdr,
    .tun_udp_super = self->tun.udp_super,
    .udp_port = (uint16_t) self->config->listen_port,
    .udp = self->config->static_peers->len > 0 || self->config->listen_port != 0,
    .threads = self->config->threads,
    .guest = &guest,
  };
  int code = 0;

  for (guint i = 0; i < self->n_addresses; i++)
    addresses[i] = bg_allowed_ip (&self->addresses[i]);
  self->tun.fd = -1; /* the data plane's from here */
  self->tun_number = 0;
  self->mtu = self->config->mtu;
  self->tun_gone = FALSE;
  self->dataplane = bg_dataplane_new (&config, &self->private_key, &code);
  if (!self->dataplane)
    {
      bg_bring_up_step_done (
        run, code == EADDRINUSE
               ? bg_error (BG_ERROR_EXISTS, UDP_PORT_IN_USE, self->config->listen_port)
               : bg_error (BG_ERROR_FAILED, TEXT, bg_arg_errno (code)));
      return;
    }
  self->data_events = bg_data_events_new (self->dataplane, on_data_event, self);
  self->access = bg_access_control_new (self->dataplane, self->config);
  bg_bring_up_step_done (run, NULL);
}

static void
wait_for_sessions (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  bg_ice_session_wait_closed_all ();
  g_task_return_boolean (task, TRUE);
}

static void
on_sessions_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  BgTunnel *self = data;

  g_clear_pointer (&self->access, bg_access_control_free);
  g_clear_pointer (&self->data_events, bg_data_events_free);
  if (!bg_dataplane_free (g_steal_pointer (&self->dataplane)))
    bg_log (BG_TOPIC_DATA, WARNING, NULL, "packets were still out when the data plane ended");
  bg_bring_up_step_undone (self->run);
}

/* Sessions end on threads of their own, and hold packets of the data plane's pool until then. */
void
bg_tunnel_down_dataplane (gpointer owner, BgBringUp *run)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_sessions_gone, owner);

  g_task_run_in_thread (task, wait_for_sessions);
}

/* --- Step: configuration socket --- */

void
bg_tunnel_up_uapi (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  g_autoptr (GError) error = NULL;

  if (!self->in_namespace) /* which wg(8) does not look into */
    self->uapi = bg_uapi_server_new (self->dataplane, self->ifname, &self->private_key, NULL,
                                     &error);
  if (error)
    bg_log (BG_TOPIC_UAPI, WARNING, NULL, "no configuration socket, wg(8) will not see %s: %s",
            self->ifname, error->message);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_uapi (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->uapi, bg_uapi_server_free);
  bg_bring_up_step_undone (run);
}

/* --- Step: addresses --- */

static void
on_link_synced (gpointer owner)
{
  BgTunnel *self = owner;

  bg_health_set (self->health, BG_CONCERN_ROUTES,
                 bg_words_ref (bg_tunnel_link_get_complaint (self->link)));
  bg_health_set (self->health, BG_CONCERN_OVERLAP,
                 bg_words_ref (bg_tunnel_link_get_overlap (self->link)));
  if (bg_tunnel_link_has_failed (self->link))
    bg_tunnel_mend_later (self);
  bg_tunnel_look_at_names (self);
  self->events->link_changed (self->owner);
}

void
bg_tunnel_manage_link (BgTunnel *self, gboolean managed)
{
  self->link_managed = managed;
  if (self->link)
    bg_tunnel_link_set_managed (self->link, managed);
  bg_tunnel_look_at_names (self);
}

const BgNetPlan *
bg_tunnel_get_link_plan (BgTunnel *self)
{
  return self->link ? bg_tunnel_link_get_plan (self->link) : NULL;
}

void
bg_tunnel_up_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;
  BgTunnelLinkExit exit = bg_tunnel_exit_for_link (self);
  GError *error = NULL;

  self->link = bg_tunnel_link_new (
    self->ifname, self->config->mtu, self->addresses, self->n_addresses, self->link_managed,
    bg_tunnel_get_surroundings (self), &exit, on_link_synced, self, &error);
  if (self->link)
    {
      /* that of a killed daemon stood in for it until now */
      if (exit.is_used && !self->in_namespace)
        (void) bg_link_config_remove_leftovers (FALSE, NULL);
      on_link_synced (self);
    }
  bg_bring_up_step_done (run, error);
}

void
bg_tunnel_down_addresses (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  g_clear_pointer (&self->link, bg_tunnel_link_free);
  bg_health_set (self->health, BG_CONCERN_ROUTES, NULL);
  bg_health_set (self->health, BG_CONCERN_OVERLAP, NULL);
  bg_health_set (self->health, BG_CONCERN_SETTINGS, NULL);
  bg_bring_up_step_undone (run);
}
