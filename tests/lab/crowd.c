/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many machines' lines to a hub in one process, each bamgated's own (daemon/signaling/). They have no tunnel.
 *
 *   crowd URL PIN TOKEN-FILE COUNT ROOMS
 *
 * PIN is "-" for none. The lines are opened one after the other, in turn in each of the rooms, with addresses from
 * 10.64.1.1/16 on. Says "online N" for every hundred of them, when all are online, and when none is. "begin" on standard input
 * lets it count attempts anew; "report" says them in a line of JSON: {"attempts":[ms after "begin", …],"most":by one
 * line,"online":[ms after "begin" at which one came online, …]}. */

#include "lab/many.h"
#include "common/key-text.h"
#include "signaling/signaling-client.h"

#include <stdio.h>
#include <string.h>

enum
{
  OPEN_EVERY_MS = 5,
};

typedef struct Crowd Crowd;

typedef struct
{
  Crowd *crowd;
  BgSignalingClient *client;
  BgSignalingState state;
  guint attempts;
} Line;

struct Crowd
{
  Line *lines;
  guint count, opened, n_online;
  gint64 began;
  GArray *attempts, *online; /* ms, guint */
};

static void
note (Crowd *self, GArray *times)
{
  guint ms = (guint) ((g_get_monotonic_time () - self->began) / 1000);

  g_array_append_val (times, ms);
}

static void
on_state_changed (BgSignalingClient *client, Line *line)
{
  BgSignalingState old = line->state;
  Crowd *crowd = line->crowd;

  line->state = bg_signaling_client_get_state (client);
  if (line->state == BG_SIGNALING_CONNECTING && old != BG_SIGNALING_CONNECTING)
    {
      line->attempts++;
      note (crowd, crowd->attempts);
    }
  if ((line->state == BG_SIGNALING_ONLINE) == (old == BG_SIGNALING_ONLINE))
    return;
  if (line->state == BG_SIGNALING_ONLINE)
    note (crowd, crowd->online);
  crowd->n_online += line->state == BG_SIGNALING_ONLINE ? 1 : -1;
  many_tell ("online", crowd->n_online, crowd->count);
}

static BgSignalPeer *
description_new (guint number)
{
  BgSignalPeer *peer = g_new0 (BgSignalPeer, 1);
  guint32 host = many_address (number);
  guint8 key[BG_KEY_BYTES] = { (guint8) (number >> 8), (guint8) number };
  char text[BG_KEY_TEXT_LEN + 1];

  bg_key_to_base64 (key, text);
  peer->id = g_strdup_printf ("crowd%04u", number);
  peer->public_key = g_strdup (text);
  peer->address = g_strdup_printf ("%u.%u.%u.%u/%d", host >> 24, host >> 16 & 0xff,
                                   host >> 8 & 0xff, host & 0xff, MANY_PREFIX);
  return peer;
}

typedef struct
{
  Crowd *crowd;
  const char *url, *pin;
  char *token;
  guint rooms;
} Opening;

static gboolean
open_next (gpointer data)
{
  Opening *self = data;
  Line *line = &self->crowd->lines[self->crowd->opened];
  g_autoptr (BgSignalPeer) me = description_new (self->crowd->opened);
  g_autofree char *url = g_strdup_printf ("%s?room=r%u", self->url,
                                          self->crowd->opened % self->rooms);
  g_autoptr (GError) error = NULL;

  line->crowd = self->crowd;
  line->client = bg_signaling_client_new (url, self->token, self->pin, &error);
  if (!line->client)
    g_error ("%s", error->message);
  bg_signaling_client_set_self (line->client, me);
  g_signal_connect (line->client, "state-changed", G_CALLBACK (on_state_changed), line);
  bg_signaling_client_start (line->client);
  return ++self->crowd->opened < self->crowd->count;
}

static void
begin (Crowd *self)
{
  self->began = g_get_monotonic_time ();
  g_array_set_size (self->attempts, 0);
  g_array_set_size (self->online, 0);
  for (guint i = 0; i < self->count; i++)
    self->lines[i].attempts = 0;
}

static void
print_times (const char *name, const GArray *times)
{
  printf ("\"%s\":[", name);
  for (guint i = 0; i < times->len; i++)
    printf ("%s%u", i > 0 ? "," : "", g_array_index (times, guint, i));
  printf ("]");
}

static void
report (const Crowd *self)
{
  guint most = 0;

  for (guint i = 0; i < self->count; i++)
    most = MAX (most, self->lines[i].attempts);
  printf ("{");
  print_times ("attempts", self->attempts);
  printf (",\"most\":%u,", most);
  print_times ("online", self->online);
  printf ("}\n");
}

static void
on_line (const char *line, gpointer data)
{
  if (g_str_has_prefix (line, "begin"))
    begin (data);
  else if (g_str_has_prefix (line, "report"))
    report (data);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  Crowd crowd = { .attempts = g_array_new (FALSE, FALSE, sizeof (guint)),
                  .online = g_array_new (FALSE, FALSE, sizeof (guint)) };
  Opening opening = { .crowd = &crowd };

  if (argc != 6)
    {
      fprintf (stderr, "usage: crowd URL PIN TOKEN-FILE COUNT ROOMS\n");
      return 2;
    }
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  many_begin ("crowd", "BAMGATE_CROWD_LOG");
  if (!g_file_get_contents (argv[3], &opening.token, NULL, &error))
    {
      fprintf (stderr, "crowd: %s\n", error->message);
      return 1;
    }
  g_strchomp (opening.token);
  opening.url = argv[1];
  opening.pin = g_str_equal (argv[2], "-") ? NULL : argv[2];
  crowd.count = (guint) g_ascii_strtoull (argv[4], NULL, 10);
  opening.rooms = MAX (1, (guint) g_ascii_strtoull (argv[5], NULL, 10));
  crowd.lines = g_new0 (Line, crowd.count);
  begin (&crowd);
  g_timeout_add (OPEN_EVERY_MS, open_next, &opening);
  many_listen (on_line, &crowd);
  g_main_loop_run (loop);
  return 0;
}
