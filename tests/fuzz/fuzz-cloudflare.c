/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of Cloudflare's API, and of whatever stands where a Worker should. */
#include "bamgatectl/worker-found.h"
#include "bamgatectl/worker-status.h"
#include "common/printable.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "{\"success\":true,\"errors\":[],\"messages\":[],\"result\":null}",
  "{\"success\":false,\"errors\":[{\"code\":10079,\"message\":\"Actor migration tag precondition failed\"}]}",
  "{\"success\":true,\"result\":[{\"id\":\"bamgate\",\"migration_tag\":\"v1\"},{\"id\":\"bamgate\"}]}",
  "{\"success\":true,\"result\":{\"bindings\":[{\"name\":\"VERSION\",\"type\":\"plain_text\",\"text\":\"0.1.0\"},"
  "{\"name\":\"AUTH_TOKEN\",\"type\":\"secret_text\"},{\"name\":\"AUTH_TOKEN\",\"type\":\"plain_text\",\"text\":\"x\"}]}}",
  "{\"success\":true,\"result\":[{\"id\":\"0123456789abcdef0123456789abcdef\",\"name\":\"Personal\"}],"
  "\"result_info\":{\"total_pages\":2}}",
  "{\"success\":true,\"result\":{\"subdomain\":\"example\",\"enabled\":true}}",
  "{\"status\":\"ok\",\"version\":\"0.1.0\",\"room\":{\"members\":2,\"sockets\":2}}",
  "This Worker is not set up: AUTH_TOKEN is not set",
  "<html>error 1042</html>",
  NULL,
};

static void
check_found (JsonObject *answer)
{
  WorkerFound found = { 0 };
  const char *subdomain = cloudflare_subdomain_read (answer);

  for (guint twice = 0; twice < 2; twice++)
    {
      worker_found_read_list (&found, answer, "bamgate");
      g_assert (found.exists || !found.tag);
      worker_found_read_settings (&found, answer);
      g_assert (!found.version || worker_found_has (&found, WORKER_VERSION));
      g_assert (!found.plain_token || worker_found_has (&found, WORKER_TOKEN));
      worker_found_read_subdomain (&found, answer);
    }
  g_assert (!subdomain || *subdomain == '\0' || worker_is_name (subdomain));
  worker_found_clear (&found);
}

static void
check_accounts (JsonObject *answer)
{
  g_autoptr (GPtrArray) accounts = cloudflare_accounts_new ();

  cloudflare_accounts_read (accounts, answer);
  for (guint i = 0; i < accounts->len; i++)
    {
      const CloudflareAccount *account = accounts->pdata[i];
      g_autofree char *shown = bg_printable (account->name);

      g_assert (cloudflare_account_is_id (account->id) && g_str_equal (shown, account->name));
      g_assert (cloudflare_accounts_find (accounts, account->id) != NULL);
    }
}

static void
check_status (const char *text)
{
  g_auto (WorkerStatus) status = { 0 };
  static const guint http[] = { 200, 404, 500 };

  for (guint i = 0; i < G_N_ELEMENTS (http); i++)
    {
      worker_status_read (&status, http[i], text);
      g_assert (!status.knows_token || status.answers);
      g_assert (status.answers == (status.trouble == NULL) && !(status.answers && http[i] != 200));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (JsonObject) answer = cloudflare_answer_read (text);
  g_autoptr (GError) error = cloudflare_answer_judge (200, answer), refusal = NULL;

  g_assert (answer || error);
  refusal = cloudflare_answer_judge (403, answer);
  g_assert (refusal != NULL);
  check_status (text);
  if (!answer)
    return 0;
  check_found (answer);
  check_accounts (answer);
  return 0;
}
