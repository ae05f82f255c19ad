/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* One WebSocket client of very many in one thread, as cheap as can be: it blocks nowhere, masks with zeros, and only counts
 * what it does not need. Over 127.0.0.1, without TLS. */

typedef struct _LoadSocket LoadSocket;

typedef struct
{
  void (*on_open) (LoadSocket *socket);
  void (*on_lost) (LoadSocket *socket); /* it may be dialled again */
  void (*on_text) (LoadSocket *socket, const char *text, gsize len); /* one frame, with a NUL behind it */
} LoadSocketOps;

struct _LoadSocket
{
  const LoadSocketOps *ops;
  guint number; /* the owner's */
  guint known;  /* the owner's: devices that it was told of */
  guint sent;   /* the owner's: frames */
  guint partner; /* the owner's */
  int fd;        /* -1: none */
  gboolean is_open;
  gboolean is_listed; /* the owner's: it joined */
  GByteArray *in, *out;
};

extern guint64 load_frames, load_bytes; /* received by all */

/* Begins to connect; what it is to say first, in HTTP, is `request`. */
void load_socket_dial (LoadSocket *self, guint16 port, const char *request);
/* Queues a text frame, and sends it if that can be. */
void load_socket_say (LoadSocket *self, const char *text, gsize len);
/* Cuts the line. */
void load_socket_cut (LoadSocket *self);
/* Waits for anything to happen to any of them, and deals with it. FALSE: nothing did within that time. */
gboolean load_sockets_turn (int timeout_ms);
