/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/names-connection.h"

#include "names/dns-message.h"
#include "names/dns-stream.h"
#include "common/source.h"

struct _BgNamesConnection
{
  grefcount refs;      /* of its owner, and of each question that waits */
  BgDnsStream *stream; /* NULL: it is closed */
  guint n_waiting, max_waiting, idle_ms;
  const BgNamesConnectionEvents *events;
  gpointer owner;
  GSource *idle, *rest;
};

static gboolean
on_idle (gpointer data)
{
  BgNamesConnection *self = data;

  bg_source_drop (&self->idle);
  self->events->ended (self->owner, self);
  return G_SOURCE_REMOVE;
}

/* Reads while it may, and waits for the end while nothing else is to be done. */
static void
update (BgNamesConnection *self)
{
  if (!self->stream)
    return;
  bg_dns_stream_set_paused (self->stream, self->rest || self->n_waiting >= self->max_waiting);
  if (self->n_waiting > 0)
    bg_source_drop (&self->idle);
  else
    bg_source_arm (&self->idle, self->idle_ms, on_idle, self);
}

static void
on_message (gpointer owner, const guint8 *data, gsize len)
{
  BgNamesConnection *self = owner;

  g_ref_count_inc (&self->refs);
  self->n_waiting++;
  update (self);
  self->events->question (self->owner, self, data, len);
}

static void
on_ended (gpointer owner)
{
  BgNamesConnection *self = owner;

  self->events->ended (self->owner, self);
}

static const BgDnsStreamEvents stream_events = { on_message, on_ended };

static void
unref (BgNamesConnection *self)
{
  if (g_ref_count_dec (&self->refs))
    g_free (self);
}

void
bg_names_connection_answer (BgNamesConnection *self, GBytes *reply)
{
  self->n_waiting--;
  if (self->stream && reply)
    bg_dns_stream_send (self->stream, reply);
  update (self);
  unref (self);
}

static gboolean
on_rested (gpointer data)
{
  BgNamesConnection *self = data;

  bg_source_drop (&self->rest);
  update (self);
  return G_SOURCE_REMOVE;
}

void
bg_names_connection_rest (BgNamesConnection *self, guint ms)
{
  if (!self->stream)
    return;
  bg_source_arm (&self->rest, ms, on_rested, self);
  update (self);
}

gboolean
bg_names_connection_is_idle (const BgNamesConnection *self)
{
  return self->n_waiting == 0;
}

BgNamesConnection *
bg_names_connection_new (int fd, guint max_waiting, guint idle_ms,
                         const BgNamesConnectionEvents *events, gpointer owner)
{
  BgNamesConnection *self = g_new0 (BgNamesConnection, 1);

  g_ref_count_init (&self->refs);
  self->max_waiting = max_waiting;
  self->idle_ms = idle_ms;
  self->events = events;
  self->owner = owner;
  self->stream = bg_dns_stream_new (fd, BG_DNS_QUERY_MAX, &stream_events, self);
  update (self);
  return self;
}

void
bg_names_connection_close (BgNamesConnection *self)
{
  bg_source_drop (&self->idle);
  bg_source_drop (&self->rest);
  g_clear_pointer (&self->stream, bg_dns_stream_free);
  unref (self);
}
