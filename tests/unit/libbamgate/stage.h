/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A private bus with one or two services on it that answer whatever a test wants, right or wrong. They answer in GDBus's own
 * thread, so that a client may block on them. */

#include <gio/gio.h>

#include "bamgate.h"

#define STAGE_NAME "org.bamgate.Tunnel1"
#define STAGE_PATH "/org/bamgate/Tunnel1"
#define STAGE_PEER "org.bamgate.Tunnel1.Peer"
#define STAGE_MANAGER "org.freedesktop.DBus.ObjectManager"
#define STAGE_PROPERTIES "org.freedesktop.DBus.Properties"

typedef struct
{
  GDBusConnection *connection;
  GMutex           lock;    /* for what follows */
  GHashTable      *answers; /* method → GVariant, the answer's tuple; none: UnknownMethod, "silent" (s): none ever */
  GPtrArray       *calls;   /* "Method (parameters)" */
} StageService;

typedef struct
{
  GTestDBus       *bus;
  GDBusConnection *mine; /* the client's */
  StageService    *service;
} Stage;

void stage_set_up    (Stage *self, gconstpointer data);
void stage_tear_down (Stage *self, gconstpointer data);

/* Without the name yet. */
StageService *stage_service_new         (Stage *self);
void          stage_service_free        (StageService *self);
/* Has it, also from somebody else who allows that, as all of these do. */
void          stage_service_take_name   (StageService *self);
void          stage_service_drop_name   (StageService *self);
/* A floating `answer` is taken; NULL: there is no such method. */
void          stage_service_answer      (StageService *self, const char *method, GVariant *answer);
void          stage_service_answer_text (StageService *self, const char *method, const char *answer);
guint         stage_service_count_calls (StageService *self, const char *call);
/* `parameters` in GVariant's text. */
void          stage_service_emit        (StageService *self, const char *path, const char *interface, const char *signal,
                                         const char *parameters);
/* The answer of an ordinary daemon with these peers. */
void          stage_service_set_peers   (StageService *self, const char *const *ids);
void          stage_service_add_peer    (StageService *self, const char *id);
void          stage_service_remove_peer (StageService *self, const char *id);
char         *stage_peer_path           (const char *id);

GDBusConnection *stage_connect (Stage *self);
BamgateClient   *stage_client  (Stage *self);
/* All that was sent before has arrived at the client, and been dispatched. */
void stage_settle (Stage *self);
void stage_wait   (gboolean (*done) (gpointer), gpointer data);
/* Names of the list, with spaces in between. */
char *stage_names (BamgateClient *client);
