/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What is said on a connection to the ingress before it carries anything (ingress.proto), without I/O. */

enum { BG_INGRESS_FRAME_MAX = 65535 };

/* The question for `host` and `port` with its length; NULL: the name is too long. */
GBytes *bg_ingress_request (const char *host, guint16 port, GError **error);

/* Collects one answer, not a byte more: what is behind it belongs to the application. Begins zeroed. */
typedef struct
{
  guint8  head[2];
  guint8 *message;          /* owned, once its length is known */
  guint32 n_head, n_message, len;
} BgIngressReader;

void bg_ingress_reader_clear (BgIngressReader *reader);
/* Where the next bytes go, and at most how many; 0 in `len`: the answer is whole. */
guint8 *bg_ingress_reader_room (BgIngressReader *reader, gsize *len);
/* `n` of them have come. */
void bg_ingress_reader_took (BgIngressReader *reader, gsize n);

typedef struct
{
  gboolean is_refusal;
  char *endpoint_id, *proto;       /* never NULL, printable, as the others */
  char *error_code, *error_message;
  char **notices;
} BgIngressAnswer;

/* Reads a whole message; NULL: it is none. */
BgIngressAnswer *bg_ingress_answer_parse (const guint8 *message, gsize len);
void bg_ingress_answer_free (BgIngressAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIngressAnswer, bg_ingress_answer_free)
