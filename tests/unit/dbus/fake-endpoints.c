/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints and an account without anything behind them: each tunnel's endpoint is to be had at an address made up. */
#include "unit/dbus/fake-application-private.h"

#include "app/application-endpoints.h"

#include <string.h>

typedef struct
{
  char *key, *host, *mode, *address;
  char *ids[2], *addresses[2];
  guint16 port;
  BgWords *problem;
  BgDoorCounters counters;
} Fake;

struct _BgEndpoints
{
  GObject parent;
  GPtrArray *fakes;
  char *api_key, *state;
  guint refreshes;
};
G_DEFINE_FINAL_TYPE (BgEndpoints, bg_endpoints, G_TYPE_OBJECT)

static guint changed;

static void
fake_free (gpointer data)
{
  Fake *fake = data;

  g_free (fake->key);
  g_free (fake->host);
  g_free (fake->mode);
  g_free (fake->address);
  g_clear_pointer (&fake->problem, bg_words_unref);
  g_free (fake);
}

static void
bg_endpoints_finalize (GObject *object)
{
  BgEndpoints *self = BG_ENDPOINTS (object);

  g_ptr_array_unref (self->fakes);
  g_free (self->api_key);
  g_free (self->state);
  G_OBJECT_CLASS (bg_endpoints_parent_class)->finalize (object);
}

static void
bg_endpoints_class_init (BgEndpointsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_endpoints_finalize;
  changed = g_signal_new ("changed", BG_TYPE_ENDPOINTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                          G_TYPE_NONE, 0);
}

static void
bg_endpoints_init (BgEndpoints *self)
{
  self->fakes = g_ptr_array_new_with_free_func (fake_free);
  self->state = g_strdup ("waiting-for-key");
}

BgEndpoints *
bg_application_get_endpoints (BgApplication *self)
{
  if (!self->endpoints)
    self->endpoints = g_object_new (BG_TYPE_ENDPOINTS, NULL);
  return self->endpoints;
}

/* --- For tests --- */

static Fake *
find (BgEndpoints *self, const char *key)
{
  for (guint i = 0; i < self->fakes->len; i++)
    if (g_str_equal (((Fake *) self->fakes->pdata[i])->key, key))
      return self->fakes->pdata[i];
  return NULL;
}

void
fake_application_bind (BgApplication *self, const char *host, guint16 port, BgWords *problem)
{
  BgEndpoints *endpoints = bg_application_get_endpoints (self);
  Fake *fake = g_new0 (Fake, 1);

  fake->key = g_strdup_printf ("%s:%u", host, port);
  fake->host = g_strdup (host);
  fake->port = port;
  fake->mode = g_strdup ("virtual");
  fake->address = g_strdup_printf ("10.107.0.%u", endpoints->fakes->len + 2);
  fake->ids[0] = (char *) "ep_1";
  fake->addresses[0] = problem ? NULL : fake->address;
  fake->problem = problem;
  g_ptr_array_add (endpoints->fakes, fake);
  g_signal_emit (endpoints, changed, 0);
}

void
fake_application_unbind (BgApplication *self, const char *key)
{
  BgEndpoints *endpoints = bg_application_get_endpoints (self);

  g_ptr_array_remove (endpoints->fakes, find (endpoints, key));
  g_signal_emit (endpoints, changed, 0);
}

void
fake_application_carry (BgApplication *self, const char *key, guint64 up, guint64 down)
{
  Fake *fake = find (bg_application_get_endpoints (self), key);

  g_assert (fake);
  fake->counters.open = 1;
  fake->counters.total++;
  fake->counters.bytes_up += up;
  fake->counters.bytes_down += down;
  fake->counters.errors[BG_FORWARD_TLS] = 2;
}

const char *
fake_application_api_key (BgApplication *self)
{
  return bg_application_get_endpoints (self)->api_key;
}

guint
fake_application_refreshes (BgApplication *self)
{
  return bg_application_get_endpoints (self)->refreshes;
}

/* --- app/application-endpoints.h --- */

const char *
bg_condition_name (BgConditionKind kind)
{
  static const char *const names[] = { "listening", "connected", "ready" };

  return names[kind];
}

guint
bg_endpoints_count (BgEndpoints *self)
{
  return self->fakes->len;
}

void
bg_endpoints_look (BgEndpoints *self, guint i, BgEndpointInfo *info)
{
  Fake *fake = self->fakes->pdata[i];
  BgCondition condition = { fake->problem == NULL, fake->problem, 1700000000000000 };

  *info = (BgEndpointInfo){
    .key = fake->key,
    .host = fake->host,
    .port = fake->port,
    .scheme = fake->port == 80 ? "http" : "tcp",
    .url = fake->key,
    .ids = (const char *const *) fake->ids,
    .source = "ngrok",
    .mode = fake->mode,
    .addresses = (const char *const *) fake->addresses,
    .listen_port = fake->problem ? 0 : fake->port,
    .is_local = TRUE,
    .is_named = TRUE,
    .conditions = { condition, { TRUE, NULL, 1700000000000000 }, condition },
  };
}

gboolean
bg_endpoints_find (BgEndpoints *self, const char *key, BgEndpointInfo *info)
{
  guint i;
  Fake *fake = find (self, key);

  if (!fake || !g_ptr_array_find (self->fakes, fake, &i))
    return FALSE;
  bg_endpoints_look (self, i, info);
  return TRUE;
}

gboolean
bg_endpoints_read_counters (BgEndpoints *self, const char *key, BgDoorCounters *counters)
{
  Fake *fake = find (self, key);

  if (fake)
    *counters = fake->counters;
  return fake != NULL;
}

guint
bg_endpoints_count_sources (BgEndpoints *self)
{
  return 1;
}

void
bg_endpoints_look_source (BgEndpoints *self, guint i, BgEndpointSourceInfo *info)
{
  *info = (BgEndpointSourceInfo){
    .name = "ngrok",
    .state = self->state,
    .id = self->api_key ? "k8sop_1" : "",
    .ingress = "",
    .has_api_key = self->api_key != NULL,
    .certificate_ends_at = 1800000000,
    .polled_at = self->api_key ? 1700000000 : 0,
  };
}

static void
set_key (BgEndpoints *self, const char *api_key)
{
  g_free (self->api_key);
  g_free (self->state);
  self->api_key = g_strdup (api_key);
  self->state = g_strdup (api_key ? "running" : "waiting-for-key");
  g_signal_emit (self, changed, 0);
}

void
bg_application_set_api_key_async (BgApplication *self, const char *api_key,
                                  GAsyncReadyCallback callback, gpointer data)
{
  GTask *task;

  if (!g_str_equal (api_key, "wrong"))
    {
      set_key (bg_application_get_endpoints (self), api_key);
      fake_return_true (self, callback, data);
      return;
    }
  task = g_task_new (self, NULL, callback, data);
  bg_task_return_error (task, BG_ERROR_NOT_AUTHORIZED, API_KEY_REFUSED, "no such key");
  g_object_unref (task);
}

gboolean
bg_application_set_api_key_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

gboolean
bg_application_clear_api_key (BgApplication *self, GError **error)
{
  set_key (bg_application_get_endpoints (self), NULL);
  return TRUE;
}

void
bg_application_unregister_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  set_key (bg_application_get_endpoints (self), NULL);
  fake_return_true (self, callback, data);
}

gboolean
bg_application_unregister_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return fake_finish_boolean (result, error);
}

static gboolean
is_possible (BgApplication *self, GError **error)
{
  if (fake_application_api_key (self))
    return TRUE;
  bg_error_set (error, BG_ERROR_WRONG_STATE, API_KEY_MISSING);
  return FALSE;
}

gboolean
bg_application_refresh_endpoints (BgApplication *self, GError **error)
{
  bg_application_get_endpoints (self)->refreshes++;
  return is_possible (self, error);
}

gboolean
bg_application_renew_certificate (BgApplication *self, GError **error)
{
  return is_possible (self, error);
}

gboolean
bg_application_set_endpoint_mode (BgApplication *self, const char *key, const char *mode,
                                  GError **error)
{
  BgEndpoints *endpoints = bg_application_get_endpoints (self);
  Fake *fake = find (endpoints, key);

  if (strchr (mode, ' '))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "%s: no mode", mode);
      return FALSE;
    }
  if (fake)
    {
      g_free (fake->mode);
      fake->mode = g_strdup (*mode ? mode : "virtual");
      g_signal_emit (endpoints, changed, 0);
    }
  return TRUE;
}
