/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a person pastes to join: the whole line "bamgatectl join CODE 'URL#sha256=PIN&trust=…'" with whatever stands around it
 * (a prompt, sudo, quotes, options, line ends), or a code and a URL, or one of the two. What is not there is NULL. */
typedef struct
{
  char *code; /* "ABCD-EFGH" */
  char *url;  /* without pin and trust */
  char *pin;  /* SHA-256 of the hub's key in base64 */
  char *trust; /* what the machine that invites knows of a signed network (docs/devices.md, In an invite), in base64url; never for the hub */
  char *name; /* of --name */
} BgJoinLine;

/* FALSE where nothing of it is there; nothing is to be cleared then. */
gboolean bg_join_line_parse (const char *text, BgJoinLine *line);
void bg_join_line_clear (BgJoinLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BgJoinLine, bg_join_line_clear)

/* "https://hub.example:8443#sha256=…&trust=…" of what is there. Free with g_free(). */
char *bg_join_line_server (const BgJoinLine *line);
/* Such a text in its parts, each NULL where it is not there; free with g_free(). FALSE, and all NULL: behind "#" stands something else, or a word that
 * cannot be what it says. */
gboolean bg_join_line_split_server (const char *text, char **url, char **pin, char **trust);
/* The host, and a port other than that of https, as people say it; NULL for what is no http(s) or ws(s) URL of a host.
 * Free with g_free(). */
char *bg_join_line_hub (const char *url);
