/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum
{
  CHUNK = 256 * 1024,
  EVENTS = 256,
  SHORT = 126,
  TEXT = 0x81,
  PING = 0x89,
  PONG = 0x8A,
  MASKED = 0x80,
  MASK_LEN = 4,
};

guint64 load_frames, load_bytes;

static int
poller (void)
{
  static int fd = -1;

  if (fd < 0)
    fd = epoll_create1 (EPOLL_CLOEXEC);
  return fd;
}

static void
watch (LoadSocket *self, int how, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = self };

  if (epoll_ctl (poller (), how, self->fd, &event) != 0)
    g_error ("epoll: %s", g_strerror (errno));
}

static void
lose (LoadSocket *self)
{
  load_socket_cut (self);
  self->ops->on_lost (self);
}

/* Out */

static void
flush (LoadSocket *self)
{
  gssize n = send (self->fd, self->out->data, self->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0 && errno != EAGAIN)
    {
      lose (self);
      return;
    }
  if (n > 0)
    g_byte_array_remove_range (self->out, 0, (guint) n);
  watch (self, EPOLL_CTL_MOD, EPOLLIN | (self->out->len > 0 ? EPOLLOUT : 0));
}

static void
put_header (LoadSocket *self, guint8 opcode, gsize len)
{
  guint8 header[] = { opcode, MASKED | (guint8) MIN (len, SHORT), (guint8) (len >> 8),
                      (guint8) len };
  static const guint8 mask[MASK_LEN];

  g_byte_array_append (self->out, header, len < SHORT ? 2 : 4);
  g_byte_array_append (self->out, mask, sizeof mask);
}

static void
say (LoadSocket *self, guint8 opcode, gconstpointer payload, gsize len)
{
  gboolean is_idle = self->out->len == 0;

  put_header (self, opcode, len);
  g_byte_array_append (self->out, payload, (guint) len);
  if (is_idle)
    flush (self);
}

void
load_socket_say (LoadSocket *self, const char *text, gsize len)
{
  say (self, TEXT, text, len);
}

/* In */

static void
take_frame (LoadSocket *self, guint8 opcode, guint8 *payload, gsize len)
{
  guint8 behind = payload[len];

  load_frames++;
  if (opcode == PING)
    say (self, PONG, payload, len);
  if (opcode != TEXT)
    return; /* behind a goodbye the line ends */
  payload[len] = '\0';
  self->ops->on_text (self, (char *) payload, len);
  payload[len] = behind;
}

/* The bytes of the first frame, with its header; 0: it is not whole. Servers do not mask. */
static gsize
frame_at (guint8 *at, gsize have, guint8 **payload, gsize *len)
{
  gsize header = have >= 2 && at[1] >= SHORT ? 4 : 2;

  if (have < header)
    return 0;
  *len = header == 2 ? at[1] : (gsize) at[2] << 8 | at[3];
  *payload = at + header;
  return have >= header + *len ? header + *len : 0;
}

static void
take_frames (LoadSocket *self)
{
  gsize done = 0, whole, len;
  guint8 *payload;

  g_byte_array_set_size (self->in, self->in->len + 1); /* a place for a NUL */
  while ((whole = frame_at (self->in->data + done, self->in->len - 1 - done, &payload, &len)) > 0)
    {
      take_frame (self, self->in->data[done], payload, len);
      done += whole;
    }
  g_byte_array_set_size (self->in, self->in->len - 1);
  g_byte_array_remove_range (self->in, 0, (guint) done);
}

static void
take_answer (LoadSocket *self)
{
  const char *end = g_strstr_len ((char *) self->in->data, self->in->len, "\r\n\r\n");

  if (end == NULL)
    return;
  if (!g_str_has_prefix ((char *) self->in->data, "HTTP/1.1 101"))
    {
      lose (self);
      return;
    }
  g_byte_array_remove_range (self->in, 0, (guint) (end + 4 - (char *) self->in->data));
  self->is_open = TRUE;
  self->ops->on_open (self);
}

static void
read_some (LoadSocket *self)
{
  static guint8 chunk[CHUNK];
  gssize n = recv (self->fd, chunk, sizeof chunk, MSG_DONTWAIT);

  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    {
      lose (self);
      return;
    }
  load_bytes += (guint64) n;
  g_byte_array_append (self->in, chunk, (guint) n);
  if (!self->is_open)
    take_answer (self);
  if (self->fd >= 0 && self->is_open)
    take_frames (self);
}

/* Life */

void
load_socket_dial (LoadSocket *self, guint16 port, const char *request)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int on = 1;

  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  self->is_open = self->is_listed = FALSE;
  self->known = self->sent = 0;
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0
      || (connect (self->fd, (struct sockaddr *) &address, sizeof address) != 0
          && errno != EINPROGRESS))
    g_error ("socket %u: %s", self->number, g_strerror (errno));
  setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  g_byte_array_append (self->out, (const guint8 *) request, (guint) strlen (request));
  watch (self, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void
load_socket_cut (LoadSocket *self)
{
  if (self->fd < 0)
    return;
  close (self->fd);
  self->fd = -1;
  g_byte_array_unref (self->in);
  g_byte_array_unref (self->out);
}

gboolean
load_sockets_turn (int timeout_ms)
{
  struct epoll_event events[EVENTS];
  int n = epoll_wait (poller (), events, EVENTS, timeout_ms);

  for (int i = 0; i < n; i++)
    {
      LoadSocket *self = events[i].data.ptr;

      if (events[i].events & EPOLLOUT)
        flush (self);
      if (self->fd >= 0 && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        read_some (self);
    }
  return n > 0;
}
