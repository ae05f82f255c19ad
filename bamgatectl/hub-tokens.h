/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two secrets of a hub at Cloudflare: the API token, which may change what runs in the account, and the network's token, which
 * whoever has it is in the network. */

#include "bamgatectl/ctl.h"

typedef struct
{
  char    *text;       /* secret */
  gboolean was_asked;  /* somebody typed it */
  gboolean can_be_kept; /* there is a keyring */
} HubApiToken;

/* From `file` ("-": standard input), the person's keyring, or whoever sits at the terminal. FALSE has been explained. */
CtlExit hub_api_token_find (Ctl *ctl, const char *file, HubApiToken *token);
void hub_api_token_clear (HubApiToken *token);
/* Into the keyring. */
CtlExit hub_api_token_keep (Ctl *ctl, const HubApiToken *token);

typedef struct
{
  char    *path; /* NULL: it came by standard input */
  char    *text; /* secret; NULL: there is none */
  gboolean is_ours; /* the file is where we would put it */
} HubToken;

/* `file` NULL is a place of the person's own for the hub at `host`. Whatever is there is read; that there is nothing is fine. */
gboolean hub_token_read (HubToken *token, const char *file, const char *host, GError **error);
/* Only says where that would be. */
void hub_token_locate (HubToken *token, const char *file, const char *host);
/* Makes one where there is none, and its file, which the person alone may read, on the disk before it is used. */
gboolean hub_token_make (HubToken *token, GError **error);
/* Removes a file that is ours. */
void hub_token_forget (const HubToken *token);
void hub_token_clear (HubToken *token);
/* Whether it may be one: one word of 16 to 256 printable ASCII characters. */
gboolean hub_token_is_fine (const char *text);
