/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client-fixture.h"

#include <string.h>

static void
on_client_message (BgSignalingClient *client, BgSignalMessage *message, Fixture *f)
{
  g_ptr_array_add (f->messages, bg_signal_message_to_json (message));
}

static void
on_client_state_changed (BgSignalingClient *client, Fixture *f)
{
  f->changes++;
}

void
client_make (Fixture *f)
{
  BgSignalPeer self = { .id = (char *) "alpha",
                        .public_key = (char *) "K",
                        .address = (char *) "10.0.0.1/24" };
  g_autoptr (GError) error = NULL;
  BgSignalingTiming timing;

  f->client = bg_signaling_client_new (f->service->url, TOKEN, NULL, &error);
  g_assert_no_error (error);
  timing = *bg_signaling_client_get_timing (f->client);
  timing.backoff_permille = 10;
  timing.spacing_ms = 10;
  timing.rejoin_ms = 200;
  bg_signaling_client_set_timing (f->client, &timing);
  bg_signaling_client_set_self (f->client, &self);
  g_signal_connect (f->client, "message", G_CALLBACK (on_client_message), f);
  g_signal_connect (f->client, "state-changed", G_CALLBACK (on_client_state_changed), f);
}

void
client_set_up (Fixture *f, gconstpointer data)
{
  f->messages = g_ptr_array_new_with_free_func (g_free);
  f->service = fake_service_new (0, NULL);
  client_make (f);
}

void
client_tear_down (Fixture *f, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (f->client, f);
  bg_signaling_client_stop (f->client);
  g_object_add_weak_pointer (G_OBJECT (f->client), (gpointer *) &f->client);
  g_object_unref (f->client);
  wait_until (f->client == NULL); /* a dial that was under way may hold on to it for a moment */
  g_clear_pointer (&f->service, fake_service_free);
  g_ptr_array_unref (f->messages);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

gboolean
client_is (Fixture *f, BgSignalingState state)
{
  return bg_signaling_client_get_state (f->client) == state;
}

void
client_go_online (Fixture *f)
{
  bg_signaling_client_start (f->client);
  wait_until (client_is (f, BG_SIGNALING_ONLINE));
}

void
client_assert_reason (Fixture *f, const char *part)
{
  const char *reason = bg_words_get_text (bg_signaling_client_get_reason (f->client));

  g_assert_cmpstr (reason, !=, "");
  if (strstr (reason, part) == NULL)
    g_error ("“%s” does not say “%s”", reason, part);
}

gint64
client_delay (Fixture *f)
{
  return (bg_signaling_client_get_retry_at (f->client) - g_get_real_time ()) / 1000;
}

/* Everything that the hub has sent so far has arrived once this candidate has. */
void
client_flush (Fixture *f)
{
  guint before = f->messages->len;

  fake_service_send (
    f->service,
    "{\"candidate\":\"mark\",\"from\":\"z\",\"to\":\"alpha\",\"type\":\"ice-candidate\"}");
  wait_until (f->messages->len > before
              && strstr (f->messages->pdata[f->messages->len - 1], "mark") != NULL);
  g_ptr_array_remove_index (f->messages, f->messages->len - 1);
}
