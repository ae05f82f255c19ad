/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/cmd-endpoints.h"
#include "bamgatectl/input.h"

#include "common/printable.h"

#include <unistd.h>

enum
{
  PATIENCE_MS = 30000
};

CtlExit
endpoints_set (Ctl *ctl, char **words)
{
  g_autofree char *shown = bg_printable (words[0]);
  const char *mode = g_str_equal (words[1], "default") ? "" : words[1];
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!bamgate_client_set_endpoint_mode_sync (ctl->client, words[0], mode, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  out_text (out, "key", NULL, words[0]);
  out_text (out, "mode", NULL, mode);
  if (*mode)
    out_note (out, _ ("%s: to be had as “%s” from now on"), shown, mode);
  else
    out_note (out, _ ("%s: as the setting publish.listen says from now on"), shown);
  return CTL_OK;
}

/* --- What the account is doing --- */

/* While it begins with a key it still says that there is none. */
static gboolean
is_settled (Ctl *ctl)
{
  BamgateAccount *account = bamgate_client_find_account (ctl->client, NULL);
  const char *state = account ? bamgate_account_get_state (account) : "";

  if (!account || !bamgate_account_get_has_key (account))
    return TRUE;
  return !g_str_equal (state, "waiting-for-key")
         && (!g_str_equal (state, "registering") || *bamgate_account_get_state_reason (account));
}

static gint64 polled_before;

static gboolean
is_polled (Ctl *ctl)
{
  BamgateAccount *account = bamgate_client_find_account (ctl->client, NULL);

  return !account || bamgate_account_get_polled_at (account) != polled_before
         || *bamgate_account_get_state_reason (account);
}

/* Until it is known how it went, and shows it. */
static CtlExit
wait_and_show (Ctl *ctl, const char *what, gboolean (*done) (Ctl *ctl),
               void (*show) (Ctl *ctl, Out *out))
{
  Call *call = call_new (ctl, what, _ ("endpoints: the daemon goes on with it"));
  gboolean is_over = call_wait_until (call, done, PATIENCE_MS);
  g_autoptr (Out) out = NULL;

  call_free (call);
  if (!is_over)
    return CTL_INTERRUPTED;
  out = out_new (ctl->json, FALSE);
  show (ctl, out);
  return CTL_OK;
}

/* Whether the list is another one is seen by when it was read, which is told in seconds. */
static CtlExit
ask_again (Ctl *ctl, const char *what, gboolean (*done) (Ctl *ctl),
           void (*show) (Ctl *ctl, Out *out))
{
  BamgateAccount *account = endpoints_find_account (ctl);
  GError *error = NULL;

  if (!account)
    return CTL_NOT_FOUND;
  polled_before = bamgate_account_get_polled_at (account);
  if (!bamgate_account_refresh_sync (account, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  return wait_and_show (ctl, what, done, show);
}

CtlExit
endpoints_refresh (Ctl *ctl, char **words)
{
  return ask_again (ctl, _ ("Asking the account for its endpoints"), is_polled,
                    endpoints_show_list);
}

CtlExit
endpoints_register (Ctl *ctl, char **words)
{
  return ask_again (ctl, _ ("Registering this machine at the account"), is_settled,
                    endpoints_show_status);
}

static CtlExit
take_out (Ctl *ctl, BamgateAccount *account)
{
  g_autoptr (Out) out = NULL;
  GError *error = NULL;
  Call *call;

  call = call_new (ctl, _ ("Taking this machine out of the account"),
                   _ ("endpoints: the daemon goes on with it"));
  bamgate_account_unregister (account, call_cancellable (call), call_on_answer, call);
  if (!bamgate_account_unregister_finish (account, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  out_text (out, "account", NULL, bamgate_account_get_name (account));
  out_note (out, _ ("This machine is out of the account; its endpoints and the API key are gone."));
  return CTL_OK;
}

CtlExit
endpoints_unregister (Ctl *ctl, gboolean is_unasked)
{
  BamgateAccount *account = endpoints_find_account (ctl);

  if (!account)
    return CTL_NOT_FOUND;
  if (!is_unasked
      && !input_confirm (_ ("Take this machine out of the account? Its endpoints are not to be had "
                            "here any more, and the API key is forgotten. [y/N] ")))
    return ctl_fail_with (CTL_FAILED, _ ("endpoints: nothing was changed; --yes does it unasked"));
  return take_out (ctl, account);
}

/* --- The API key --- */

/* From the file, from standard input, or asked for; secret. NULL has been explained. */
static char *
read_key (const char *path, CtlExit *code)
{
  GError *error = NULL;
  char *key = NULL;

  *code = CTL_USAGE;
  if (!path && isatty (STDIN_FILENO))
    {
      key = input_ask_secret (_ ("API key (nothing is shown): "));
      if (!key)
        ctl_fail_with (CTL_USAGE, _ ("endpoints: no API key was typed"));
    }
  else if (path && !g_str_equal (path, "-") && !g_file_test (path, G_FILE_TEST_EXISTS))
    /* which is not said again: it may be the key */
    ctl_fail_with (CTL_USAGE,
                   _ ("endpoints set-api-key: there is no such file. The key itself is never an "
                      "argument; if it was typed here, make another one at the account"));
  else if (!(key = input_read_secret (path ? path : "-", &error)))
    *code = ctl_fail (NULL, error);
  return key;
}

static CtlExit
give_key (Ctl *ctl, const char *key)
{
  BamgateAccount *account = endpoints_find_account (ctl);
  GError *error = NULL;
  Call *call;

  if (!account)
    return CTL_NOT_FOUND;
  call = call_new (ctl, _ ("Asking the account whether it takes the key"), NULL);
  bamgate_account_set_key (account, key, call_cancellable (call), call_on_answer, call);
  if (!bamgate_account_set_key_finish (account, call_wait (call), &error))
    return call_fail (call, NULL, error);
  call_free (call);
  ctl_catch_up (ctl);
  return wait_and_show (ctl, _ ("Registering this machine at the account"), is_settled,
                        endpoints_show_status);
}

CtlExit
endpoints_set_api_key (Ctl *ctl, char **words)
{
  CtlExit code;
  char *key = read_key (words[0], &code);

  if (key)
    code = give_key (ctl, key);
  input_free_secret (key);
  return code;
}

CtlExit
endpoints_clear_api_key (Ctl *ctl, char **words)
{
  BamgateAccount *account = endpoints_find_account (ctl);
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!account)
    return CTL_NOT_FOUND;
  if (!bamgate_account_clear_key_sync (account, NULL, &error))
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  out_text (out, "account", NULL, bamgate_account_get_name (account));
  out_note (out, _ ("The API key is forgotten. Endpoints stay as they are; “bamgatectl endpoints\n"
                    "unregister” takes this machine out of the account, which needs the key."));
  return CTL_OK;
}
