/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One side of a session as a program, for two of them in network namespaces (session-netns.sh).
 * Signalling goes in lines over standard input and output, "kind text" with the text escaped; lines
 * "report …" are results. Both sides run until the offerer has sent for SECONDS on each path.
 *
 *   session-peer offer|answer SECONDS [PREFIX-TO-EXCLUDE]
 */

#include "session-fixture.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum
{
  WINDOW = 128 * 1024,
  CREDIT_MS = 25,
};

static Side *side;
static guint64 credit; /* bytes that the peer says it has received */
static guint credits;  /* how often it said so */
static gboolean rests; /* it said the same twice: nothing is under way any more */

static void
say (const char *kind, const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);

  printf ("%s %s\n", kind, escaped);
  fflush (stdout);
}

static void
on_session_description (BgIceSession *session, const char *type, const char *sdp)
{
  say (type, sdp);
}

static void
on_session_candidate (BgIceSession *session, const char *candidate)
{
  say ("candidate", candidate);
}

static void
take_credit (guint64 bytes)
{
  rests = bytes == credit && credits++ > 0;
  credit = bytes;
}

static void
take_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  g_autofree char *text = words[0] && words[1] ? g_strcompress (words[1]) : g_strdup ("");
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (words[0], "candidate") == 0)
    bg_ice_session_add_candidate (side->session, text, &error);
  else if (g_strcmp0 (words[0], "credit") == 0)
    take_credit (g_ascii_strtoull (text, NULL, 10));
  else if (g_strcmp0 (words[0], "report") != 0)
    set_remote_text (side->session, words[0], text, &error);
  if (error)
    fprintf (stderr, "%s: %s\n", words[0], error->message);
}

static void
on_line_read (GObject *source, GAsyncResult *result, gpointer data)
{
  GDataInputStream *input = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);

  if (!line)
    return;
  take_line (line);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line_read, NULL);
}

static gboolean
on_credit_time (gpointer data)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, side->received_bytes);

  say ("credit", text);
  return G_SOURCE_CONTINUE;
}

/* As the data plane does: a window on the channel, and on the ICE pair as much as there is room. */
static void
send_for (BgTransport *transport, gsize len, int seconds)
{
  BgPacket *pkts[32];
  guint64 sent = 0, start;
  gint64 end;

  wait_until (credits > 0);
  wait_idle ();
  start = credit;
  end = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
  for (guint i = 0; i < G_N_ELEMENTS (pkts); i++)
    pkts[i] = side_packet (side, 4, len);
  while (g_get_monotonic_time () < end)
    {
      if (transport->credit_bytes && start + sent > credit + WINDOW)
        g_main_context_iteration (NULL, TRUE);
      else
        sent += len * (guint64) transport->ops->send (transport, pkts, G_N_ELEMENTS (pkts));
    }
  bg_packet_free_batch (pkts, G_N_ELEMENTS (pkts));
  printf ("report sent kind=%d len=%" G_GSIZE_FORMAT " mbit_s=%.0f\n", transport->kind, len,
          (double) sent * 8e-6 / seconds);
  fflush (stdout);
}

static void
report_received (void)
{
  g_autofree char *local = NULL, *remote = NULL;

  bg_ice_session_get_pair (side->session, &local, &remote, NULL);
  printf ("report received bytes=%" G_GUINT64_FORMAT " messages=%u pair=%s/%s\n",
          side->received_bytes, side->received, local, remote);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  gboolean offerer = argc > 1 && g_str_equal (argv[1], "offer");
  int seconds = argc > 2 ? atoi (argv[2]) : 1;
  g_autoptr (GInetAddressMask)
    tunnel = argc > 3 ? g_inet_address_mask_new_from_string (argv[3], NULL) : NULL;
  GInetAddressMask *exclude[] = { tunnel, NULL };
  BgIceSessionConfig config = { .ice.exclude = exclude };
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (raw);
  BgTransport *channel, *ice;
  gint64 begin = g_get_monotonic_time ();

  side = side_new (offerer, &config);
  g_signal_connect (side->session, "local-description", G_CALLBACK (on_session_description), NULL);
  g_signal_connect (side->session, "local-candidate", G_CALLBACK (on_session_candidate), NULL);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line_read, NULL);
  if (offerer)
    bg_ice_session_start (side->session);
  wait_state (side, BG_ICE_SESSION_OPEN);
  printf ("report open ms=%.0f\n", (double) (g_get_monotonic_time () - begin) / 1000);
  channel = bg_ice_session_dup_data_channel (side->session);
  ice = bg_ice_session_dup_ice (side->session);
  if (offerer)
    {
      /* The channel first: by then SCTP has given up what got lost of it, or the farewell would wait for that. */
      send_for (channel, 1184, seconds);
      send_for (ice, 1452, seconds);
      rests = FALSE;
      wait_until (rests);
      bg_ice_session_close (side->session);
    }
  else
    {
      g_timeout_add (CREDIT_MS, on_credit_time, NULL);
      while (bg_ice_session_get_state (side->session) == BG_ICE_SESSION_OPEN)
        g_main_context_iteration (NULL, TRUE);
      printf ("report state=%d\n", bg_ice_session_get_state (side->session));
      report_received ();
    }
  bg_transport_unref (channel);
  bg_transport_unref (ice);
  side_free (side);
  return 0;
}
