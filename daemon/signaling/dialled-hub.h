/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* The hub that a client dials: where it is, how it is known, and what is shown to it. */
typedef struct
{
  char        *url;           /* normalised; NULL: none */
  char        *pin;           /* of its public key; NULL: as the system trusts */
  char        *token;         /* NULL: none */
  char        *dialled_token; /* of the newest attempt */
  SoupSession *session;       /* of this hub and this pin */
} BgDialledHub;

/* Another hub takes its place. Takes `url`, which is normalised (bg_server_url_normalize()); copies the others, NULL for none. */
void bg_dialled_hub_set (BgDialledHub *self, char *url, const char *token, const char *pin);
/* Aborts what is under way there, and wipes the token. */
void bg_dialled_hub_clear (BgDialledHub *self);
gboolean bg_dialled_hub_is (const BgDialledHub *self, const char *url, const char *token, const char *pin);
/* What the next attempt shows; NULL or empty: nothing. */
void bg_dialled_hub_set_token (BgDialledHub *self, const char *token);
/* An attempt begins, with the token of now: the request for it. */
SoupMessage *bg_dialled_hub_dial (BgDialledHub *self);
/* Whether a header can carry it. */
gboolean bg_dialled_hub_is_token (const char *text);
