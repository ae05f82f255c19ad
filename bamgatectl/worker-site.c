/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-site.h"

enum
{
  MAX_PAGES = 20
};

WorkerSite *
worker_site_new (const char *name)
{
  WorkerSite *self = g_new0 (WorkerSite, 1);

  self->name = g_strdup (name);
  return self;
}

void
worker_site_free (WorkerSite *self)
{
  worker_found_clear (&self->found);
  g_free (self->account);
  g_free (self->account_name);
  g_free (self->subdomain);
  g_free (self->name);
  g_free (self->host);
  g_free (self);
}

static GError *
nonsense (void)
{
  return g_error_new_literal (CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_REFUSED,
                              _ ("Cloudflare's answer is not what its API describes"));
}

/* --- Accounts --- */

GPtrArray *
worker_site_list_accounts (Cloudflare *cloudflare, GError **error)
{
  g_autoptr (GPtrArray) accounts = cloudflare_accounts_new ();
  gint64 pages = 1;

  for (guint page = 1; page <= MIN (pages, MAX_PAGES); page++)
    {
      g_autofree char *path = g_strdup_printf ("/accounts?per_page=50&page=%u", page);
      g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);

      if (!answer)
        return NULL;
      pages = cloudflare_accounts_read (accounts, answer);
    }
  return g_steal_pointer (&accounts);
}

void
worker_site_set_account (WorkerSite *self, Cloudflare *cloudflare, const char *id, const char *name)
{
  g_free (self->account);
  g_free (self->account_name);
  self->account = g_strdup (id);
  self->account_name = g_strdup (name);
  cloudflare_set_account (cloudflare, id);
}

/* --- Where it answers --- */

static void
set_subdomain (WorkerSite *self, const char *subdomain)
{
  g_free (self->subdomain);
  g_free (self->host);
  self->subdomain = g_strdup (subdomain);
  self->host = g_strdup_printf ("%s.%s.workers.dev", self->name, subdomain);
}

static GError *
no_subdomain (const WorkerSite *self)
{
  return g_error_new (
    CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NO_SUBDOMAIN,
    _ ("the account “%s” has no workers.dev subdomain yet, below which Workers "
       "answer. Choose one at https://dash.cloudflare.com/%s/workers/onboarding, then "
       "say this again"),
    self->account_name, self->account);
}

gboolean
worker_site_find_host (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/accounts/%s/workers/subdomain", self->account);
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, &fault);
  const char *subdomain = answer ? cloudflare_subdomain_read (answer) : NULL;
  gboolean is_none = !fault || g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND)
                     || g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NO_SUBDOMAIN);

  if (subdomain && *subdomain != '\0')
    {
      set_subdomain (self, subdomain);
      return TRUE;
    }
  if (subdomain)
    g_propagate_error (error, nonsense ());
  else
    g_propagate_error (error, is_none ? no_subdomain (self) : g_steal_pointer (&fault));
  return FALSE;
}

char *
worker_site_path (const WorkerSite *self, const char *rest)
{
  return g_strdup_printf ("/accounts/%s/workers/scripts/%s%s", self->account, self->name, rest);
}

/* --- What is there --- */

/* The list alone tells the last migration. */
static gboolean
look_at_list (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/accounts/%s/workers/scripts", self->account);
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);

  if (!answer)
    return FALSE;
  if (worker_found_read_list (&self->found, answer, self->name))
    return TRUE;
  g_propagate_error (error, nonsense ());
  return FALSE;
}

static gboolean
look_at_settings (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/settings");
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);

  if (!answer)
    return FALSE;
  if (worker_found_read_settings (&self->found, answer))
    return TRUE;
  g_propagate_error (error, nonsense ());
  return FALSE;
}

static gboolean
look_at_subdomain (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/subdomain");
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);

  if (answer)
    worker_found_read_subdomain (&self->found, answer);
  return answer != NULL;
}

gboolean
worker_site_look (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autoptr (GError) fault = NULL;

  worker_found_clear (&self->found);
  if (!look_at_list (self, cloudflare, error))
    return FALSE;
  if (!self->found.exists
      || (look_at_settings (self, cloudflare, &fault)
          && look_at_subdomain (self, cloudflare, &fault)))
    return TRUE;
  /* it went while we looked */
  if (g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND))
    fault->code = CLOUDFLARE_ERROR_CHANGED;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

/* --- What is done to it --- */

gboolean
worker_site_publish (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/subdomain");
  g_autoptr (JsonObject)
    answer = cloudflare_ask (cloudflare, "POST", path, "{\"enabled\":true}", error);

  return answer != NULL;
}

gboolean
worker_site_remove (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "");
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "DELETE", path, NULL, &fault);

  if (answer || g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}
