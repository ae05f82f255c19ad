/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of network: the certificate of who signs for its names, and names that owners give. */
#include "bamgatectl/call.h"
#include "bamgatectl/cmd-network-names.h"
#include "bamgatectl/commands.h"

#include "common/device-entry.h"
#include "common/printable.h"

/* --- The certificate --- */

static void
say_how_to_install (Out *out, const char *path)
{
  g_autofree char *shown = bg_printable (path);

  out_note (
    out,
    _ (
      "\n%s holds the certificate. Compare its SHA-256 with what an owner's machine shows. Where it is\n"
      "installed as an authority, the owners of this network are believed for names of the network,\n"
      "and for no others. Nothing is installed by itself:\n"
      "  Debian, Ubuntu  sudo install -m 644 %s /usr/local/share/ca-certificates/bamgate.crt\n"
      "                  sudo update-ca-certificates\n"
      "  Fedora          sudo trust anchor %s\n"
      "  Firefox         Settings, Privacy & Security, View Certificates, Authorities, Import\n"
      "  Chromium        certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n bamgate -i %s\n"
      "  once            curl --cacert %s https://…"),
    shown, shown, shown, shown, shown);
}

static CtlExit
write_certificate (Out *out, const char *pem, const char *path)
{
  GError *error = NULL;

  if (!g_file_set_contents_full (path, pem, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
    return ctl_fail (NULL, error);
  out_text (out, "file", NULL, path);
  say_how_to_install (out, path);
  return CTL_OK;
}

static CtlExit
show_certificate (Ctl *ctl, GVariant *network, const char *path)
{
  const char *pem = bg_device_entry_text (network, "certificate");
  g_autoptr (Out) out = NULL;

  if (!*pem)
    return ctl_fail_with (CTL_NOT_FOUND,
                          _ ("nobody signs certificates in this network; on an owner's machine: "
                             "bamgatectl network certificate --new"));
  out = out_new (ctl->json, FALSE);
  out_text (out, "authority", _ ("Signed on"), bg_device_entry_text (network, "authority"));
  out_text (out, "sha256", _ ("SHA-256"), bg_device_entry_text (network, "certificate-sha256"));
  out_text (out, "certificate", NULL, pem);
  if (path)
    return write_certificate (out, pem, path);
  out_note (out, _ ("\nTo have it as a file: bamgatectl network certificate FILE"));
  return CTL_OK;
}

static CtlExit
make_authority (Ctl *ctl)
{
  Call *call = call_new (ctl, _ ("Making the certificate"),
                         _ ("network: the daemon goes on with it"));
  GError *error = NULL;

  bamgate_client_make_authority (ctl->client, call_cancellable (call), call_on_answer, call);
  if (!bamgate_client_make_authority_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  return CTL_OK;
}

CtlExit
cmd_network_certificate (Ctl *ctl, gboolean anew, const char *path)
{
  CtlExit code = anew ? make_authority (ctl) : CTL_OK;
  g_autoptr (GVariant) network = NULL;
  GError *error = NULL;

  if (code != CTL_OK)
    return code;
  network = bamgate_client_get_network_sync (ctl->client, NULL, &error);
  return network ? show_certificate (ctl, network, path) : ctl_fail (NULL, error);
}

/* --- Names --- */

CtlExit
cmd_network_give_name (Ctl *ctl, const char *name, const char *machine)
{
  Call *call = call_new (ctl, _ ("Signing it"), _ ("network: the daemon goes on with it"));
  g_autofree char *shown = bg_printable (name), *whose = bg_printable (machine);
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  bamgate_client_give_name (ctl->client, name, machine, call_cancellable (call), call_on_answer,
                            call);
  if (!bamgate_client_give_name_finish (ctl->client, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  out = out_new (ctl->json, FALSE);
  out_text (out, "name", NULL, name);
  out_text (out, "machine", NULL, machine);
  if (*machine)
    out_note (out, _ ("%s leads to %s, in the whole network"), shown, whose);
  else
    out_note (out, _ ("%s leads nowhere any more"), shown);
  return CTL_OK;
}

void
cmd_network_show_names (Out *out, GVariant *network)
{
  g_autoptr (GVariant) names = g_variant_lookup_value (network, "names", G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;
  const char *name, *machine;
  GVariantIter iter;

  if (!names || g_variant_n_children (names) == 0)
    return;
  out_list_begin (out, "names");
  g_variant_iter_init (&iter, names);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &machine))
    {
      out_row_begin (out);
      out_text (out, "name", NULL, name);
      out_text (out, "machine", NULL, machine);
      out_row_end (out);
      g_ptr_array_add (texts, g_strdup_printf ("%s → %s", name, machine));
    }
  out_list_end (out);
  g_ptr_array_add (texts, NULL);
  joined = g_strjoinv (", ", (char **) texts->pdata);
  out_text (out, NULL, _ ("Names"), joined);
}
