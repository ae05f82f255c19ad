/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What runs elsewhere and is to be had on this machine (docs/services.md), as the bus says it: the endpoints, who wants them, and the account that binds
 * some of them. Whether the tunnel is up does not matter. Main thread only. */

#include "app/application.h"
#include "publish/door-tally.h"
#include "publish/ingress-tally.h"

G_BEGIN_DECLS

#define BG_TYPE_ENDPOINTS (bg_endpoints_get_type ())
G_DECLARE_FINAL_TYPE (BgEndpoints, bg_endpoints, BG, ENDPOINTS, GObject)

/* Those of an application; borrowed, as long as that lives. Signal: "changed" (): anything that bg_endpoints_look() or bg_endpoints_look_source() gives but
 * counters. It comes from the main loop, once for all that changed meanwhile. */
BgEndpoints *bg_application_get_endpoints (BgApplication *self);

typedef enum
{
  BG_CONDITION_LISTENING, /* "listening": programs of this machine, or whoever it is for, can connect */
  BG_CONDITION_CONNECTED, /* "connected": there is a way on from here, and the ingress did not hang up on the last connections */
  BG_CONDITION_READY,     /* "ready": both, and who wants the endpoint was heard of lately */
  BG_CONDITIONS,
} BgConditionKind;

const char *bg_condition_name (BgConditionKind kind);

typedef struct
{
  gboolean holds;
  const BgWords *reason; /* why not; where it holds, what is not as it should be; NULL */
  gint64 since_us;       /* it holds, or does not, real µs */
} BgCondition;

/* One of them; all is borrowed, until the next one is looked at. */
typedef struct
{
  const char *key;         /* "db.prod:5432", by which it is known as long as it is there; of one that is refused its url */
  const char *host;        /* "" where it is refused */
  guint16     port;        /* 0 then */
  const char *scheme;      /* "http", "https", "tls", "tcp"; "" then */
  const char *url;         /* as people read it */
  const char *const *ids;  /* at the source; several where that pools them */
  const char *source;      /* bg_endpoints_look_source()'s name */
  const char *mode;        /* as publish.listen: "virtual", "all", an address or an interface */
  const char *const *addresses; /* where it listens; empty: nowhere */
  guint16     listen_port; /* 0 then */
  gboolean    is_local;    /* to this machine alone */
  gboolean    is_named;    /* `host` leads there */
  BgCondition conditions[BG_CONDITIONS];
} BgEndpointInfo;

guint bg_endpoints_count (BgEndpoints *self);
/* In the order of names and ports, those that are refused last. */
void  bg_endpoints_look (BgEndpoints *self, guint i, BgEndpointInfo *info);
/* By its key. FALSE: it is gone. */
gboolean bg_endpoints_find (BgEndpoints *self, const char *key, BgEndpointInfo *info);
/* Since the endpoint came, up to now. FALSE: it is gone. */
gboolean bg_endpoints_read_counters (BgEndpoints *self, const char *key, BgDoorCounters *counters);

/* Who wants endpoints here; borrowed likewise. */
typedef struct
{
  const char    *name;        /* "ngrok": of the account */
  const char    *state;       /* "waiting-for-key", "registering", "running", "degraded", "unauthorized", "draining" */
  const BgWords *reason;      /* why it is not running; NULL */
  const char    *id;          /* the account's name for this machine, "" for none */
  const char    *ingress;     /* "host:port", "" for none */
  gboolean       has_api_key;
  gint64         certificate_ends_at; /* Unix seconds; 0: there is none */
  gint64         polled_at;   /* when its list was read last, Unix seconds; 0: not since the start */
} BgEndpointSourceInfo;

/* Since the daemon began. */
typedef struct
{
  BgIngressCounters ingress;
  GHashTable *answers; /* of its API, as of bg_operator_api_count(); borrowed */
} BgEndpointSourceCounters;

guint bg_endpoints_count_sources (BgEndpoints *self);
void  bg_endpoints_look_source (BgEndpoints *self, guint i, BgEndpointSourceInfo *info);
void  bg_endpoints_read_source_counters (BgEndpoints *self, guint i, BgEndpointSourceCounters *counters);

/* The API key of the account, once the account has taken it: what was there stays otherwise. It is kept among the secrets. BG_ERROR_INVALID_ARGUMENT,
 * BG_ERROR_NOT_AUTHORIZED (the account does not take it), BG_ERROR_SERVICE (it does not answer), BG_ERROR_FAILED (it cannot be kept), BG_ERROR_WRONG_STATE (too many were tried). */
void     bg_application_set_api_key_async  (BgApplication *self, const char *api_key, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_set_api_key_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Forgets it; this machine stays in the account, and the endpoints that stand go on. Fine where there is none. */
gboolean bg_application_clear_api_key (BgApplication *self, GError **error);
/* Takes this machine out of the account, with its endpoints and the API key. BG_ERROR_SERVICE, BG_ERROR_NOT_AUTHORIZED, BG_ERROR_WRONG_STATE; nothing is
 * forgotten then. */
void     bg_application_unregister_async  (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_unregister_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Asks for the list now; registers now where that waits for another attempt. BG_ERROR_WRONG_STATE without an API key. */
gboolean bg_application_refresh_endpoints (BgApplication *self, GError **error);
/* Asks for another certificate now. BG_ERROR_WRONG_STATE without an API key. */
gboolean bg_application_renew_certificate (BgApplication *self, GError **error);
/* Where endpoints of this name are to be had, or the one at this port alone: `key` "db.prod" or "db.prod:5432", `mode` as publish.listen, "" for as the
 * others. Saved as a setting (publish.listen-each), for endpoints that are not there too. BG_ERROR_INVALID_ARGUMENT. */
gboolean bg_application_set_endpoint_mode (BgApplication *self, const char *key, const char *mode, GError **error);

G_END_DECLS
