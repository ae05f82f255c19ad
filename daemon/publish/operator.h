/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The endpoints that a cloud account binds to this machine: a source of endpoints (endpoint-source.h) that registers this machine once,
 * keeps its certificate young, and asks for the list again and again. It forwards nothing: whoever does reads the identity and where
 * the ingress is. Main thread only.
 * Signals: "changed" of its interface; "ingress-changed" where identity or place of the ingress is another. */

#include "publish/endpoint-source.h"
#include "publish/tls-identity.h"
#include "publish/operator-pace.h"

G_BEGIN_DECLS

#define BG_TYPE_OPERATOR (bg_operator_get_type ())
G_DECLARE_FINAL_TYPE (BgOperator, bg_operator, BG, OPERATOR, GObject)

typedef struct
{
  const char *name;             /* as a source: "ngrok" */
  const char *directory;        /* where it keeps what it has */
  const char *certificate, *key; /* paths; NULL: tls.crt and tls.key in `directory` */
  const char *description;      /* of this machine, for who looks at the account; NULL: none */
  const char *api_url;          /* NULL: BG_API_URL_DEFAULT */
  const char *ingress;          /* NULL: as the account says */
  const char *const *selectors; /* NULL: all endpoints */
  GProxyResolver *proxies;      /* for the API; NULL: straight */
  const BgOperatorTiming *timing; /* NULL: bg_operator_timing */
  GHashTable *answers;          /* where the API's are counted (bg_operator_api_count()), for as long as it lives; NULL: nowhere */
} BgOperatorOptions;

/* Reads what an earlier run has left, and asks nobody yet. BG_ERROR_INVALID_ARGUMENT for what cannot be an API or an ingress. */
BgOperator *bg_operator_new (const BgOperatorOptions *options, GError **error);
/* Other settings while it runs; `name`, `directory`, `certificate` and `key` stay as they were. FALSE: nothing has changed. */
gboolean bg_operator_configure (BgOperator *self, const BgOperatorOptions *options, GError **error);

/* The account's API key (copied), or NULL: none any more. It is asked at once. A key that cannot be one is none. */
void bg_operator_set_api_key (BgOperator *self, const char *api_key);
/* Asks the account whether it takes `api_key`, and keeps nothing. FALSE with why not: BG_ERROR_INVALID_ARGUMENT, BG_ERROR_NOT_AUTHORIZED,
 * BG_ERROR_SERVICE. */
void bg_operator_check_api_key_async (BgOperator *self, const char *api_key, GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
/* TRUE: it does. */
gboolean bg_operator_check_api_key_finish (GAsyncResult *result, GError **error);

/* Asks for the list now, whatever it waits for. */
void bg_operator_refresh (BgOperator *self);
/* Asks for another certificate now. */
void bg_operator_renew (BgOperator *self);
/* The ingress hung up several times: what the account says of this machine is read again, and where its certificate there is another one
 * than here, a new one is asked for. */
void bg_operator_suspect (BgOperator *self);
/* Takes this machine out of the account, forgets API key, certificate and endpoints, and rests until there is a key again. TRUE too
 * where the account did not know it. FALSE: nothing is forgotten; BG_ERROR_SERVICE, BG_ERROR_NOT_AUTHORIZED, BG_ERROR_WRONG_STATE
 * (without an API key, or while it does so already). */
void bg_operator_unregister_async (BgOperator *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* TRUE: it is out. */
gboolean bg_operator_unregister_finish (GAsyncResult *result, GError **error);

/* With what it shows itself to an ingress; borrowed; NULL: nothing yet. */
BgTlsIdentity *bg_operator_get_identity (BgOperator *self);
/* Where the ingress is: as the settings say, else the account, else BG_INGRESS_DEFAULT_HOST. `*host` is borrowed. */
void bg_operator_get_ingress (BgOperator *self, const char **host, guint16 *port);
/* The account's name for this machine; borrowed; NULL: none. */
const char *bg_operator_get_id (BgOperator *self);
/* When the list was read last, Unix seconds; 0: not since the start. */
gint64 bg_operator_get_polled_at (BgOperator *self);

G_END_DECLS
