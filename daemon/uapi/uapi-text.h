/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The text of the WireGuard cross-platform configuration protocol (wireguard.com/xplatform): "key=value" lines up to an empty
 * one. Pure functions; strict: an unknown key or a bad value refuses the whole request. Error
 * numbers are positive here. */

#include "dataplane/dataplane.h"

#include <glib.h>

G_BEGIN_DECLS

/* Largest request, final empty line included: some fifty thousand peers. */
#define BG_UAPI_MAX_REQUEST (16 * 1024 * 1024)

typedef enum
{
  BG_UAPI_GET,
  BG_UAPI_SET,
} BgUapiOperation;

/* What a set request says about one peer. */
typedef struct
{
  WgKey key;
  gboolean remove, update_only, replace_allowed_ips;
  gboolean has_psk, has_endpoint, has_keepalive;
  WgKey psk; /* all zero: none */
  BgEndpoint endpoint;
  guint16 keepalive;
  GArray *allowed_ips;   /* BgAllowedIp to add, masked */
  GArray *withdrawn_ips; /* BgAllowedIp, written with a leading '-' */
} BgUapiPeer;

typedef struct
{
  BgUapiOperation operation;
  gboolean has_private_key, has_listen_port, has_fwmark, replace_peers;
  WgKey private_key;
  guint16 listen_port;
  guint32 fwmark;
  GPtrArray *peers; /* BgUapiPeer, in order */
} BgUapiRequest;

/* Wipes keys. */
void bg_uapi_request_free (BgUapiRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgUapiRequest, bg_uapi_request_free)

/* Bytes of the first whole request in `text`, its empty line included; 0 where that has not come yet. It is known not to
 * end within the first `searched` bytes. */
gsize bg_uapi_request_length (const char *text, gsize len, gsize searched);

/* Reads one whole request. NULL with `*code` = EINVAL (a bad line), EPROTO (neither get=1 nor set=1) or EMSGSIZE. */
BgUapiRequest *bg_uapi_request_parse (const char *text, gsize len, int *code);

/* The answer to get=1. Holds secrets: free with bg_uapi_text_free(). A zero key or port is left out; mesh peers have no
 * endpoint, because ICE keeps it. */
char *bg_uapi_format_device (const WgKey *private_key, guint16 listen_port,
                             const BgPeerStats *peers, guint n_peers);
/* What the (perhaps broken) request at `text` asks for, so that its refusal can be written. */
BgUapiOperation bg_uapi_request_operation (const char *text, gsize len);
/* The answer to set=1, and to all that failed. wg(8) wants the error number of a set negative and that of a get positive. */
char *bg_uapi_format_result (BgUapiOperation operation, int code);
/* Wipes, then frees. */
void bg_uapi_text_free (char *text);

G_END_DECLS
