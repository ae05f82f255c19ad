/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/hub-tokens.h"
#include "bamgatectl/ask.h"
#include "bamgatectl/call.h"
#include "bamgatectl/cloudflare.h"
#include "bamgatectl/input.h"

#include "secrets/keyring.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>

#define PLACE "cloudflare"
#define KEY_NAME "api-token"

enum
{
  RANDOM_BYTES = 24,
  MAX_TOKEN = 256,
};

/* --- The API token --- */

void
hub_api_token_clear (HubApiToken *token)
{
  g_clear_pointer (&token->text, input_free_secret);
}

/* That there is no keyring, or nothing in it, is no error. */
static gboolean
take_from_keyring (Ctl *ctl, HubApiToken *token, GError **error)
{
  static const char *const names[] = { KEY_NAME, NULL };
  Call *call = call_new (ctl, _ ("Waiting for the keyring"), NULL);
  g_autoptr (GHashTable) found = NULL;
  g_autoptr (GError) fault = NULL;

  bg_keyring_get_async (PLACE, names, call_cancellable (call), call_on_answer, call);
  found = bg_keyring_get_finish (call_wait (call), &fault);
  call_free (call);
  token->can_be_kept = found != NULL;
  if (found)
    token->text = g_strdup (g_hash_table_lookup (found, KEY_NAME));
  else if (!g_error_matches (fault, BG_KEYRING_ERROR, BG_KEYRING_ERROR_ABSENT))
    g_propagate_error (error, g_steal_pointer (&fault));
  return !fault;
}

static gboolean
take_from_person (HubApiToken *token)
{
  ask_say (0,
           _ ("An API token of Cloudflare is needed, with the permissions “Workers Scripts: Edit” "
              "and “Account Settings: Read” for your account. You make one at "
              "https://dash.cloudflare.com/profile/api-tokens"));
  token->was_asked = ask_secret (_ ("API token"), &token->text) == ASK_ANSWERED;
  return token->was_asked;
}

static CtlExit
end_search (Ctl *ctl, HubApiToken *token, GError *trouble)
{
  g_autoptr (GError) owned = trouble;

  if (!ctl->json && ask_is_possible ())
    return take_from_person (token) ? CTL_OK : ctl_fail_with (CTL_INTERRUPTED, _ ("interrupted"));
  if (owned && g_error_matches (owned, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return ctl_fail_with (CTL_INTERRUPTED, _ ("interrupted"));
  if (owned)
    return ctl_fail_with (CTL_FAILED,
                          _ ("hub: the API token is not to be had from your keyring: %s; "
                             "--api-token-file names a file"),
                          owned->message);
  return ctl_fail_with (CTL_USAGE, _ ("hub: there is no API token of Cloudflare in your keyring: "
                                      "name a file that has one, --api-token-file FILE (- is "
                                      "standard input)"));
}

CtlExit
hub_api_token_find (Ctl *ctl, const char *file, HubApiToken *token)
{
  GError *error = NULL;

  if (file)
    {
      token->text = input_read_secret (file, &error);
      token->can_be_kept = TRUE;
      return token->text ? CTL_OK : ctl_fail (NULL, error);
    }
  if (take_from_keyring (ctl, token, &error) && token->text)
    return CTL_OK;
  return end_search (ctl, token, error);
}

CtlExit
hub_api_token_keep (Ctl *ctl, const HubApiToken *token)
{
  Call *call = call_new (ctl, _ ("Waiting for the keyring"), NULL);
  GError *error = NULL;

  bg_keyring_set_async (PLACE, KEY_NAME, token->text, _ ("bamgate: API token of Cloudflare"),
                        call_cancellable (call), call_on_answer, call);
  if (!bg_keyring_done (call_wait (call), &error))
    return call_fail (call, _ ("hub: the API token was not kept"), error);
  call_free (call);
  return CTL_OK;
}

/* --- The network's token --- */

gboolean
hub_token_is_fine (const char *text)
{
  return cloudflare_is_word (text) && strlen (text) <= MAX_TOKEN;
}

void
hub_token_clear (HubToken *token)
{
  g_clear_pointer (&token->path, g_free);
  g_clear_pointer (&token->text, input_free_secret);
}

static char *
path_of_ours (const char *host)
{
  g_autofree char *name = g_strconcat (host, ".token", NULL);

  return g_build_filename (g_get_user_data_dir (), "bamgate", name, NULL);
}

/* Whoever follows what we say later may be elsewhere. */
static char *
whole_path (const char *file)
{
  g_autoptr (GFile) whole = g_file_new_for_path (file);

  return g_file_get_path (whole);
}

void
hub_token_locate (HubToken *token, const char *file, const char *host)
{
  token->is_ours = file == NULL;
  if (g_strcmp0 (file, "-") != 0)
    token->path = file ? whole_path (file) : path_of_ours (host);
}

gboolean
hub_token_read (HubToken *token, const char *file, const char *host, GError **error)
{
  gboolean is_stdin = g_strcmp0 (file, "-") == 0;
  const char *from;

  hub_token_locate (token, file, host);
  from = is_stdin ? "-" : token->path;
  if (!is_stdin && !g_file_test (from, G_FILE_TEST_EXISTS))
    return TRUE;
  token->text = input_read_secret (from, error);
  if (token->text && !hub_token_is_fine (token->text))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("%s: a network's token is one word of 16 to 256 ASCII characters"),
                 is_stdin ? _ ("standard input") : from);
  return token->text && hub_token_is_fine (token->text);
}

static char *
new_token (void)
{
  guint8 bytes[RANDOM_BYTES];
  GString *text = g_string_new ("bg_");

  while (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    ;
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  explicit_bzero (bytes, sizeof bytes);
  return g_string_free (text, FALSE);
}

static gboolean
make_directory (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int saved;

  if (g_mkdir_with_parents (directory, 0700) == 0)
    return TRUE;
  saved = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", directory,
               g_strerror (saved));
  return FALSE;
}

gboolean
hub_token_make (HubToken *token, GError **error)
{
  g_autofree char *line = NULL;
  gboolean ok;

  if (token->text)
    return TRUE;
  if (!make_directory (token->path, error))
    return FALSE;
  token->text = new_token ();
  line = g_strconcat (token->text, "\n", NULL);
  ok = g_file_set_contents_full (token->path, line, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 error);
  explicit_bzero (line, strlen (line));
  return ok;
}

void
hub_token_forget (const HubToken *token)
{
  if (token->is_ours && token->path)
    g_unlink (token->path);
}
