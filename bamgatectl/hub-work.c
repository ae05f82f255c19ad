/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/hub-work.h"
#include "bamgatectl/ask.h"
#include "bamgatectl/progress.h"

void
hub_work_end (HubWork *self)
{
  g_clear_pointer (&self->call, call_free);
}

CtlExit
hub_work_fail (HubWork *self, GError *error)
{
  return call_fail (g_steal_pointer (&self->call), _ ("hub"), error);
}

void
hub_work_clear (HubWork *self)
{
  g_clear_pointer (&self->cloudflare, cloudflare_free);
  hub_work_end (self);
  g_clear_pointer (&self->site, worker_site_free);
  g_clear_pointer (&self->folder, worker_folder_free);
  hub_api_token_clear (&self->api_token);
  hub_token_clear (&self->token);
}

void
hub_work_show (const HubWork *self, Out *out)
{
  g_autofree char *url = self->site->host ? g_strconcat ("https://", self->site->host, NULL) : NULL;

  out_text (out, "name", _ ("Name"), self->site->name);
  out_text (out, "account", _ ("Account"), self->site->account_name);
  out_text (out, "account_id", NULL, self->site->account);
  out_text (out, "url", _ ("Hub"), url ? url : "");
}

/* --- Which account --- */

static AskResult
ask_for_account (GPtrArray *accounts, const CloudflareAccount **account)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) choices = NULL;
  guint chosen = 0;
  AskResult result;

  for (guint i = 0; i < accounts->len; i++)
    {
      const CloudflareAccount *one = accounts->pdata[i];
      g_autofree char *text = g_strdup_printf ("%s (%s)", one->name, one->id);

      g_strv_builder_add (builder, text);
    }
  choices = g_strv_builder_end (builder);
  progress_pause ();
  result = ask_choice (_ ("In which account of Cloudflare?"), (const char *const *) choices,
                       &chosen);
  progress_resume ();
  *account = accounts->pdata[chosen];
  return result;
}

static char *
names_of (GPtrArray *accounts)
{
  GString *text = g_string_new ("");

  for (guint i = 0; i < accounts->len; i++)
    {
      const CloudflareAccount *account = accounts->pdata[i];

      g_string_append_printf (text, "%s%s (%s)", i > 0 ? ", " : "", account->name, account->id);
    }
  return g_string_free (text, FALSE);
}

static CtlExit
fail_wanted (HubWork *self, GPtrArray *accounts)
{
  g_autofree char *names = names_of (accounts);

  hub_work_end (self);
  return ctl_fail_with (CTL_USAGE,
                        _ ("hub: “%s” is none of the accounts of this API token, or several are "
                           "called so: %s"),
                        self->options->account, names);
}

static CtlExit
fail_several (HubWork *self, GPtrArray *accounts)
{
  g_autofree char *names = names_of (accounts);

  hub_work_end (self);
  return ctl_fail_with (CTL_USAGE,
                        _ ("hub: the API token is for several accounts; say with --account which "
                           "one: %s"),
                        names);
}

static CtlExit
choose_account (HubWork *self, GPtrArray *accounts)
{
  const char *wanted = self->options->account;
  const CloudflareAccount *account = wanted ? cloudflare_accounts_find (accounts, wanted)
                                            : accounts->pdata[0];

  if (!account)
    return fail_wanted (self, accounts);
  if (!wanted && accounts->len > 1)
    {
      if (self->ctl->json || !ask_is_possible ())
        return fail_several (self, accounts);
      if (ask_for_account (accounts, &account) != ASK_ANSWERED)
        {
          hub_work_end (self);
          return ctl_fail_with (CTL_INTERRUPTED, _ ("hub: nothing was changed"));
        }
    }
  worker_site_set_account (self->site, self->cloudflare, account->id, account->name);
  return CTL_OK;
}

/* By its id an account is found without the right to list them. */
static CtlExit
find_account (HubWork *self)
{
  const char *wanted = self->options->account;
  g_autoptr (GPtrArray) accounts = NULL;
  GError *error = NULL;

  if (wanted && cloudflare_account_is_id (wanted))
    {
      worker_site_set_account (self->site, self->cloudflare, wanted, wanted);
      return CTL_OK;
    }
  cloudflare_say (self->cloudflare, _ ("Asking Cloudflare which accounts there are"));
  accounts = worker_site_list_accounts (self->cloudflare, &error);
  if (!accounts)
    return hub_work_fail (self, error);
  if (accounts->len > 0)
    return choose_account (self, accounts);
  hub_work_end (self);
  return ctl_fail_with (CTL_NOT_AUTHORIZED,
                        _ ("hub: the API token is for no account: it needs the permission “Account "
                           "Settings: Read”, or name the account by its id, --account ID"));
}

/* --- The keyring --- */

/* Once Cloudflare took it. */
static CtlExit
keep_api_token (HubWork *self)
{
  gboolean yes = self->options->keep_api_token;
  CtlExit code = CTL_OK;

  if (self->api_token.was_asked && self->api_token.can_be_kept && !yes)
    {
      yes = TRUE;
      progress_pause ();
      yes = ask_yes (_ ("Keep the API token in your keyring?"), &yes) == ASK_ANSWERED && yes;
      progress_resume ();
    }
  if (yes)
    code = hub_api_token_keep (self->ctl, &self->api_token);
  if (code != CTL_OK)
    hub_work_end (self);
  return code;
}

/* --- All of it --- */

static CtlExit
open_cloudflare (HubWork *self)
{
  GError *error = NULL;

  self->call = call_new (self->ctl, _ ("Asking Cloudflare"),
                         _ ("hub: interrupted. Say the same again: what was done is found done"));
  self->cloudflare = cloudflare_new (self->call, self->api_token.text, &error);
  return self->cloudflare ? CTL_OK : hub_work_fail (self, error);
}

static CtlExit
find_host (HubWork *self)
{
  GError *error = NULL;

  cloudflare_say (self->cloudflare, _ ("Asking Cloudflare where Workers of the account answer"));
  if (worker_site_find_host (self->site, self->cloudflare, &error))
    return CTL_OK;
  if (!self->may_hide || !g_error_matches (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NO_SUBDOMAIN))
    return hub_work_fail (self, error);
  g_error_free (error);
  return CTL_OK;
}

CtlExit
hub_work_begin (HubWork *self)
{
  CtlExit (*const steps[]) (HubWork *) = { open_cloudflare, find_account, keep_api_token,
                                           find_host };
  CtlExit code = hub_api_token_find (self->ctl, self->options->api_token_file, &self->api_token);

  self->site = worker_site_new (self->options->name ? self->options->name : "bamgate");
  for (guint i = 0; code == CTL_OK && i < G_N_ELEMENTS (steps); i++)
    code = steps[i](self);
  return code;
}
