/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/device-list.h"

#include "bamgatectl/out.h"

#include "common/device-name.h"
#include "common/printable.h"

GVariant *
device_list_fetch (Ctl *ctl, CtlExit *code)
{
  Call *call = call_new (ctl, _ ("Asking the hub who is there"), NULL);
  GError *error = NULL;
  GVariant *devices;

  bamgate_client_list_devices (ctl->client, call_cancellable (call), call_on_answer, call);
  devices = bamgate_client_list_devices_finish (ctl->client, call_wait (call), &error);
  *code = CTL_OK;
  if (!devices)
    *code = call_fail (call, NULL, error);
  else
    call_free (call);
  return devices;
}

/* --- The one that is meant --- */

static gboolean
has_address (GVariant *device, const char *word)
{
  g_autofree const char **addresses = NULL;

  return g_variant_lookup (device, "addresses", "^a&s", &addresses)
         && g_strv_contains (addresses, word);
}

static gboolean
is_exactly (GVariant *device, const char *word)
{
  return g_str_equal (bg_device_entry_text (device, "id"), word)
         || g_str_equal (bg_device_entry_text (device, "public-key"), word);
}

static gboolean
is_named (GVariant *device, const char *word)
{
  const char *name = bg_device_entry_text (device, "name");

  return bg_device_name_is_escaped_as (name, word) || g_str_equal (name, word)
         || has_address (device, word);
}

typedef gboolean (*Match) (GVariant *device, const char *word);

/* Those in or out that match, borrowed from the list. */
static GPtrArray *
matches_in (GVariant *devices, const char *word, Match match, gboolean out, DeviceWanted wanted)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);

      if (bg_device_entry_is_out (device) == out && match (device, word)
          && (wanted == DEVICE_ANY || bg_device_entry_is_pending (device)))
        g_ptr_array_add (found, g_steal_pointer (&device));
    }
  return found;
}

static void
fail_nobody (GVariant *devices, const char *word, DeviceWanted wanted)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *guess;

  for (gsize i = 0; i < g_variant_n_children (devices); i++)
    {
      g_autoptr (GVariant) device = g_variant_get_child_value (devices, i);

      if (wanted == DEVICE_ANY ? !bg_device_entry_is_out (device)
                               : bg_device_entry_is_pending (device))
        g_ptr_array_add (names, (gpointer) bg_device_entry_text (device, "name"));
    }
  g_ptr_array_add (names, NULL);
  guess = ctl_guess ((const char *const *) names->pdata, word);
  if (guess && wanted == DEVICE_PENDING)
    ctl_fail_with (CTL_NOT_FOUND, _ ("no machine “%s” waits; did you mean “%s”?"), word, guess);
  else if (guess)
    ctl_fail_with (CTL_NOT_FOUND, _ ("there is no machine “%s”; did you mean “%s”?"), word, guess);
  else if (wanted == DEVICE_PENDING)
    ctl_fail_with (CTL_NOT_FOUND, _ ("no machine “%s” waits; see: bamgatectl devices"), word);
  else
    ctl_fail_with (CTL_NOT_FOUND, _ ("there is no machine “%s”; see: bamgatectl devices"), word);
}

/* Several have the name: one that waits may want another's. */
static void
fail_several (const GPtrArray *found, const char *word)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (ids, "%s%s", i > 0 ? ", " : "", bg_device_entry_word (found->pdata[i]));
  ctl_fail_with (CTL_NOT_FOUND, _ ("several machines are called “%s”: say which by its id: %s"),
                 word, ids->str);
}

GVariant *
device_list_find (GVariant *devices, const char *word, DeviceWanted wanted)
{
  static const Match ways[] = { is_exactly, is_named };

  for (guint out = 0; out < 2; out++)
    for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
      {
        g_autoptr (GPtrArray) found = matches_in (devices, word, ways[i], out != 0, wanted);

        if (found->len == 1)
          return g_variant_ref (found->pdata[0]);
        if (found->len > 1 && out == 0)
          {
            fail_several (found, word);
            return NULL;
          }
      }
  fail_nobody (devices, word, wanted);
  return NULL;
}

GVariant *
device_fetch (Ctl *ctl, const char *word, DeviceWanted wanted, CtlExit *code)
{
  g_autoptr (GVariant) devices = device_list_fetch (ctl, code);
  GVariant *device = devices ? device_list_find (devices, word, wanted) : NULL;

  if (devices && !device)
    *code = CTL_NOT_FOUND;
  return device;
}

/* --- What was done --- */

static void
say_done (Ctl *ctl, GVariant *device, const char *done)
{
  const char *name = bg_device_entry_text (device, "name");
  g_autofree char *shown = bg_printable (name);
  g_autoptr (Out) out = out_new (ctl->json, FALSE);

  out_text (out, "device", NULL, name);
  out_note (out, "%s: %s", shown, done);
}

CtlExit
device_finish (Ctl *ctl, Call *call, GVariant *device, DeviceFinish finish, const char *done)
{
  GError *error = NULL;

  if (!finish (ctl->client, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  say_done (ctl, device, done);
  return CTL_OK;
}
