/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/cmd-endpoints.h"

#include "bamgatectl/commands.h"
#include "common/printable.h"

static OutTone
tone_of (const char *state)
{
  if (g_str_equal (state, "ready") || g_str_equal (state, "running"))
    return OUT_GOOD;
  return g_str_equal (state, "failed") || g_str_equal (state, "refused")
             || g_str_equal (state, "unauthorized")
           ? OUT_BAD
           : OUT_WARN;
}

static void
show_state (Out *out, const char *label, const char *state)
{
  out_text (out, "state", NULL, state);
  out_word (out, NULL, label, bus_word_say (state), tone_of (state));
}

/* "10.107.0.2:5432", for each address; the empty text where it listens nowhere. */
static char *
listening_text (BamgateEndpoint *endpoint)
{
  const char *const *addresses = bamgate_endpoint_get_addresses (endpoint);
  g_autoptr (GString) text = g_string_new (NULL);

  for (; *addresses; addresses++)
    g_string_append_printf (text, strchr (*addresses, ':') ? "%s[%s]:%u" : "%s%s:%u",
                            text->len > 0 ? ", " : "", *addresses,
                            bamgate_endpoint_get_listen_port (endpoint));
  return g_strdup (text->str);
}

static const char *
name_of (BamgateEndpoint *endpoint)
{
  return bamgate_endpoint_get_key (endpoint);
}

/* --- All of them --- */

/* What programs want to know beside the table. */
static void
show_more (BamgateEndpoint *endpoint, Out *out)
{
  out_text (out, "host", NULL, bamgate_endpoint_get_host (endpoint));
  out_count (out, "port", NULL, bamgate_endpoint_get_port (endpoint));
  out_text (out, "url", NULL, bamgate_endpoint_get_url (endpoint));
  out_text (out, "source", NULL, bamgate_endpoint_get_source (endpoint));
  out_list (out, "addresses", NULL, bamgate_endpoint_get_addresses (endpoint));
  out_count (out, "listen_port", NULL, bamgate_endpoint_get_listen_port (endpoint));
  out_flag (out, "local_only", NULL, bamgate_endpoint_get_local_only (endpoint));
  out_flag (out, "named", NULL, bamgate_endpoint_get_named (endpoint));
  out_text (out, "state_reason", NULL, bamgate_endpoint_get_state_reason (endpoint));
  out_flag (out, "listening", NULL, bamgate_endpoint_get_listening (endpoint));
  out_flag (out, "connected", NULL, bamgate_endpoint_get_connected (endpoint));
  out_flag (out, "ready", NULL, bamgate_endpoint_get_ready (endpoint));
}

/* With names for people, or without. */
static void
show_past (BamgateEndpoint *endpoint, Out *out, gboolean is_for_people)
{
  out_list (out, "ids", is_for_people ? _ ("There as") : NULL, bamgate_endpoint_get_ids (endpoint));
  out_count (out, "total_connections", is_for_people ? _ ("Ever") : NULL,
             (gint64) bamgate_endpoint_get_total_connections (endpoint));
  out_since (out, "last_activity_us", is_for_people ? _ ("Last used") : NULL,
             bamgate_endpoint_get_last_activity (endpoint));
}

static void
show_row (BamgateEndpoint *endpoint, Out *out)
{
  g_autofree char *listening = listening_text (endpoint);

  out_row_begin (out);
  out_text (out, "key", _ ("ENDPOINT"), name_of (endpoint));
  show_state (out, _ ("STATE"), bamgate_endpoint_get_state (endpoint));
  out_text (out, NULL, _ ("LISTENS AT"), listening);
  out_text (out, "mode", _ ("MODE"), bamgate_endpoint_get_mode (endpoint));
  out_text (out, "protocol", _ ("PROTOCOL"), bamgate_endpoint_get_protocol (endpoint));
  out_count (out, "connections", _ ("CONNECTIONS"),
             (gint64) bamgate_endpoint_get_connections (endpoint));
  out_bytes (out, "rx_bytes", _ ("RECEIVED"), bamgate_endpoint_get_rx_bytes (endpoint));
  out_bytes (out, "tx_bytes", _ ("SENT"), bamgate_endpoint_get_tx_bytes (endpoint));
  show_more (endpoint, out);
  show_past (endpoint, out, FALSE);
  out_row_end (out);
}

static void
note_reasons (GPtrArray *endpoints, Out *out)
{
  for (guint i = 0; i < endpoints->len; i++)
    {
      const char *reason = bamgate_endpoint_get_state_reason (endpoints->pdata[i]);
      g_autofree char *name = bg_printable (name_of (endpoints->pdata[i]));

      if (*reason)
        out_note (out, "%s: %s", name, reason);
    }
}

/* Above all where it is why there are none. */
static void
note_account (Ctl *ctl, guint n, Out *out)
{
  BamgateAccount *account = bamgate_client_find_account (ctl->client, NULL);
  const char *reason = account ? bamgate_account_get_state_reason (account) : "";

  if (*reason)
    out_note (out, "%s: %s", bamgate_account_get_name (account), reason);
  else if (n == 0)
    out_note (out, _ ("Nothing is bound to this machine."));
}

void
endpoints_show_list (Ctl *ctl, Out *out)
{
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (ctl->client);

  out_table_begin (out, "endpoints");
  for (guint i = 0; i < endpoints->len; i++)
    show_row (endpoints->pdata[i], out);
  out_table_end (out);
  note_reasons (endpoints, out);
  note_account (ctl, endpoints->len, out);
}

CtlExit
endpoints_list (Ctl *ctl, char **words)
{
  g_autoptr (Out) out = NULL;

  bamgate_client_set_statistics_interval_sync (ctl->client, 1000, NULL, NULL);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  endpoints_show_list (ctl, out);
  return CTL_OK;
}

/* --- One --- */

static gboolean
is_meant (BamgateEndpoint *endpoint, const char *word)
{
  return g_ascii_strcasecmp (bamgate_endpoint_get_key (endpoint), word) == 0
         || (*word && g_ascii_strcasecmp (bamgate_endpoint_get_host (endpoint), word) == 0);
}

/* By its key, or by its name where it has one port; borrowed; NULL has been explained. */
static BamgateEndpoint *
find (GPtrArray *endpoints, const char *word, CtlExit *code)
{
  BamgateEndpoint *found = NULL;

  for (guint i = 0; i < endpoints->len; i++)
    {
      if (!is_meant (endpoints->pdata[i], word))
        continue;
      if (found)
        {
          *code = ctl_fail_with (CTL_USAGE,
                                 _ ("endpoints: %s has several ports: say %s, or another"), word,
                                 name_of (found));
          return NULL;
        }
      found = endpoints->pdata[i];
    }
  if (!found)
    *code = ctl_fail_with (CTL_NOT_FOUND,
                           _ ("there is no endpoint “%s” (see: bamgatectl endpoints)"), word);
  return found;
}

static const char *
label_of (const char *condition)
{
  if (g_str_equal (condition, "listening"))
    return _ ("Listens");
  return g_str_equal (condition, "connected") ? _ ("Way on") : _ ("Ready");
}

static void
show_conditions (Out *out, GVariant *details)
{
  g_autoptr (GVariantIter) conditions = NULL;
  const char *name, *why;
  gboolean holds;
  gint64 since;

  if (!g_variant_lookup (details, "conditions", "a(sbxs)", &conditions))
    return;
  out_list_begin (out, "conditions");
  while (g_variant_iter_next (conditions, "(&sbx&s)", &name, &holds, &since, &why))
    {
      g_autofree char *shown = bg_printable (why);

      out_row_begin (out);
      out_text (out, "condition", NULL, name);
      out_flag (out, "holds", NULL, holds);
      out_since (out, "since_us", NULL, since);
      out_text (out, "reason", NULL, why);
      out_row_end (out);
      out_note (out, "%s: %s%s%s", label_of (name), holds ? _ ("yes") : _ ("no"),
                *shown ? ", " : "", shown);
    }
  out_list_end (out);
}

static void
show_errors (BamgateEndpoint *endpoint, Out *out, GVariant *details)
{
  g_autoptr (GVariant) errors = bamgate_endpoint_dup_errors (endpoint);
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *class, *last = "";
  guint64 n;

  out_object_begin (out, "errors");
  g_variant_iter_init (&iter, errors ? errors : g_variant_new ("a{st}", NULL));
  while (errors && g_variant_iter_next (&iter, "{&st}", &class, &n))
    {
      out_count (out, class, NULL, (gint64) n);
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", text->len > 0 ? ", " : "", n,
                              class);
    }
  out_object_end (out);
  g_variant_lookup (details, "last-error", "&s", &last);
  out_text (out, NULL, _ ("Not carried"), text->str);
  out_text (out, "last_error", _ ("Last failure"), last);
}

static void
show_whole (BamgateEndpoint *endpoint, Out *out, GVariant *details)
{
  g_autofree char *listening = listening_text (endpoint);

  out_text (out, "key", _ ("Endpoint"), name_of (endpoint));
  show_state (out, _ ("State"), bamgate_endpoint_get_state (endpoint));
  out_text (out, NULL, _ ("Reason"), bamgate_endpoint_get_state_reason (endpoint));
  out_text (out, NULL, _ ("Address"), bamgate_endpoint_get_url (endpoint));
  out_text (out, "protocol", _ ("Protocol"), bamgate_endpoint_get_protocol (endpoint));
  out_text (out, NULL, _ ("Listens at"), listening);
  out_text (out, "mode", _ ("Mode"), bamgate_endpoint_get_mode (endpoint));
  out_text (out, NULL, _ ("Bound by"), bamgate_endpoint_get_source (endpoint));
  out_count (out, "connections", _ ("Connections"),
             (gint64) bamgate_endpoint_get_connections (endpoint));
  out_bytes (out, "rx_bytes", _ ("Received"), bamgate_endpoint_get_rx_bytes (endpoint));
  out_bytes (out, "tx_bytes", _ ("Sent"), bamgate_endpoint_get_tx_bytes (endpoint));
  show_past (endpoint, out, TRUE);
  show_errors (endpoint, out, details);
  show_more (endpoint, out);
  show_conditions (out, details);
}

CtlExit
endpoints_show (Ctl *ctl, char **words)
{
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (ctl->client);
  CtlExit code = CTL_OK;
  BamgateEndpoint *endpoint = find (endpoints, words[0], &code);
  g_autoptr (GVariant) details = NULL;
  g_autoptr (Out) out = NULL;
  GError *error = NULL;

  if (!endpoint)
    return code;
  details = bamgate_endpoint_get_details_sync (endpoint, NULL, &error);
  if (!details)
    return ctl_fail (NULL, error);
  ctl_catch_up (ctl);
  out = out_new (ctl->json, FALSE);
  show_whole (endpoint, out, details);
  return CTL_OK;
}

/* --- The account --- */

BamgateAccount *
endpoints_find_account (Ctl *ctl)
{
  BamgateAccount *account = bamgate_client_find_account (ctl->client, NULL);

  if (!account)
    ctl_fail_with (CTL_NOT_FOUND, _ ("this daemon has no account that could bind endpoints"));
  return account;
}

static void
show_account (BamgateAccount *account, Out *out)
{
  out_text (out, "account", _ ("Account"), bamgate_account_get_name (account));
  show_state (out, _ ("State"), bamgate_account_get_state (account));
  out_text (out, "state_reason", _ ("Reason"), bamgate_account_get_state_reason (account));
  out_flag (out, "has_key", _ ("API key"), bamgate_account_get_has_key (account));
  out_text (out, "id", _ ("Registered as"), bamgate_account_get_id (account));
  out_text (out, "ingress", _ ("Ingress"), bamgate_account_get_ingress (account));
  out_moment (out, "certificate_ends_us", _ ("Certificate until"),
              bamgate_account_get_certificate_ends (account));
  out_since (out, "polled_us", _ ("Age of the list"), bamgate_account_get_polled_at (account));
}

static guint
count_in_state (GPtrArray *endpoints, const char *state)
{
  guint n = 0;

  for (guint i = 0; i < endpoints->len; i++)
    n += g_str_equal (bamgate_endpoint_get_state (endpoints->pdata[i]), state);
  return n;
}

void
endpoints_show_status (Ctl *ctl, Out *out)
{
  BamgateAccount *account = bamgate_client_find_account (ctl->client, NULL);
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (ctl->client);

  if (account)
    show_account (account, out);
  out_count (out, "endpoints", _ ("Endpoints"), endpoints->len);
  out_count (out, "ready", _ ("Ready"), count_in_state (endpoints, "ready"));
}

CtlExit
endpoints_status (Ctl *ctl, char **words)
{
  g_autoptr (Out) out = NULL;

  if (!endpoints_find_account (ctl))
    return CTL_NOT_FOUND;
  out = out_new (ctl->json, FALSE);
  endpoints_show_status (ctl, out);
  return CTL_OK;
}

/* What is refused is the account's affair: nothing that this machine does makes it better. */
static gboolean
is_refused (BamgateEndpoint *endpoint)
{
  return g_str_equal (bamgate_endpoint_get_state (endpoint), "refused");
}

static gboolean
is_well (BamgateEndpoint *endpoint)
{
  return bamgate_endpoint_get_ready (endpoint) || is_refused (endpoint);
}

/* Those that are not ready, with why, for programs; people read the notes below. */
static void
list_unready (GPtrArray *endpoints, Out *out)
{
  out_list_begin (out, "not_ready");
  for (guint i = 0; i < endpoints->len; i++)
    {
      BamgateEndpoint *endpoint = endpoints->pdata[i];

      if (bamgate_endpoint_get_ready (endpoint))
        continue;
      out_row_begin (out);
      out_text (out, "endpoint", NULL, name_of (endpoint));
      out_text (out, "state", NULL, bamgate_endpoint_get_state (endpoint));
      out_text (out, "reason", NULL, bamgate_endpoint_get_state_reason (endpoint));
      out_row_end (out);
    }
  out_list_end (out);
}

CtlExit
endpoints_health (Ctl *ctl, char **words)
{
  BamgateAccount *account = endpoints_find_account (ctl);
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (ctl->client);
  g_autoptr (Out) out = NULL;
  gboolean ready;

  if (!account)
    return CTL_NOT_FOUND;
  ready = g_str_equal (bamgate_account_get_state (account), "running");
  for (guint i = 0; i < endpoints->len; i++)
    ready = ready && is_well (endpoints->pdata[i]);
  out = out_new (ctl->json, FALSE);
  out_flag (out, "healthy", _ ("Healthy"), ready);
  endpoints_show_status (ctl, out);
  out_count (out, "refused", _ ("Refused"), count_in_state (endpoints, "refused"));
  list_unready (endpoints, out);
  note_reasons (endpoints, out);
  return ready ? CTL_OK : CTL_FAILED;
}
