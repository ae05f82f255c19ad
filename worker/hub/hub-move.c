/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-move.h"
#include "common/log.h"

#include <string.h>

#define ARRIVED "arrived"
#define GONE "moved"
#define YES "yes"
#define NO "no"

struct _BgHubMove
{
  BgHubWriter *writer;
  char *url, *pin;    /* where it has gone; NULL: it is here */
  char *going;        /* "URL PIN", until that is on the disk; NULL: it is not going */
  gboolean is_unused; /* since it came */

  GPtrArray *rows; /* that are being read */
  char *digest;
  gint64 until;
  gboolean freezes; /* not while it is looked whether all of it has come */
};

/* "URL PIN", the latter may be empty. */
static void
read_gone (BgHubMove *self, const char *value)
{
  const char *space = value != NULL ? strchr (value, ' ') : NULL;

  if (space == NULL)
    return;
  self->url = g_strndup (value, (gsize) (space - value));
  self->pin = g_strdup (space + 1);
}

BgHubMove *
bg_hub_move_new (GPtrArray *settings, BgHubWriter *writer)
{
  BgHubMove *self = g_new0 (BgHubMove, 1);

  self->writer = writer;
  read_gone (self, bg_hub_settings_find (settings, GONE));
  self->is_unused = g_strcmp0 (bg_hub_settings_find (settings, ARRIVED), YES) == 0;
  return self;
}

static void
hide (BgHubMove *self)
{
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->digest, g_free);
}

void
bg_hub_move_free (BgHubMove *self)
{
  if (self == NULL)
    return;
  hide (self);
  g_free (self->going);
  g_free (self->url);
  g_free (self->pin);
  g_free (self);
}

/* Having gone */

const char *
bg_hub_move_get_url (BgHubMove *self)
{
  return self->url;
}

const char *
bg_hub_move_get_pin (BgHubMove *self)
{
  return self->pin;
}

static void
write_setting (BgHubMove *self, const char *key, const char *value)
{
  bg_hub_writer_put (self->writer, bg_hub_change_of_setting (key, value));
}

void
bg_hub_move_begin_going (BgHubMove *self, const char *url, const char *pin)
{
  hide (self);
  g_free (self->going);
  self->going = g_strconcat (url, " ", pin, NULL);
  write_setting (self, GONE, self->going);
}

gboolean
bg_hub_move_is_going (BgHubMove *self)
{
  return self->going != NULL;
}

/* Whoever was sent away by a hub that forgot it would not be sent back. */
gboolean
bg_hub_move_end_going (BgHubMove *self, gboolean is_written)
{
  g_autofree char *going = g_steal_pointer (&self->going);

  if (going == NULL)
    return FALSE;
  if (!is_written)
    {
      write_setting (self, GONE, "");
      return FALSE;
    }
  read_gone (self, going);
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "the network has moved to %s: devices are sent there",
          self->url);
  return TRUE;
}

/* Being read */

void
bg_hub_move_show (BgHubMove *self, GPtrArray *rows, char *digest, gint64 now)
{
  hide (self);
  self->rows = rows;
  self->digest = digest;
  self->freezes = !self->is_unused;
  self->until = now + (gint64) BG_HUB_FREEZE_S * G_USEC_PER_SEC;
}

static gboolean
is_shown (BgHubMove *self, gint64 now)
{
  if (self->rows != NULL && now >= self->until)
    hide (self);
  return self->rows != NULL;
}

gboolean
bg_hub_move_is_frozen (BgHubMove *self, gint64 now)
{
  return self->going != NULL || (is_shown (self, now) && self->freezes);
}

GPtrArray *
bg_hub_move_look (BgHubMove *self, gint64 now, const char **digest)
{
  if (!is_shown (self, now))
    return NULL;
  self->until = now + (gint64) BG_HUB_FREEZE_S * G_USEC_PER_SEC;
  *digest = self->digest;
  return self->rows;
}

/* Having come */

void
bg_hub_move_arrive (BgHubMove *self)
{
  hide (self);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->pin, g_free);
  self->is_unused = TRUE;
}

void
bg_hub_move_add_arrival (BgHubRows *rows)
{
  bg_hub_rows_add_setting (rows, GONE, "");
  bg_hub_rows_add_setting (rows, ARRIVED, YES);
}

gboolean
bg_hub_move_is_unused (BgHubMove *self)
{
  return self->is_unused;
}

void
bg_hub_move_use (BgHubMove *self)
{
  if (!self->is_unused)
    return;
  self->is_unused = FALSE;
  write_setting (self, ARRIVED, NO);
}
