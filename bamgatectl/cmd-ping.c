/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/commands.h"

#include "common/printable.h"

typedef struct
{
  guint sent, received;
  guint64 least, most, sum; /* µs */
} Tally;

static void
tally_add (Tally *tally, guint64 latency)
{
  tally->least = tally->received == 0 ? latency : MIN (tally->least, latency);
  tally->most = MAX (tally->most, latency);
  tally->sum += latency;
  tally->received++;
}

/* One line as soon as it is known; JSON comes whole at the end. */
static void
say (Ctl *ctl, const char *id, guint number, gboolean answered, guint64 latency)
{
  g_autoptr (Out) out = NULL;
  g_autofree char *shown = bg_printable (id), *time = out_format_latency ((gint64) latency);

  if (ctl->json)
    return;
  out = out_new (FALSE, FALSE);
  if (answered)
    out_note (out, _ ("%s: %u: %s"), shown, number, time);
  else
    out_note (out, _ ("%s: %u: no answer"), shown, number);
}

static void
summarize (const Tally *tally, const char *id, gboolean json)
{
  g_autoptr (Out) out = out_new (json, FALSE);
  gint64 mean = tally->received > 0 ? (gint64) (tally->sum / tally->received) : -1;
  g_autofree char *least = out_format_latency ((gint64) tally->least),
                  *middle = out_format_latency (mean),
                  *most = out_format_latency ((gint64) tally->most);

  out_text (out, "peer", NULL, id);
  out_count (out, "sent", NULL, tally->sent);
  out_count (out, "received", NULL, tally->received);
  out_latency (out, "min_us", NULL, tally->received > 0 ? (gint64) tally->least : -1);
  out_latency (out, "mean_us", NULL, mean);
  out_latency (out, "max_us", NULL, tally->received > 0 ? (gint64) tally->most : -1);
  if (tally->received > 0)
    out_note (out, _ ("%u sent, %u answered; least %s, mean %s, most %s"), tally->sent,
              tally->received, least, middle, most);
  else
    out_note (out, _ ("%u sent, none answered"), tally->sent);
}

static gboolean
is_loss (const GError *error)
{
  return g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_TIMEOUT);
}

/* CTL_INTERRUPTED without a word: the summary is told. */
static CtlExit
ping_once (Ctl *ctl, BamgatePeer *peer, Tally *tally)
{
  const char *id = bamgate_peer_get_id (peer);
  g_autofree char *what = g_strdup_printf (_ ("Waiting for an answer of %s"), id);
  Call *call = call_new (ctl, what, NULL);
  GError *error = NULL;
  guint64 latency = 0;
  gboolean answered;

  bamgate_peer_ping (peer, call_cancellable (call), call_on_answer, call);
  answered = bamgate_peer_ping_finish (peer, call_wait (call), &latency, &error);
  if (!answered && call_is_interrupted (call))
    {
      g_clear_error (&error);
      call_free (call);
      return CTL_INTERRUPTED;
    }
  if (!answered && !is_loss (error))
    return call_fail (call, NULL, error);
  g_clear_error (&error);
  call_free (call);
  tally->sent++;
  if (answered)
    tally_add (tally, latency);
  say (ctl, id, tally->sent, answered, latency);
  return CTL_OK;
}

static CtlExit
ping_all (Ctl *ctl, BamgatePeer *peer, guint count, guint interval_ms, Tally *tally, Call *whole)
{
  CtlExit code = CTL_OK;

  while (code == CTL_OK && tally->sent < count)
    {
      code = ping_once (ctl, peer, tally);
      if (code == CTL_OK && tally->sent < count && !call_wait_until (whole, NULL, interval_ms))
        code = CTL_INTERRUPTED;
    }
  return code;
}

static CtlExit
ping (Ctl *ctl, BamgatePeer *peer, guint count, guint interval_ms)
{
  Tally tally = { 0 };
  Call *whole = call_new (ctl, NULL, NULL); /* an interrupt between two calls is heard, too */
  CtlExit code = ping_all (ctl, peer, count, interval_ms, &tally, whole);
  gboolean ended = code == CTL_OK || code == CTL_INTERRUPTED;

  if (ended && (tally.sent > 0 || ctl->json))
    summarize (&tally, bamgate_peer_get_id (peer), ctl->json);
  call_free (whole);
  return code != CTL_OK || tally.received > 0 ? code : CTL_TIMEOUT;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  int count = 4, interval_ms = 1000;
  const GOptionEntry entries[] = {
    { "count", 'c', 0, G_OPTION_ARG_INT, &count, N_ ("How many (default: 4)"), "N" },
    { "interval", 'i', 0, G_OPTION_ARG_INT, &interval_ms,
      N_ ("Milliseconds between two (default: 1000)"), "MS" },
    { NULL },
  };
  BamgatePeer *peer;
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_ping, entries, 1, 1, &argc, &argv))
    return CTL_USAGE;
  if (count < 1 || interval_ms < 0)
    return ctl_fail_with (CTL_USAGE, _ ("ping: at least one, and no negative pause"));
  code = ctl_connect_to_act (ctl);
  if (code != CTL_OK)
    return code;
  peer = ctl_find_peer (ctl, argv[1]);
  return peer ? ping (ctl, peer, (guint) count, (guint) interval_ms) : CTL_NOT_FOUND;
}

const Command cmd_ping = {
  "ping",
  run,
  N_ ("PEER"),
  N_ ("Measure the round trip to another machine"),
  N_ ("Sends a small message through the tunnel to the bamgate of the other machine and\n"
      "waits for its answer: encryption and path included, the other machine's own\n"
      "network stack left out. PEER is a name or a tunnel address.\n\n"
      "Examples:\n"
      "  bamgatectl ping attic\n"
      "  bamgatectl ping attic -c 1 --json"),
  CTL_EXITS_BUS | 1u << CTL_NOT_FOUND | 1u << CTL_TIMEOUT,
};
