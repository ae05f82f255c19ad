/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/dns-stream.h"

#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LENGTH_LEN 2

/* Read in one go; then others have their turn. */
#define READ_LEN 4096

struct _BgDnsStream
{
  int fd;
  gsize max;
  const BgDnsStreamEvents *events;
  gpointer owner;
  GByteArray *in, *out;
  GSource *readable, *writable, *resume, *failed;
  gboolean is_handing_out; /* a message; who frees the stream meanwhile does it behind that */
  gboolean is_gone;
};

static gboolean
is_only_late (int error)
{
  return error == EAGAIN || error == EINTR;
}

/* --- Out --- */

static gboolean on_writable (int fd, GIOCondition condition, gpointer data);

static gboolean
on_failed (gpointer data)
{
  BgDnsStream *self = data;

  bg_source_drop (&self->failed);
  self->events->ended (self->owner);
  return G_SOURCE_REMOVE;
}

static void
fail_later (BgDnsStream *self)
{
  bg_source_drop (&self->readable);
  bg_source_drop (&self->writable);
  bg_source_drop (&self->resume);
  if (!self->failed)
    self->failed = bg_source_attach (g_idle_source_new (), on_failed, self);
}

/* FALSE where the connection is over. */
static gboolean
write_some (BgDnsStream *self)
{
  ssize_t n = send (self->fd, self->out->data, self->out->len, MSG_NOSIGNAL);

  if (n < 0)
    return is_only_late (errno);
  g_byte_array_remove_range (self->out, 0, (guint) n);
  return TRUE;
}

static void
flush (BgDnsStream *self)
{
  if (self->failed)
    return;
  if (!write_some (self) || self->out->len > BG_DNS_STREAM_MAX_UNSENT)
    fail_later (self);
  else if (self->out->len > 0 && !self->writable)
    self->writable = bg_source_attach (g_unix_fd_source_new (self->fd, G_IO_OUT),
                                       G_SOURCE_FUNC (on_writable), self);
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer data)
{
  BgDnsStream *self = data;

  bg_source_drop (&self->writable);
  flush (self);
  return G_SOURCE_REMOVE;
}

void
bg_dns_stream_send (BgDnsStream *self, GBytes *message)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (message, &len);
  const guint8 length[LENGTH_LEN] = { (guint8) (len >> 8), (guint8) len };

  g_return_if_fail (len <= G_MAXUINT16);
  g_byte_array_append (self->out, length, sizeof length);
  g_byte_array_append (self->out, data, (guint) len);
  flush (self);
}

/* --- In --- */

/* The length of the first message; 0: not known yet, and none has it. */
static gsize
first_length (const BgDnsStream *self)
{
  return self->in->len < LENGTH_LEN ? 0 : (gsize) self->in->data[0] << 8 | self->in->data[1];
}

/* FALSE where the stream is gone. */
static gboolean
hand_out (BgDnsStream *self, gsize len)
{
  g_autofree guint8 *message = g_memdup2 (self->in->data + LENGTH_LEN, len);

  g_byte_array_remove_range (self->in, 0, (guint) (LENGTH_LEN + len));
  self->is_handing_out = TRUE;
  self->events->message (self->owner, message, len);
  self->is_handing_out = FALSE;
  if (!self->is_gone)
    return TRUE;
  bg_dns_stream_free (self);
  return FALSE;
}

/* Nothing in a stream is behind an impossible length. */
static void
hand_out_all (BgDnsStream *self)
{
  while (!self->failed && self->readable && self->in->len >= LENGTH_LEN)
    {
      gsize len = first_length (self);

      if (len == 0 || len > self->max)
        fail_later (self);
      else if (self->in->len < LENGTH_LEN + len || !hand_out (self, len))
        return;
    }
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  BgDnsStream *self = data;
  guint8 bytes[READ_LEN];
  ssize_t n = recv (self->fd, bytes, sizeof bytes, 0);

  if (n == 0 || (n < 0 && !is_only_late (errno)))
    fail_later (self);
  if (n <= 0)
    return G_SOURCE_CONTINUE;
  g_byte_array_append (self->in, bytes, (guint) n);
  hand_out_all (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_resume (gpointer data)
{
  BgDnsStream *self = data;

  bg_source_drop (&self->resume);
  hand_out_all (self);
  return G_SOURCE_REMOVE;
}

void
bg_dns_stream_set_paused (BgDnsStream *self, gboolean paused)
{
  if (self->failed || paused == (self->readable == NULL))
    return;
  if (paused)
    {
      bg_source_drop (&self->readable);
      bg_source_drop (&self->resume);
      return;
    }
  self->readable = bg_source_attach (g_unix_fd_source_new (self->fd, G_IO_IN),
                                     G_SOURCE_FUNC (on_readable), self);
  if (self->in->len > 0)
    self->resume = bg_source_attach (g_idle_source_new (), on_resume, self);
}

BgDnsStream *
bg_dns_stream_new (int fd, gsize max, const BgDnsStreamEvents *events, gpointer owner)
{
  BgDnsStream *self = g_new0 (BgDnsStream, 1);

  self->fd = fd;
  self->max = max;
  self->events = events;
  self->owner = owner;
  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  bg_dns_stream_set_paused (self, FALSE);
  return self;
}

void
bg_dns_stream_free (BgDnsStream *self)
{
  if (!self)
    return;
  if (self->is_handing_out)
    {
      self->is_gone = TRUE;
      return;
    }
  bg_source_drop (&self->readable);
  bg_source_drop (&self->writable);
  bg_source_drop (&self->resume);
  bg_source_drop (&self->failed);
  close (self->fd);
  g_byte_array_unref (self->in);
  g_byte_array_unref (self->out);
  g_free (self);
}
