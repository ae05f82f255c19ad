/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of the network, and who says which they are. Recovery codes go to who called, and nowhere else. */
#include "app/application-authority.h"
#include "app/application-devices.h"
#include "dbus/dbus-tunnel-private.h"

#include <string.h>

void
bg_dbus_network_refresh (BgDBusTunnel *self)
{
  BgDBusTunnel1 *bus = BG_DBUS_TUNNEL1 (self);
  const BgApplicationInfo *info = bg_application_get_info (self->app);

  bg_dbus_tunnel1_set_network_id (bus, info->network_id);
  bg_dbus_tunnel1_set_membership (bus, info->membership);
  bg_dbus_tunnel1_set_owner (bus, info->is_owner);
  bg_dbus_tunnel1_set_pending_devices (bus, info->pending_devices);
  bg_dbus_tunnel1_set_hub_move (bus, info->hub_move);
}

/* --- Answers --- */

/* An a{sv} with this secret in it, which is taken. */
static GVariant *
dict_of_secret (const char *key, char *secret)
{
  GVariantDict dict;

  if (!secret)
    return NULL;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, key, "s", secret);
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
  return g_variant_dict_end (&dict);
}

static GVariant *
answer_protect (BgApplication *app, GAsyncResult *result, GError **error)
{
  return dict_of_secret ("recovery-code", bg_application_protect_finish (app, result, error));
}

static GVariant *
answer_recover (BgApplication *app, GAsyncResult *result, GError **error)
{
  return dict_of_secret ("recovery-code", bg_application_recover_finish (app, result, error));
}

static GVariant *
answer_signing_key (BgApplication *app, GAsyncResult *result, GError **error)
{
  return dict_of_secret ("signing-key", bg_application_get_signing_key_finish (app, result, error));
}

/* --- Calls --- */

static gboolean
handle_list_devices (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_list_devices_async (
      self->app, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_list_devices_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_list_invites (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_list_invites_async (
      self->app, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_invites_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_cancel_invite (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *id)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_cancel_invite_async (
      self->app, id, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, bg_application_invites_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_rename_device (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device,
                      const char *name)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_rename_device_async (
      self->app, device, name, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_revoke_device (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_revoke_device_async (
      self->app, device, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_approve_device (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device,
                       GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_approve_device_async (
      self->app, device, options, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_grant_device (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device,
                     GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_grant_device_async (
      self->app, device, options, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_get_network (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_dbus_tunnel1_complete_get_network (bus, invocation, bg_application_get_network (self->app));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_protect (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_protect_async (self->app, options, bg_dbus_on_call_answered,
                                  bg_dbus_call_new_for_answer (self, invocation, answer_protect));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_get_signing_key (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_get_signing_key_async (
      self->app, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, answer_signing_key));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_add_owner (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device,
                  const char *signing_key)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_add_owner_device_async (
      self->app, device, signing_key, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_remove_owner (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *device)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_remove_owner_device_async (
      self->app, device, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_change_device_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_recover (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *code,
                GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_recover_network_async (
      self->app, code, options, bg_dbus_on_call_answered,
      bg_dbus_call_new_for_answer (self, invocation, answer_recover));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_allow_unsigned (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, gboolean allow)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_allow_unsigned_async (
      self->app, allow, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_allow_unsigned_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_make_authority (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_make_authority_async (
      self->app, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_make_authority_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_give_name (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, const char *name,
                  const char *device)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_give_name_async (
      self->app, name, device, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_give_name_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_trust_network (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_trust_network_async (
      self->app, options, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_trust_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_move_hub (BgDBusTunnel1 *bus, GDBusMethodInvocation *invocation, GVariant *options)
{
  BgDBusTunnel *self = BG_DBUS_TUNNEL (bus);

  if (!bg_dbus_tunnel_answered_detached (self, invocation))
    bg_application_move_hub_async (
      self->app, options, bg_dbus_on_call_done,
      bg_dbus_call_new (self, invocation, bg_application_move_hub_finish));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
bg_dbus_network_fill_iface (BgDBusTunnel1Iface *iface)
{
  iface->handle_list_devices = handle_list_devices;
  iface->handle_list_invites = handle_list_invites;
  iface->handle_cancel_invite = handle_cancel_invite;
  iface->handle_rename_device = handle_rename_device;
  iface->handle_revoke_device = handle_revoke_device;
  iface->handle_approve_device = handle_approve_device;
  iface->handle_grant_device = handle_grant_device;
  iface->handle_get_network = handle_get_network;
  iface->handle_protect = handle_protect;
  iface->handle_get_signing_key = handle_get_signing_key;
  iface->handle_add_owner = handle_add_owner;
  iface->handle_remove_owner = handle_remove_owner;
  iface->handle_recover = handle_recover;
  iface->handle_allow_unsigned = handle_allow_unsigned;
  iface->handle_make_authority = handle_make_authority;
  iface->handle_give_name = handle_give_name;
  iface->handle_trust_network = handle_trust_network;
  iface->handle_move_hub = handle_move_hub;
}
