/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be seen of endpoints. */
#include "app/endpoints-private.h"

#include "common/log.h"

#include <string.h>

typedef struct
{
  gboolean holds;
  BgWords *reason;
  gint64 since_us;
} Condition;

/* Of one endpoint. */
typedef struct
{
  Condition conditions[BG_CONDITIONS];
  BgDoorCounters past; /* of doors that have drained */
  gboolean is_there;
} Note;

struct _BgEndpointNotes
{
  GHashTable *notes; /* key → Note */
  GHashTable *doors; /* door → key, until it has drained */
  /* what was looked at last */
  char *key, *ingress;
  BgWords *nobody; /* why there is no account */
  char mode[BG_LISTEN_TEXT];
  char addresses[BG_ENDPOINT_HOSTS][BG_IP_PREFIX_TEXT];
  const char *listed[BG_ENDPOINT_HOSTS + 1];
};

static const char *const condition_names[BG_CONDITIONS] = {
  [BG_CONDITION_LISTENING] = "listening",
  [BG_CONDITION_CONNECTED] = "connected",
  [BG_CONDITION_READY] = "ready",
};

const char *
bg_condition_name (BgConditionKind kind)
{
  return condition_names[kind];
}

/* --- Notes --- */

static void
note_free (gpointer data)
{
  Note *note = data;

  for (guint i = 0; i < BG_CONDITIONS; i++)
    bg_words_unref (note->conditions[i].reason);
  g_free (note);
}

BgEndpointNotes *
bg_endpoint_notes_new (void)
{
  BgEndpointNotes *self = g_new0 (BgEndpointNotes, 1);

  self->nobody = bg_words (API_KEY_MISSING);
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, note_free);
  self->doors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
bg_endpoint_notes_free (BgEndpointNotes *self)
{
  g_hash_table_unref (self->notes);
  g_hash_table_unref (self->doors);
  g_free (self->key);
  g_free (self->ingress);
  bg_words_unref (self->nobody);
  g_free (self);
}

static char *
key_of (const BgWantedEndpoint *endpoint)
{
  return endpoint->refused ? g_strdup (endpoint->url)
                           : g_strdup_printf ("%s:%u", endpoint->host, endpoint->port);
}

static Note *
get_note (BgEndpoints *self, const BgWantedEndpoint *endpoint)
{
  char *key = key_of (endpoint);
  Note *note = g_hash_table_lookup (self->notes->notes, key);

  if (note)
    {
      g_free (key);
      return note;
    }
  note = g_new0 (Note, 1);
  g_hash_table_insert (self->notes->notes, key, note);
  return note;
}

/* --- Conditions --- */

static void
set_condition (Note *note, BgConditionKind kind, gboolean holds, const BgWords *reason)
{
  Condition *condition = &note->conditions[kind];

  if (holds != condition->holds || condition->since_us == 0)
    condition->since_us = g_get_real_time ();
  condition->holds = holds;
  bg_words_take (&condition->reason, reason ? bg_words_ref ((BgWords *) reason) : NULL);
}

static const BgWords *
why_unconnected (BgEndpoints *self)
{
  return self->hangs_up ? self->hangs_up : bg_ingress_route_get_problem (self->route);
}

/* Its name is part of an endpoint that has an address of its own. */
static const BgWords *
why_nameless (BgEndpoints *self, const BgEndpointView *view)
{
  return view->mode.kind == BG_LISTEN_VIRTUAL && !view->endpoint->is_literal
           ? bg_endpoint_hosts_file_get_problem (self->hosts_file)
           : NULL;
}

/* That something is open to others is said each time, too. */
static void
log_news (const Note *note, const BgEndpointView *view, const BgWords *closed)
{
  const Condition *before = &note->conditions[BG_CONDITION_LISTENING];
  char address[BG_IP_PREFIX_TEXT];

  if (closed && !bg_words_equal (closed, before->reason))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "endpoint %s: %s", view->endpoint->url, closed->text);
  if (view->n_hosts == 0 || before->holds)
    return;
  bg_ip_prefix_format_address (&view->hosts[0], address);
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "endpoint %s is at %s, port %u%s", view->endpoint->url,
          address, view->port, view->mode.kind == BG_LISTEN_VIRTUAL ? "" : ", open to others");
}

static void
judge (BgEndpoints *self, Note *note, const BgEndpointView *view)
{
  const BgWords *closed = view->problem ? view->problem : why_nameless (self, view);
  const BgWords *cut = why_unconnected (self), *reason = NULL;
  gboolean listens = view->n_hosts > 0;
  BgSourceState state = bg_endpoint_source_get_state (BG_ENDPOINT_SOURCE (self->account), &reason);
  gboolean is_current = state == BG_SOURCE_RUNNING;

  log_news (note, view, closed);
  set_condition (note, BG_CONDITION_LISTENING, listens, closed);
  set_condition (note, BG_CONDITION_CONNECTED, !cut, cut);
  if (!listens)
    reason = closed;
  else if (cut)
    reason = cut;
  set_condition (note, BG_CONDITION_READY, listens && !cut && is_current, reason);
}

static gboolean
is_gone (gpointer key, gpointer data, gpointer unused)
{
  Note *note = data;
  gboolean gone = !note->is_there;

  note->is_there = FALSE;
  return gone;
}

void
bg_endpoints_take_note (BgEndpoints *self)
{
  for (guint i = 0; self->set && i < bg_endpoint_set_count (self->set); i++)
    {
      BgEndpointView view = bg_endpoint_set_look (self->set, i);
      Note *note = get_note (self, view.endpoint);

      note->is_there = TRUE;
      for (guint j = 0; j < view.n_hosts; j++)
        g_hash_table_insert (self->notes->doors, g_memdup2 (&view.doors[j], sizeof view.doors[j]),
                             key_of (view.endpoint));
      judge (self, note, &view);
    }
  g_hash_table_foreach_remove (self->notes->notes, is_gone, NULL);
}

/* --- Counters --- */

void
bg_endpoints_note_drained (BgEndpoints *self, guint64 door)
{
  const char *key = g_hash_table_lookup (self->notes->doors, &door);
  Note *note = key ? g_hash_table_lookup (self->notes->notes, key) : NULL;
  BgDoorCounters counters;

  if (note && bg_ground_read_counters (self->ground, door, &counters))
    bg_door_counters_add (&note->past, &counters);
  g_hash_table_remove (self->notes->doors, &door);
}

guint
bg_endpoints_count_doors (BgEndpoints *self)
{
  return g_hash_table_size (self->notes->doors);
}

static void
sum_up (BgEndpoints *self, const char *key, BgDoorCounters *sum)
{
  GHashTableIter iter;
  const guint64 *door;
  const char *of;
  BgDoorCounters counters;

  g_hash_table_iter_init (&iter, self->notes->doors);
  while (g_hash_table_iter_next (&iter, (gpointer *) &door, (gpointer *) &of))
    if (g_str_equal (of, key) && bg_ground_read_counters (self->ground, *door, &counters))
      bg_door_counters_add (sum, &counters);
}

gboolean
bg_endpoints_read_counters (BgEndpoints *self, const char *key, BgDoorCounters *counters)
{
  const Note *note = g_hash_table_lookup (self->notes->notes, key);

  if (!note || !self->ground)
    return FALSE;
  *counters = note->past;
  sum_up (self, key, counters);
  return TRUE;
}

/* --- Looking --- */

guint
bg_endpoints_count (BgEndpoints *self)
{
  return self->set ? bg_endpoint_set_count (self->set) : 0;
}

static const char *const *
list_addresses (BgEndpointNotes *notes, const BgEndpointView *view)
{
  for (guint i = 0; i < view->n_hosts; i++)
    {
      bg_ip_prefix_format_address (&view->hosts[i], notes->addresses[i]);
      notes->listed[i] = notes->addresses[i];
    }
  notes->listed[view->n_hosts] = NULL;
  return notes->listed;
}

static void
describe (BgEndpoints *self, const BgEndpointView *view, BgEndpointInfo *info)
{
  const BgWantedEndpoint *endpoint = view->endpoint;
  BgEndpointNotes *notes = self->notes;

  g_free (notes->key);
  notes->key = key_of (endpoint);
  bg_listen_mode_format (&view->mode, notes->mode);
  *info = (BgEndpointInfo){ .key = notes->key,
                            .host = endpoint->host ? endpoint->host : "",
                            .port = endpoint->port,
                            .scheme = endpoint->refused ? ""
                                                        : bg_scheme_get_name (endpoint->scheme),
                            .url = endpoint->url,
                            .ids = (const char *const *) endpoint->ids,
                            .source = endpoint->source,
                            .mode = notes->mode,
                            .addresses = list_addresses (notes, view),
                            .listen_port = view->n_hosts > 0 ? view->port : 0,
                            .is_local = view->mode.kind == BG_LISTEN_VIRTUAL };
  info->is_named = info->is_local && view->n_hosts > 0 && !endpoint->is_literal
                   && !bg_endpoint_hosts_file_get_problem (self->hosts_file);
}

void
bg_endpoints_look (BgEndpoints *self, guint i, BgEndpointInfo *info)
{
  BgEndpointView view = bg_endpoint_set_look (self->set, i);
  const Note *note = get_note (self, view.endpoint);

  describe (self, &view, info);
  for (guint j = 0; j < BG_CONDITIONS; j++)
    info->conditions[j] = (BgCondition){ note->conditions[j].holds, note->conditions[j].reason,
                                         note->conditions[j].since_us };
}

gboolean
bg_endpoints_find (BgEndpoints *self, const char *key, BgEndpointInfo *info)
{
  for (guint i = 0; i < bg_endpoints_count (self); i++)
    {
      g_autofree char *of = key_of (bg_endpoint_set_look (self->set, i).endpoint);

      if (!g_str_equal (of, key))
        continue;
      bg_endpoints_look (self, i, info);
      return TRUE;
    }
  return FALSE;
}

/* --- Sources --- */

guint
bg_endpoints_count_sources (BgEndpoints *self)
{
  return self->account || self->config->ngrok_enabled ? 1 : 0;
}

static char *
format_ingress (BgOperator *account)
{
  const char *host;
  guint16 port;

  bg_operator_get_ingress (account, &host, &port);
  return host ? g_strdup_printf (strchr (host, ':') ? "[%s]:%u" : "%s:%u", host, port)
              : g_strdup ("");
}

static void
look_at_account (BgEndpoints *self, BgEndpointSourceInfo *info)
{
  BgTlsIdentity *identity = bg_operator_get_identity (self->account);
  BgSourceState state = bg_endpoint_source_get_state (BG_ENDPOINT_SOURCE (self->account),
                                                      &info->reason);
  const char *id = bg_operator_get_id (self->account);

  g_free (self->notes->ingress);
  self->notes->ingress = format_ingress (self->account);
  info->state = bg_source_state_get_name (self->is_over ? BG_SOURCE_DRAINING : state);
  info->id = id ? id : "";
  info->ingress = self->notes->ingress;
  info->certificate_ends_at = identity ? identity->not_after : 0;
  info->polled_at = bg_operator_get_polled_at (self->account);
}

void
bg_endpoints_look_source (BgEndpoints *self, guint i, BgEndpointSourceInfo *info)
{
  *info = (BgEndpointSourceInfo){ .name = "ngrok",
                                  .state = bg_source_state_get_name (BG_SOURCE_WAITING_FOR_KEY),
                                  .reason = self->notes->nobody,
                                  .id = "",
                                  .ingress = "",
                                  .has_api_key = self->has_api_key };
  if (self->account)
    look_at_account (self, info);
}

void
bg_endpoints_read_source_counters (BgEndpoints *self, guint i, BgEndpointSourceCounters *counters)
{
  bg_ingress_tally_read (self->tally, &counters->ingress);
  counters->answers = self->answers;
}
