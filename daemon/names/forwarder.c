/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/forwarder.h"

#include <sys/random.h>

/* Servers that did not answer; a few of each domain. */
#define MAX_BAD 64

typedef struct
{
  BgIpPrefix server;
  gint64 until_ms;
} BadServer;

typedef struct
{
  BgIpPrefix server;
  guint64 way;      /* 0: not asked, or it ended */
  gboolean is_done; /* nothing is to be expected of it any more */
} Try;

typedef struct
{
  BgDnsQuery *query;
  GBytes *message;
  guint16 id;
  gboolean udp;
  BgForwarderDone done;
  gpointer asker;
  Try tries[BG_FORWARD_MAX_SERVERS];
  guint n_tries, n_asked; /* asked: so many times in all */
  gint64 next_ms, end_ms;
  GBytes *worst; /* an error that a server answered: better than none of ours */
} Exchange;

struct _BgForwarder
{
  const BgForwarderCalls *calls;
  gpointer owner;
  GPtrArray *exchanges; /* Exchange, owned */
  GHashTable *ways;     /* guint64 → its Exchange */
  GArray *bad;          /* BadServer */
  gboolean quiet;
};

BgForwarder *
bg_forwarder_new (const BgForwarderCalls *calls, gpointer owner)
{
  BgForwarder *self = g_new0 (BgForwarder, 1);

  self->calls = calls;
  self->owner = owner;
  self->exchanges = g_ptr_array_new ();
  self->ways = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->bad = g_array_new (FALSE, TRUE, sizeof (BadServer));
  return self;
}

void
bg_forwarder_set_quiet (BgForwarder *self, gboolean quiet)
{
  self->quiet = quiet;
}

/* --- Servers that do not answer --- */

static gboolean
is_bad (const BgForwarder *self, const BgIpPrefix *server, gint64 now_ms)
{
  for (guint i = 0; i < self->bad->len; i++)
    {
      const BadServer *bad = &g_array_index (self->bad, BadServer, i);

      if (bg_ip_prefix_equal (&bad->server, server))
        return now_ms < bad->until_ms;
    }
  return FALSE;
}

static void
note_good (BgForwarder *self, const BgIpPrefix *server)
{
  for (guint i = self->bad->len; i-- > 0;)
    if (bg_ip_prefix_equal (&g_array_index (self->bad, BadServer, i).server, server))
      g_array_remove_index_fast (self->bad, i);
}

static void
note_bad (BgForwarder *self, const BgIpPrefix *server, gint64 now_ms)
{
  BadServer bad = { .server = *server, .until_ms = now_ms + BG_FORWARD_BAD_MS };

  note_good (self, server);
  if (self->bad->len >= MAX_BAD)
    g_array_remove_index (self->bad, 0);
  g_array_append_val (self->bad, bad);
}

/* --- An exchange --- */

static void
close_try (BgForwarder *self, Try *try)
{
  if (try->way == 0)
    return;
  g_hash_table_remove (self->ways, &try->way);
  self->calls->close (self->owner, try->way);
  try->way = 0;
}

static void
free_exchange (Exchange *exchange)
{
  bg_dns_query_free (exchange->query);
  g_clear_pointer (&exchange->message, g_bytes_unref);
  g_clear_pointer (&exchange->worst, g_bytes_unref);
  g_free (exchange);
}

/* The exchange is over, and freed. */
static void
finish (BgForwarder *self, Exchange *exchange, GBytes *reply)
{
  for (guint i = 0; i < exchange->n_tries; i++)
    close_try (self, &exchange->tries[i]);
  g_ptr_array_remove_fast (self->exchanges, exchange);
  exchange->done (exchange->asker, reply);
  free_exchange (exchange);
}

static GBytes *
say_failure (const BgForwarder *self, const BgDnsQuery *query, gboolean udp, BgDnsNote note,
             const char *text)
{
  const BgDnsReply reply = {
    .code = self->quiet ? BG_DNS_NOERROR : BG_DNS_SERVFAIL,
    .note = note,
    .note_text = text,
  };

  return bg_dns_query_reply (query, &reply, udp);
}

static void
give_up (BgForwarder *self, Exchange *exchange)
{
  g_autoptr (GBytes) reply = NULL;

  if (exchange->worst && !self->quiet)
    reply = g_bytes_ref (exchange->worst);
  else
    reply = say_failure (self, exchange->query, exchange->udp, BG_DNS_NOTE_NO_REACHABLE,
                         "no server of this domain answers through the tunnel");
  finish (self, exchange, reply);
}

static gboolean
ask_server (BgForwarder *self, Exchange *exchange, Try *try)
{
  if (try->way != 0)
    {
      self->calls->send_again (self->owner, try->way, exchange->message);
      return TRUE;
    }
  try->way = self->calls->open (self->owner, &try->server, exchange->udp, exchange->message);
  if (try->way == 0)
    return FALSE;
  g_hash_table_insert (self->ways, g_memdup2 (&try->way, sizeof try->way), exchange);
  return TRUE;
}

/* Asks the next server that may still answer; by TCP each once. FALSE where there is none. */
static gboolean
ask_next (BgForwarder *self, Exchange *exchange, gint64 now_ms)
{
  for (guint i = 0; i < exchange->n_tries; i++)
    {
      Try *try = &exchange->tries[exchange->n_asked++ % exchange->n_tries];

      if (try->is_done || (try->way != 0 && !exchange->udp))
        continue;
      if (ask_server (self, exchange, try))
        {
          exchange->next_ms = now_ms + BG_FORWARD_TRY_MS;
          return TRUE;
        }
      try->is_done = TRUE;
      note_bad (self, &try->server, now_ms);
    }
  return FALSE;
}

static gboolean
is_waiting (const Exchange *exchange)
{
  for (guint i = 0; i < exchange->n_tries; i++)
    if (exchange->tries[i].way != 0)
      return TRUE;
  return FALSE;
}

/* One server less, or time has passed: the exchange may be freed. */
static void
go_on (BgForwarder *self, Exchange *exchange, gint64 now_ms)
{
  if (ask_next (self, exchange, now_ms))
    return;
  if (!is_waiting (exchange))
    give_up (self, exchange);
  else
    exchange->next_ms = exchange->end_ms;
}

/* Those that answer first, each part in the order of the route. */
static void
add_tries (BgForwarder *self, Exchange *exchange, const BgForwardRoute *route, gint64 now_ms)
{
  for (guint bad = 0; bad <= 1; bad++)
    for (guint i = 0; i < route->n_servers && i < BG_FORWARD_MAX_SERVERS; i++)
      if (is_bad (self, &route->servers[i], now_ms) == (bad == 1))
        exchange->tries[exchange->n_tries++].server = route->servers[i];
}

/* Nobody guesses it (RFC 5452, 4.3); the port is the kernel's choice. */
static guint16
random_id (void)
{
  guint16 id = 0;

  while (getrandom (&id, sizeof id, 0) != sizeof id)
    ;
  return id;
}

static void
begin (BgForwarder *self, Exchange *exchange, gint64 now_ms)
{
  exchange->id = random_id ();
  exchange->message = bg_dns_query_forward (exchange->query, exchange->id);
  exchange->end_ms = now_ms + BG_FORWARD_GIVE_UP_MS;
  g_ptr_array_add (self->exchanges, exchange);
  if (exchange->message)
    go_on (self, exchange, now_ms);
  else
    give_up (self, exchange);
}

static void
fail_at_once (const BgForwarder *self, BgDnsQuery *query, gboolean udp, BgDnsNote note,
              const char *text, BgForwarderDone done, gpointer asker)
{
  g_autoptr (GBytes) reply = say_failure (self, query, udp, note, text);

  bg_dns_query_free (query);
  done (asker, reply);
}

void
bg_forwarder_ask (BgForwarder *self, BgDnsQuery *query, const BgForwardRoute *route, gboolean udp,
                  gint64 now_ms, BgForwarderDone done, gpointer asker)
{
  Exchange *exchange;

  if (route->n_servers == 0)
    fail_at_once (self, query, udp, BG_DNS_NOTE_NO_REACHABLE, "this domain has no server", done,
                  asker);
  else if (self->exchanges->len >= BG_FORWARD_MAX)
    fail_at_once (self, query, udp, BG_DNS_NOTE_OTHER, "too many questions wait", done, asker);
  else
    {
      exchange = g_new0 (Exchange, 1);
      exchange->query = query;
      exchange->udp = udp;
      exchange->done = done;
      exchange->asker = asker;
      add_tries (self, exchange, route, now_ms);
      begin (self, exchange, now_ms);
    }
}

/* --- Answers --- */

static Try *
find_try (Exchange *exchange, guint64 way)
{
  for (guint i = 0; i < exchange->n_tries; i++)
    if (exchange->tries[i].way == way)
      return &exchange->tries[i];
  return NULL;
}

/* Another server may know better. */
static gboolean
is_failure (BgDnsCode code)
{
  return code != BG_DNS_NOERROR && code != BG_DNS_NXDOMAIN;
}

void
bg_forwarder_take (BgForwarder *self, guint64 way, const guint8 *data, gsize len, gint64 now_ms)
{
  Exchange *exchange = g_hash_table_lookup (self->ways, &way);
  Try *try = exchange ? find_try (exchange, way) : NULL;
  g_autoptr (GBytes) reply = NULL;

  if (!try || !bg_dns_query_is_answered (exchange->query, exchange->id, data, len))
    return;
  reply = bg_dns_query_pass_on (exchange->query, data, len, exchange->udp);
  note_good (self, &try->server);
  if (!is_failure (bg_dns_answer_get_code (data, len)))
    {
      finish (self, exchange, reply);
      return;
    }
  if (!exchange->worst)
    exchange->worst = g_bytes_ref (reply);
  close_try (self, try);
  try->is_done = TRUE;
  go_on (self, exchange, now_ms);
}

void
bg_forwarder_take_end (BgForwarder *self, guint64 way, gint64 now_ms)
{
  Exchange *exchange = g_hash_table_lookup (self->ways, &way);
  Try *try = exchange ? find_try (exchange, way) : NULL;

  if (!try)
    return;
  note_bad (self, &try->server, now_ms);
  close_try (self, try);
  try->is_done = TRUE;
  go_on (self, exchange, now_ms);
}

/* --- Time --- */

static void
note_silent (BgForwarder *self, Exchange *exchange, gint64 now_ms)
{
  for (guint i = 0; i < exchange->n_tries; i++)
    if (exchange->tries[i].way != 0)
      note_bad (self, &exchange->tries[i].server, now_ms);
}

static void
run_exchange (BgForwarder *self, Exchange *exchange, gint64 now_ms)
{
  note_silent (self, exchange, now_ms);
  if (now_ms >= exchange->end_ms)
    give_up (self, exchange);
  else
    go_on (self, exchange, now_ms);
}

static gint64
due_of (const Exchange *exchange)
{
  return MIN (exchange->next_ms, exchange->end_ms);
}

void
bg_forwarder_run (BgForwarder *self, gint64 now_ms)
{
  /* Backwards: the end of one puts the last in its place, which was looked at. */
  for (guint i = self->exchanges->len; i-- > 0;)
    if (i < self->exchanges->len && due_of (self->exchanges->pdata[i]) <= now_ms)
      run_exchange (self, self->exchanges->pdata[i], now_ms);
}

gint64
bg_forwarder_get_due (const BgForwarder *self)
{
  gint64 due = -1;

  for (guint i = 0; i < self->exchanges->len; i++)
    {
      gint64 one = due_of (self->exchanges->pdata[i]);

      due = due < 0 ? one : MIN (due, one);
    }
  return due;
}

guint
bg_forwarder_n_waiting (const BgForwarder *self)
{
  return self->exchanges->len;
}

void
bg_forwarder_free (BgForwarder *self)
{
  if (!self)
    return;
  while (self->exchanges->len > 0)
    finish (self, self->exchanges->pdata[0], NULL);
  g_ptr_array_unref (self->exchanges);
  g_hash_table_unref (self->ways);
  g_array_unref (self->bad);
  g_free (self);
}
