/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Objects of one interface below the tunnel, as a list that can be watched, in an order of its own. Private. */

#include "bamgate-client.h"

G_BEGIN_DECLS

typedef struct
{
  const char *interface;
  GType (*type) (void);                                      /* a BamgateBusObject */
  int (*compare) (gconstpointer a, gconstpointer b);         /* of two objects */
  const char *renamed;                                       /* notified where its place is another; NULL: never */
  void (*added) (BamgateClient *client, gpointer object);    /* may be NULL, as the next */
  void (*removed) (BamgateClient *client, gpointer object);
} BamgateObjectKind;

typedef struct
{
  const BamgateObjectKind *kind;
  BamgateClient *client; /* whose it is */
  GListStore *store;
  GHashTable *by_path;
} BamgateObjectList;

void bamgate_object_list_init  (BamgateObjectList *self, const BamgateObjectKind *kind, BamgateClient *client);
void bamgate_object_list_finish (BamgateObjectList *self);

/* What the bus says: `objects` is a{oa{sa{sv}}}, `interfaces` a{sa{sv}}. What has another interface is left alone. */
void bamgate_object_list_set    (BamgateObjectList *self, GVariant *objects);
void bamgate_object_list_clear  (BamgateObjectList *self);
void bamgate_object_list_add    (BamgateObjectList *self, const char *path, GVariant *interfaces);
void bamgate_object_list_change (BamgateObjectList *self, const char *path, GVariant *changed, const char *const *invalidated);
void bamgate_object_list_remove (BamgateObjectList *self, const char *path);

/* As they are now; (transfer container). */
GPtrArray *bamgate_object_list_copy (BamgateObjectList *self);

G_END_DECLS
