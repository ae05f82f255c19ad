/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-account.h"

#include "dbus/dbus-errors.h"

struct _BgDBusAccount
{
  BgDBusTunnel1AccountSkeleton parent;
  BgApplication *app; /* NULL once detached */
};

static void account_iface_init (BgDBusTunnel1AccountIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (BgDBusAccount, bg_dbus_account,
                               BG_DBUS_TYPE_TUNNEL1_ACCOUNT_SKELETON,
                               G_IMPLEMENT_INTERFACE (BG_DBUS_TYPE_TUNNEL1_ACCOUNT,
                                                      account_iface_init))

void
bg_dbus_account_refresh (BgDBusAccount *self, const BgEndpointSourceInfo *info)
{
  BgDBusTunnel1Account *bus = BG_DBUS_TUNNEL1_ACCOUNT (self);
  g_autoptr (GPtrArray)
    reasons = info->reason ? bg_words_list_take (bg_words_ref ((BgWords *) info->reason)) : NULL;

  bg_dbus_tunnel1_account_set_name (bus, info->name);
  bg_dbus_tunnel1_account_set_state (bus, info->state);
  bg_dbus_tunnel1_account_set_state_reason (bus, bg_words_get_text (info->reason));
  bg_dbus_tunnel1_account_set_reasons (bus, bg_words_list_to_variant (reasons));
  bg_dbus_tunnel1_account_set_id (bus, info->id);
  bg_dbus_tunnel1_account_set_ingress (bus, info->ingress);
  bg_dbus_tunnel1_account_set_has_key (bus, info->has_api_key);
  bg_dbus_tunnel1_account_set_certificate_ends (bus, info->certificate_ends_at * G_USEC_PER_SEC);
  bg_dbus_tunnel1_account_set_polled_at (bus, info->polled_at * G_USEC_PER_SEC);
}

/* --- Calls --- */

static gboolean
answered_detached (BgDBusAccount *self, GDBusMethodInvocation *invocation)
{
  if (self->app)
    return FALSE;
  bg_dbus_return (invocation, BG_ERROR_WRONG_STATE, bg_words (DAEMON_STOPS));
  return TRUE;
}

/* One that is answered later. */
typedef struct
{
  BgDBusAccount *self;
  GDBusMethodInvocation *invocation;
} Call;

static Call *
call_new (BgDBusAccount *self, GDBusMethodInvocation *invocation)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ g_object_ref (self), invocation };
  return call;
}

/* What a call changed is announced before its answer. */
static void
announce (BgDBusAccount *self)
{
  const char *name = bg_dbus_tunnel1_account_get_name (BG_DBUS_TUNNEL1_ACCOUNT (self));
  BgEndpoints *endpoints = self->app ? bg_application_get_endpoints (self->app) : NULL;

  for (guint i = 0; endpoints && i < bg_endpoints_count_sources (endpoints); i++)
    {
      BgEndpointSourceInfo info;

      bg_endpoints_look_source (endpoints, i, &info);
      if (g_str_equal (info.name, name))
        bg_dbus_account_refresh (self, &info);
    }
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

static void
return_result (BgDBusAccount *self, GDBusMethodInvocation *invocation, gboolean ok,
               const GError *error)
{
  announce (self);
  if (ok)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    bg_dbus_return_error (invocation, error);
}

/* Ends the call. */
static void
end_call (gpointer data, gboolean ok, const GError *error)
{
  g_autofree Call *call = data;
  g_autoptr (BgDBusAccount) self = call->self;

  return_result (self, call->invocation, ok, error);
}

static void
on_key_set (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_application_set_api_key_finish (BG_APPLICATION (app), result, &error);

  end_call (data, ok, error);
}

static gboolean
handle_set_key (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation, const char *key)
{
  BgDBusAccount *self = BG_DBUS_ACCOUNT (bus);

  if (!answered_detached (self, invocation))
    bg_application_set_api_key_async (self->app, key, on_key_set, call_new (self, invocation));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_unregistered (GObject *app, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = bg_application_unregister_finish (BG_APPLICATION (app), result, &error);

  end_call (data, ok, error);
}

static gboolean
handle_unregister (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation)
{
  BgDBusAccount *self = BG_DBUS_ACCOUNT (bus);

  if (!answered_detached (self, invocation))
    bg_application_unregister_async (self->app, on_unregistered, call_new (self, invocation));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* What is done at once. */
static gboolean
do_now (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation,
        gboolean (*work) (BgApplication *app, GError **error))
{
  BgDBusAccount *self = BG_DBUS_ACCOUNT (bus);
  g_autoptr (GError) error = NULL;

  if (!answered_detached (self, invocation))
    {
      gboolean ok = work (self->app, &error);

      return_result (self, invocation, ok, error);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_clear_key (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation)
{
  return do_now (bus, invocation, bg_application_clear_api_key);
}

static gboolean
handle_refresh (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation)
{
  return do_now (bus, invocation, bg_application_refresh_endpoints);
}

static gboolean
handle_renew (BgDBusTunnel1Account *bus, GDBusMethodInvocation *invocation)
{
  return do_now (bus, invocation, bg_application_renew_certificate);
}

/* --- Life --- */

BgDBusAccount *
bg_dbus_account_new (BgApplication *app, const BgEndpointSourceInfo *info, BgDBusRights *rights)
{
  BgDBusAccount *self = g_object_new (BG_TYPE_DBUS_ACCOUNT, NULL);

  self->app = g_object_ref (app);
  bg_dbus_rights_guard (G_DBUS_INTERFACE_SKELETON (self), rights);
  bg_dbus_account_refresh (self, info);
  return self;
}

void
bg_dbus_account_detach (BgDBusAccount *self)
{
  g_clear_object (&self->app);
}

static void
bg_dbus_account_dispose (GObject *object)
{
  bg_dbus_account_detach (BG_DBUS_ACCOUNT (object));
  G_OBJECT_CLASS (bg_dbus_account_parent_class)->dispose (object);
}

static void
bg_dbus_account_class_init (BgDBusAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bg_dbus_account_dispose;
  bg_dbus_rights_guard_class (G_DBUS_INTERFACE_SKELETON_CLASS (klass));
}

static void
account_iface_init (BgDBusTunnel1AccountIface *iface)
{
  iface->handle_set_key = handle_set_key;
  iface->handle_clear_key = handle_clear_key;
  iface->handle_unregister = handle_unregister;
  iface->handle_refresh = handle_refresh;
  iface->handle_renew = handle_renew;
}

static void
bg_dbus_account_init (BgDBusAccount *self)
{
}
