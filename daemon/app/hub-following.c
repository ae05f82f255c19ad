/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-following.h"

#include "app/hub-place.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "common/source.h"
#include "signaling/backoff.h"
#include "signaling/service-request.h"

#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "followed-hub"
#define PIN_MARK "#sha256="

typedef struct
{
  char *url, *pin; /* `pin` NULL: none */
  guint32 number;  /* of the log's entry; 0: the hub said so */
} Place;

struct _BgHubFollowing
{
  char *path;
  BgHubFollow follow;
  gpointer owner;

  Place here;
  gboolean is_signed;
  guint32 followed; /* the number of the last entry that was; 0: none */

  Place there; /* `url` NULL: nowhere */
  GCancellable *question;
  GSource *again;
  guint failures;
};

static void
place_clear (Place *place)
{
  g_clear_pointer (&place->url, g_free);
  g_clear_pointer (&place->pin, g_free);
  place->number = 0;
}

/* --- The last one --- */

static guint32
read_followed (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (guint32) g_ascii_strtoull (text, NULL, 10)
                                                       : 0;
}

static void
keep_followed (BgHubFollowing *self, guint32 number)
{
  g_autofree char *text = g_strdup_printf ("%u\n", number);
  g_autoptr (GError) error = NULL;

  if (number == 0 || number == self->followed)
    return;
  self->followed = number;
  if (!g_file_set_contents_full (self->path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &error))
    bg_log (BG_TOPIC_APP, WARNING, NULL, "%s", error->message);
}

/* --- Asking --- */

static void ask (BgHubFollowing *self);

static void
rest (BgHubFollowing *self)
{
  g_cancellable_cancel (self->question);
  g_clear_object (&self->question);
  bg_source_drop (&self->again);
  place_clear (&self->there);
  self->failures = 0;
}

static gboolean
on_again (gpointer data)
{
  BgHubFollowing *self = data;

  bg_source_drop (&self->again);
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
ask_later (BgHubFollowing *self)
{
  self->failures++;
  bg_source_arm (&self->again, bg_backoff_delay_ms (self->failures, g_random_double ()), on_again,
                 self);
}

static gboolean
is_hub (const BgServiceAnswer *answer)
{
  return answer && answer->status == SOUP_STATUS_OK && answer->body
         && json_object_has_member (answer->body, "status");
}

static void
arrive (BgHubFollowing *self)
{
  g_autofree char *url = g_strdup (self->there.url), *pin = g_strdup (self->there.pin);
  guint32 number = self->there.number;

  if (!self->follow (self->owner, url, pin))
    {
      ask_later (self);
      return;
    }
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "the network has moved, and this machine after it: to %s",
          url);
  keep_followed (self, number);
  rest (self);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  BgHubFollowing *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->question);
  if (is_hub (answer))
    {
      arrive (self);
      return;
    }
  bg_log (BG_TOPIC_APP, WARNING, NULL,
          "the network has moved to %s, which does not answer yet, and is asked again: %s",
          self->there.url, error ? error->message : "it is no hub");
  ask_later (self);
}

static void
ask (BgHubFollowing *self)
{
  const BgServiceHub hub = { self->there.url, self->there.pin, NULL };
  const BgServiceRequest request = { .method = "GET",
                                     .path = "/status",
                                     .limit_s = BG_SERVICE_LIMIT_S };

  self->question = g_cancellable_new ();
  bg_service_request_async (&hub, &request, self->question, on_answered, self);
}

/* --- Where it is --- */

static gboolean
is_same (const Place *place, const char *url, const char *pin)
{
  return bg_hub_place_is_same (place->url, place->pin, url, pin);
}

static void
go (BgHubFollowing *self, const char *url, const char *pin, guint32 number)
{
  if (self->there.url && is_same (&self->there, url, pin))
    return;
  rest (self);
  self->there = (Place){ g_strdup (url), g_strdup (pin), number };
  ask (self);
}

void
bg_hub_following_set_hub (BgHubFollowing *self, const char *url, const char *pin)
{
  place_clear (&self->here);
  self->here.url = g_strdup (url);
  self->here.pin = g_strdup (pin);
}

void
bg_hub_following_take_log (BgHubFollowing *self, const BgMembership *state)
{
  BgMembershipHub hub = state ? bg_membership_hub (state) : (BgMembershipHub){ 0 };
  char text[BG_KEY_TEXT_LEN + 1];
  const char *pin;

  self->is_signed = state && bg_membership_count (state) > 0;
  if (hub.number <= self->followed || !self->here.url)
    return;
  pin = bg_hub_place_pin_text (hub.pin, text);
  if (is_same (&self->here, hub.url, pin))
    keep_followed (self, hub.number);
  else if (bg_hub_place_is_usable (hub.url, pin))
    go (self, hub.url, pin, hub.number);
}

void
bg_hub_following_take_word (BgHubFollowing *self, const char *url, const char *pin)
{
  g_autofree char *shown = bg_printable (url);

  if (pin && *pin == '\0')
    pin = NULL;
  if (self->is_signed || !self->here.url || is_same (&self->here, url, pin))
    return;
  if (bg_hub_place_is_usable (url, pin) && bg_hub_place_may_send (self->here.url, url))
    go (self, url, pin, 0);
  else
    bg_log (BG_TOPIC_APP, WARNING, NULL,
            "the hub says that the network has moved to %s, which is not followed: neither may be "
            "unencrypted",
            shown);
}

void
bg_hub_following_take_line (BgHubFollowing *self, const char *line)
{
  const char *mark = strstr (line, PIN_MARK);
  g_autofree char *url = mark ? g_strndup (line, (gsize) (mark - line)) : g_strdup (line);

  bg_hub_following_take_word (self, url, mark ? mark + strlen (PIN_MARK) : NULL);
}

/* --- Life --- */

void
bg_hub_following_forget (BgHubFollowing *self)
{
  rest (self);
  self->is_signed = FALSE;
  self->followed = 0;
  g_unlink (self->path);
}

BgHubFollowing *
bg_hub_following_new (const char *state_dir, BgHubFollow follow, gpointer owner)
{
  BgHubFollowing *self = g_new0 (BgHubFollowing, 1);

  self->path = g_build_filename (state_dir, FILE_NAME, NULL);
  self->follow = follow;
  self->owner = owner;
  self->followed = read_followed (self->path);
  return self;
}

void
bg_hub_following_free (BgHubFollowing *self)
{
  if (!self)
    return;
  rest (self);
  place_clear (&self->here);
  g_free (self->path);
  g_free (self);
}
