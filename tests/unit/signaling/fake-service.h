/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* A hub in this process, which can be told to misbehave. */

typedef enum
{
  FAKE_HUB,           /* answers a join with an empty list */
  FAKE_STATUS,        /* answers /connect with `status` and some HTML */
  FAKE_HANG,          /* takes the request and says nothing */
  FAKE_CLOSE_AT_ONCE, /* upgrades and closes */
  FAKE_SILENT,        /* upgrades and never answers the join */
} FakeMode;

typedef struct _FakeService FakeService;
struct _FakeService
{
  SoupServer *server;
  guint16 port;
  char *url; /* of /connect */
  FakeMode mode;
  guint status;
  const char *body, *retry_after; /* for other paths, with `status` */
  void (*prepare) (FakeService *self); /* sets them for the request that has come; NULL */
  gpointer data;
  const char *heartbeat;          /* header of the upgrade; NULL: none */
  gboolean has_devices;           /* the same */

  guint requests, joins, closed;
  GPtrArray *sockets; /* SoupWebsocketConnection, oldest first, also closed ones */
  char *last_frame, *last_path, *last_method, *last_body;
  char *authorization, *origin, *extensions, *public_key; /* of the last request */
  SoupServerMessage *hanging;
  SoupServerMessage *in_handshake; /* the newest whose TLS handshake goes on; weak */
};

/* `certificate` NULL: plain. `port` 0: any. */
FakeService *fake_service_new (guint16 port, GTlsCertificate *certificate);
/* The same on ::1; NULL where this machine has no IPv6. */
FakeService *fake_service_new_ipv6 (GTlsCertificate *certificate);
void fake_service_free (FakeService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeService, fake_service_free)
/* To the newest socket. */
void fake_service_send (FakeService *service, const char *text);
SoupWebsocketConnection *fake_service_newest (FakeService *service);

/* Runs the main context until `condition`; meson's time limit ends what never comes. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END
