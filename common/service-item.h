/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one item of the services that a machine offers says (docs/protocol.md): "web 8080 http". */

#include <glib.h>

G_BEGIN_DECLS

#define BG_SERVICE_LABEL_MAX 63

typedef enum
{
  BG_SERVICE_TCP,  /* "tcp" */
  BG_SERVICE_UDP,  /* "udp" */
  BG_SERVICE_HTTP, /* "http": by TCP */
} BgServiceProtocol;

typedef struct
{
  char    name[BG_SERVICE_LABEL_MAX + 1];
  guint16 port;
  BgServiceProtocol protocol;
} BgServiceItem;

/* A label of the DNS: 1 to 63 letters in lower case, digits and “-”, with a letter or digit at both ends. */
gboolean bg_service_name_is_valid (const char *name);
/* NAME PORT PROTOCOL, with one blank between them; FALSE where it is none, or of a protocol that nobody here knows. */
gboolean bg_service_item_parse (const char *text, BgServiceItem *out);
/* The other way round. Free with g_free(). */
char *bg_service_item_format (const BgServiceItem *item);
/* "tcp", "udp", "http". */
const char *bg_service_protocol_name (BgServiceProtocol protocol);

G_END_DECLS
