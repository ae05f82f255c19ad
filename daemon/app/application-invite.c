/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-network.h"
#include "app/application-private.h"
#include "common/error.h"
#include "common/key-text.h"
#include "signaling/service-api.h"

#include <string.h>

typedef struct
{
  GVariant *options; /* of a signed one; NULL: it is not */
  BgInviteSecret *secret;
  char *server, *code;
  guint expires_in;
} Invite;

static void
invite_free (gpointer data)
{
  Invite *invite = data;

  g_clear_pointer (&invite->options, g_variant_unref);
  bg_invite_secret_free (invite->secret);
  bg_secret_free (invite->server);
  bg_secret_free (invite->code);
  g_free (invite);
}

/* What the other machine is told to dial, with the pin. */
static char *
public_server (BgApplication *self)
{
  const BgHubInfo *hub = bg_tunnel_get_hub (self->tunnel);
  const char *pin = hub ? hub->pin : self->config->server_pin;
  g_autofree char *base = bg_server_url_http_base (self->config->server_url);

  return pin ? g_strconcat (base, "#sha256=", pin, NULL) : g_steal_pointer (&base);
}

static void
return_line (GTask *task)
{
  Invite *invite = g_task_get_task_data (task);
  g_autofree char *quoted = g_shell_quote (invite->server),
                  *command = g_strdup_printf ("bamgatectl join %s %s", invite->code, quoted);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "code", "s", invite->code);
  g_variant_dict_insert (&dict, "expires-in", "u", invite->expires_in);
  g_variant_dict_insert (&dict, "server-url", "s", invite->server);
  g_variant_dict_insert (&dict, "join-command", "s", command);
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

/* --- In a network that this machine signs for --- */

static void
on_invite_signed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Invite *invite = g_task_get_task_data (task);
  GError *error = NULL;
  char *trust = bg_application_sign_invite_finish (BG_APPLICATION (source), result, &error);
  char *bare;

  if (!trust)
    {
      g_task_return_error (task, error);
      return;
    }
  bare = g_steal_pointer (&invite->server);
  invite->server = g_strconcat (bare, strchr (bare, '#') ? "&" : "#", "trust=", trust, NULL);
  bg_secret_free (trust);
  g_free (bare);
  return_line (task);
}

enum
{
  LONGEST_INVITE_S = 24 * 3600, /* whatever the hub says */
};

/* As long as the code is good. */
static void
sign (BgApplication *self, GTask *task)
{
  Invite *invite = g_task_get_task_data (task);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (invite->options);
  g_autoptr (GVariant) options = NULL;

  g_variant_dict_insert (&dict, "expires-in", "u", MIN (invite->expires_in, LONGEST_INVITE_S));
  options = g_variant_ref_sink (g_variant_dict_end (&dict));
  bg_application_sign_invite_async (self, invite->secret, options, on_invite_signed,
                                    g_object_ref (task));
}

/* --- The code --- */

static void
on_service_invited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Invite *invite = g_task_get_task_data (task);
  GError *error = NULL;

  invite->code = bg_service_invite_finish (result, &invite->expires_in, &error);
  if (!invite->code)
    g_task_return_error (task, error);
  else if (invite->options)
    sign (g_task_get_source_object (task), task);
  else
    return_line (task);
}

static const char *
public_half (const BgInviteSecret *secret, char text[BG_KEY_TEXT_LEN + 1])
{
  bg_key_to_base64 (secret->key, text);
  return text;
}

static void
on_hub_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = BG_APPLICATION (source);
  Invite *invite = g_task_get_task_data (task);
  GError *error = NULL;
  const BgServiceHub *hub = bg_application_open_hub_finish (self, result, &error);
  char key[BG_KEY_TEXT_LEN + 1];

  if (!hub)
    {
      g_task_return_error (task, error);
      return;
    }
  invite->server = public_server (self); /* the settings may change meanwhile */
  bg_service_invite_async (hub, invite->secret ? public_half (invite->secret, key) : NULL, NULL,
                           on_service_invited, g_object_ref (task));
}

/* Options are of an invite that is signed. */
static Invite *
invite_new (BgApplication *self, GVariant *options, GError **error)
{
  gboolean is_signed = bg_application_signs (self);
  g_autoptr (GVariant) none = NULL;
  Invite *invite;

  if (!is_signed && !bg_bus_options_are_none (options, error))
    return NULL;
  none = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  invite = g_new0 (Invite, 1);
  if (!is_signed)
    return invite;
  invite->options = g_variant_ref_sink (options ? options : none);
  invite->secret = bg_invite_secret_new (error);
  if (!invite->secret)
    g_clear_pointer (&invite, invite_free);
  return invite;
}

void
bg_application_invite_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  Invite *invite = invite_new (self, options, &error);

  g_task_set_source_tag (task, bg_application_invite_async);
  g_task_set_task_data (task, invite, invite ? invite_free : NULL);
  if (!invite)
    g_task_return_error (task, error);
  else if (!self->config->server_url)
    bg_task_return_error (task, BG_ERROR_NOT_CONFIGURED, NO_NETWORK_TO_INVITE);
  else
    bg_application_open_hub_async (self, NULL, on_hub_open, g_object_ref (task));
}

GVariant *
bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
