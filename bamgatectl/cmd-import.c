/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/printable.h"

/* What is to be read, as secret as the keys in it. */
typedef struct
{
  char *text;
  char *secrets; /* of the Go program's secrets.toml; NULL */
} Input;

static void
input_clear (Input *input)
{
  input_free_secret (input->text);
  input_free_secret (input->secrets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Input, input_clear)

/* Newer versions of the Go program keep them beside config.toml. */
static gboolean
read_secrets (const char *path, Input *input, GError **error)
{
  g_autofree char *name = g_path_get_basename (path), *directory = g_path_get_dirname (path);
  g_autofree char *beside = g_build_filename (directory, "secrets.toml", NULL);

  if (!g_str_equal (name, "config.toml") || !g_file_test (beside, G_FILE_TEST_EXISTS))
    return TRUE;
  input->secrets = input_read_text (beside, CMD_IMPORT_MAX, error);
  return input->secrets != NULL;
}

static gboolean
read_input (const char *path, Input *input, GError **error)
{
  input->text = input_read_text (path, CMD_IMPORT_MAX, error);
  return input->text && (g_str_equal (path, "-") || read_secrets (path, input, error));
}

static GVariant *
bus_options (const CmdImportOptions *options, const Input *input)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (options->force)
    g_variant_dict_insert (&dict, "force", "b", TRUE);
  if (input->secrets)
    g_variant_dict_insert (&dict, "secrets", "s", input->secrets);
  return g_variant_dict_end (&dict);
}

static void
show_skipped (Out *out, GVariant *result)
{
  g_autoptr (GVariantIter) skipped = NULL;
  const char *what, *why;
  guint32 line;

  if (!g_variant_lookup (result, "skipped", "a(uss)", &skipped))
    return;
  out_list_begin (out, "skipped");
  while (g_variant_iter_next (skipped, "(u&s&s)", &line, &what, &why))
    {
      g_autofree char *shown = bg_printable (what);

      out_row_begin (out);
      out_count (out, "line", NULL, line);
      out_text (out, "what", NULL, what);
      out_text (out, "why", NULL, why);
      out_row_end (out);
      out_note (out, _ ("not taken, line %u: %s: %s"), line, shown, why);
    }
  out_list_end (out);
}

/* What is about endpoints alone does not make a tunnel. */
static gboolean
is_of_endpoints (GVariant *result)
{
  const char *format = "";

  return g_variant_lookup (result, "format", "&s", &format) && g_str_equal (format, "ngrokd");
}

static void
show (Ctl *ctl, Out *out, GVariant *result)
{
  g_autofree const char **peers = NULL;
  const char *format = "", *key = "";
  gboolean has_api_key = FALSE;

  g_variant_lookup (result, "format", "&s", &format);
  g_variant_lookup (result, "device-key", "&s", &key);
  g_variant_lookup (result, "peers", "^a&s", &peers);
  show_skipped (out, result);
  out_text (out, "format", _ ("Format"), format);
  g_variant_lookup (result, "api-key", "b", &has_api_key);
  out_flag (out, "api_key", is_of_endpoints (result) ? _ ("API key") : NULL, has_api_key);
  if (peers)
    out_list (out, "peers", _ ("Static peers"), peers);
  out_text (out, "device_key", _ ("Key"), key);
  out_text (out, "public_key", _ ("Public key"), bamgate_client_get_public_key (ctl->client));
}

static CtlExit
import (Ctl *ctl, const CmdImportOptions *options, const Input *input, Out *out)
{
  GError *error = NULL;
  Call *call = call_new (ctl, _ ("Taking the file over"),
                         _ ("import: the daemon goes on with it; see: bamgatectl status"));
  g_autoptr (GVariant) result = NULL;

  bamgate_client_import_text (ctl->client, input->text, bus_options (options, input),
                              call_cancellable (call), call_on_answer, call);
  result = bamgate_client_import_text_finish (ctl->client, call_wait (call), &error);
  if (!result)
    return call_fail (call, _ ("import"), error);
  call_free (call);
  ctl_catch_up (ctl);
  show (ctl, out, result);
  if (is_of_endpoints (result))
    {
      out_note (out, _ ("See what is bound to this machine with: bamgatectl endpoints"));
      return CTL_OK;
    }
  if (!options->no_up)
    return cmd_up_now (ctl, out);
  out_note (out, _ ("Bring the tunnel up with: bamgatectl up"));
  return CTL_OK;
}

CtlExit
cmd_import_now (Ctl *ctl, const CmdImportOptions *options, const char *path, Out *out)
{
  g_auto (Input) input = { 0 };
  GError *error = NULL;

  if (!read_input (path, &input, &error))
    return ctl_fail (NULL, error);
  return import (ctl, options, &input, out);
}

/* Read first: nobody is asked for a password for a file that is not there. */
static CtlExit
read_and_import (Ctl *ctl, const CmdImportOptions *options, const char *path)
{
  g_auto (Input) input = { 0 };
  GError *error = NULL;
  CtlExit code;
  Out *out;

  if (!read_input (path, &input, &error))
    return ctl_fail (NULL, error);
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  out = out_new (ctl->json, FALSE);
  code = import (ctl, options, &input, out);
  out_finish (out);
  return code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  CmdImportOptions options = { 0 };
  const GOptionEntry entries[] = {
    { "force", 'f', 0, G_OPTION_ARG_NONE, &options.force,
      N_ ("Replace the network, key, address or peers that there are"), NULL },
    { "no-up", 0, 0, G_OPTION_ARG_NONE, &options.no_up, N_ ("Do not bring the tunnel up"), NULL },
    { NULL },
  };

  if (!ctl_parse (ctl, &cmd_import, entries, 1, 1, &argc, &argv))
    return CTL_USAGE;
  return read_and_import (ctl, &options, argv[1]);
}

const Command cmd_import = {
  "import",
  run,
  N_ ("FILE"),
  N_ ("Take over a file of wg-quick, a Go bamgate or ngrokd"),
  N_ ("Reads the file of a static WireGuard tunnel (wg-quick) or of the Go bamgate\n"
      "(config.toml, and secrets.toml beside it), and brings the tunnel up; or that of\n"
      "ngrokd (config.yml), which becomes settings of endpoints. All is taken\n"
      "or nothing; keys go where secrets are kept, not into the settings. What has no\n"
      "meaning here, as commands and name servers, is told line by line. A peer is named\n"
      "by the comment at its [Peer], or by its endpoint. FILE may be “-” for standard input.\n\n"
      "A network, a key or an address that this machine has is replaced with --force only;\n"
      "then the network is left. Take wg-quick's own interface down first.\n\n"
      "Examples:\n"
      "  wg-quick down office; bamgatectl import /etc/wireguard/office.conf\n"
      "  bamgatectl import /etc/bamgate/config.toml\n"
      "  bamgatectl import /etc/ngrokd/config.yml"),
  CTL_EXITS_BUS,
};
