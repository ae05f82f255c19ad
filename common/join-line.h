/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a person pastes to join: the whole line "bamgatectl join CODE 'URL#sha256=PIN'" with whatever stands around it
 * (a prompt, sudo, quotes, options, line ends), or a code and a URL, or one of the two. What is not there is NULL. */
typedef struct
{
  char *code; /* "ABCD-EFGH" */
  char *url;  /* without the pin */
  char *pin;  /* SHA-256 of the hub's key in base64 */
  char *name; /* of --name */
} BgJoinLine;

/* FALSE where nothing of it is there; nothing is to be cleared then. */
gboolean bg_join_line_parse (const char *text, BgJoinLine *line);
void bg_join_line_clear (BgJoinLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BgJoinLine, bg_join_line_clear)

/* "https://hub.example:8443#sha256=…" of both. Free with g_free(). */
char *bg_join_line_server (const BgJoinLine *line);
/* The host, and a port other than that of https, as people say it; NULL for what is no http(s) or ws(s) URL of a host.
 * Free with g_free(). */
char *bg_join_line_hub (const char *url);
