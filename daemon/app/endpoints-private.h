/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of a BgEndpoints. endpoints.c: its parts, and how long they live; endpoints-look.c: what is to be seen of them. */

#include "app/endpoint-hosts-file.h"
#include "app/endpoints.h"
#include "ground/ground.h"
#include "ground/ingress-route.h"
#include "publish/endpoint-set.h"
#include "publish/operator.h"

typedef struct _BgEndpointNotes BgEndpointNotes;

struct _BgEndpoints
{
  GObject parent;
  char *directory, *runtime_dir, *dns_socket, *hosts_path;
  char *(*dup_suffix) (gpointer owner);
  gpointer owner;
  BgForwardingEngine *engine; /* the owner's */
  BgConfig *config;

  BgIngressTally *tally; /* of all ways that there were; */
  GHashTable *answers;   /* and of the API's, bg_operator_api_count() */

  int lock_fd; /* -1: not taken */
  BgOperator *account;
  gboolean has_api_key;
  BgIngressRoute *route;
  BgGround *ground;
  BgEndpointSet *set;
  BgEndpointHostsFile *hosts_file;

  BgEndpointNotes *notes;
  BgWords *hangs_up; /* the ingress does, since `calm` was armed; NULL: it does not */
  GSource *calm, *announcing, *finishing, *moving, *again;
  gboolean is_over; /* the daemon ends */
  GTask *stopper;   /* waits for the last connection; NULL: nobody does */
};

/* Takes note of what is so, and tells it from the main loop. */
void bg_endpoints_announce (BgEndpoints *self);

/* endpoints-look.c: what is remembered of each endpoint beside what the set has. */
BgEndpointNotes *bg_endpoint_notes_new (void);
void bg_endpoint_notes_free (BgEndpointNotes *notes);
/* The set stands as it stands: new doors are known, since when conditions hold, and what is gone is forgotten. */
void bg_endpoints_take_note (BgEndpoints *self);
/* This door has carried its last connection. */
void bg_endpoints_note_drained (BgEndpoints *self, guint64 door);
/* How many doors were opened and have not drained. */
guint bg_endpoints_count_doors (BgEndpoints *self);
