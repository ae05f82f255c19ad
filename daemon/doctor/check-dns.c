/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

#include "net/outside-names.h"

#include <sys/socket.h>

#define OWNER "dns.owner"
#define ANSWERS "dns.answers"

/* --- dns.owner: whose the resolver is, and who was told of our names --- */

static void
say_owner (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->dns.owner == BG_RESOLV_MISSING)
    bg_findings_add_problem (findings, OWNER, bg_words (DOCTOR_NO_RESOLV),
                             bg_words (DOCTOR_NO_RESOLV_MEANS), bg_words (DOCTOR_NO_RESOLV_DEED));
  else if (facts->resolv_program)
    bg_findings_add_ok (findings, OWNER, bg_words (DOCTOR_RESOLV, facts->resolv_program));
  else
    bg_findings_add_ok (findings, OWNER, bg_words (DOCTOR_RESOLV_NOBODY));
}

/* resolved knows our names, and nobody asks it. */
static gboolean
is_passed_by (const BgFacts *facts)
{
  return g_str_equal (facts->dns_manager, bg_dns_kind_name (BG_DNS_RESOLVED))
         && facts->dns.owner != BG_RESOLV_STUB && !facts->dns.has_nss_resolve;
}

static void
say_manager (const BgFacts *facts, GPtrArray *findings)
{
  if (facts->state != BG_FACT_UP || !*facts->own_name)
    return;
  if (is_passed_by (facts))
    bg_findings_add_problem (findings, "dns.manager", bg_words (DOCTOR_DNS_PASSED_BY),
                             bg_words (DOCTOR_DNS_MEANS), bg_words (DOCTOR_DNS_PASSED_BY_DEED));
  else if (*facts->dns_manager)
    bg_findings_add_ok (findings, "dns.manager", bg_words (DOCTOR_DNS_TOLD, facts->dns_manager));
  else if (facts->wants_dns)
    bg_findings_add_note (findings, "dns.manager", bg_words (DOCTOR_DNS_UNTOLD),
                          bg_words (DOCTOR_DNS_MEANS), bg_words (DOCTOR_DNS_UNTOLD_DEED));
}

void
bg_check_dns_owner (const BgFacts *facts, GPtrArray *findings)
{
  say_owner (facts, findings);
  say_manager (facts, findings);
}

/* --- dns.answers: does a program here find this machine by its name? --- */

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, addresses, (GDestroyNotify) g_resolver_free_addresses);
}

void
bg_check_dns_ask (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                  gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  g_autoptr (GResolver) resolver = bg_outside_names_dup_system ();

  g_task_set_source_tag (task, bg_check_dns_ask);
  if (facts->state == BG_FACT_UP && facts->own_name && *facts->own_name && *facts->dns_manager)
    g_resolver_lookup_by_name_async (resolver, facts->own_name, cancellable, on_looked_up,
                                     g_object_ref (task));
  else
    g_task_return_pointer (task, NULL, NULL);
}

static gboolean
is_ours (const BgFacts *facts, GInetAddress *address)
{
  g_autofree char *text = g_inet_address_to_string (address);
  BgIpPrefix host, own;

  if (!bg_ip_prefix_parse (text, &host))
    return FALSE;
  for (guint i = 0; i < facts->n_addresses; i++)
    {
      own = bg_ip_prefix_host (&facts->addresses[i]);
      if (bg_ip_prefix_equal (&own, &host))
        return TRUE;
    }
  return FALSE;
}

static void
say_foreign (const BgFacts *facts, GInetAddress *address, GPtrArray *findings)
{
  g_autofree char *text = g_inet_address_to_string (address);

  bg_findings_add_problem (findings, ANSWERS, bg_words (DOCTOR_NAME_FOREIGN, facts->own_name, text),
                           bg_words (DOCTOR_NAME_FOREIGN_MEANS), bg_words (DOCTOR_NAME_DEED));
}

void
bg_check_dns_judge (const BgFacts *facts, const GList *addresses, const GError *error,
                    GPtrArray *findings)
{
  if (error)
    bg_findings_add_problem (findings, ANSWERS, bg_words (DOCTOR_NAME_LOST, facts->own_name, error),
                             bg_words (DOCTOR_DNS_MEANS), bg_words (DOCTOR_NAME_DEED));
  else if (addresses && is_ours (facts, addresses->data))
    bg_findings_add_ok (findings, ANSWERS, bg_words (DOCTOR_NAME_FOUND, facts->own_name));
  else if (addresses)
    say_foreign (facts, addresses->data, findings);
}

void
bg_check_dns_asked (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  g_autoptr (GError) error = NULL;
  GList *addresses = g_task_propagate_pointer (G_TASK (result), &error);

  bg_check_dns_judge (facts, addresses, error, findings);
  g_resolver_free_addresses (addresses);
}
