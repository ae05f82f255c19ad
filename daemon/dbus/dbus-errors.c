/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/dbus-errors.h"

#define MAX_SAID 64

static const struct
{
  BgError code;
  const char *name;
} names[] = {
  { BG_ERROR_FAILED, "org.bamgate.Tunnel1.Error.Failed" },
  { BG_ERROR_INVALID_ARGUMENT, "org.bamgate.Tunnel1.Error.InvalidArgument" },
  { BG_ERROR_CONFIG, "org.bamgate.Tunnel1.Error.Configuration" },
  { BG_ERROR_NOT_CONFIGURED, "org.bamgate.Tunnel1.Error.NotConfigured" },
  { BG_ERROR_NOT_FOUND, "org.bamgate.Tunnel1.Error.NotFound" },
  { BG_ERROR_WRONG_STATE, "org.bamgate.Tunnel1.Error.WrongState" },
  { BG_ERROR_NOT_AUTHORIZED, "org.bamgate.Tunnel1.Error.NotAuthorized" },
  { BG_ERROR_SERVICE, "org.bamgate.Tunnel1.Error.Service" },
  { BG_ERROR_TIMEOUT, "org.bamgate.Tunnel1.Error.Timeout" },
  { BG_ERROR_EXISTS, "org.bamgate.Tunnel1.Error.Exists" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == BG_ERROR_EXISTS + 1);

void
bg_dbus_errors_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_dbus_error_register_error (BG_ERROR, (int) names[i].code, names[i].name);
}

/* --- What was said lately: a ring --- */

static struct
{
  char *caller;
  BgWords *words; /* NULL: nothing yet */
} said[MAX_SAID];
static guint next_said;

static void
remember (GDBusMethodInvocation *invocation, BgWords *words)
{
  g_free (said[next_said].caller);
  said[next_said].caller = g_strdup (g_dbus_method_invocation_get_sender (invocation));
  bg_words_take (&said[next_said].words, bg_words_ref (words));
  next_said = (next_said + 1) % MAX_SAID;
}

BgWords *
bg_dbus_dup_said (const char *caller, const char *message)
{
  for (guint i = 0; i < MAX_SAID; i++)
    if (said[i].words && g_strcmp0 (said[i].caller, caller) == 0
        && g_str_equal (said[i].words->text, message))
      return bg_words_ref (said[i].words);
  return NULL;
}

/* --- Answers --- */

void
bg_dbus_return_named (GDBusMethodInvocation *invocation, const char *name, BgWords *words)
{
  remember (invocation, words);
  g_dbus_method_invocation_return_dbus_error (invocation, name, words->text);
}

void
bg_dbus_return (GDBusMethodInvocation *invocation, BgError code, BgWords *take)
{
  g_autoptr (GError) error = bg_error_new_take (code, take);

  bg_dbus_return_error (invocation, error);
}

void
bg_dbus_return_error (GDBusMethodInvocation *invocation, const GError *error)
{
  g_autoptr (BgWords) words = bg_error_dup_words (error);

  remember (invocation, words);
  if (error->domain == BG_ERROR || error->domain == G_DBUS_ERROR)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_error_literal (invocation, BG_ERROR, BG_ERROR_FAILED,
                                                   error->message);
}
