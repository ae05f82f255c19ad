/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-access-token.h"
#include "worker/hub/hub-devices.h"

G_BEGIN_DECLS

/* Who asks, by what the Authorization header shows. */
typedef struct
{
  gboolean has_token;        /* the one that all share */
  const BgHubDevice *device; /* an access token's, whatever may have become of it; NULL: none */
} BgHubCaller;

/* By what a caller is known. */
typedef struct
{
  const char *token;
  BgHubAccessTokens *access_tokens;
  BgHubDevices *devices;
} BgHubDoor;

/* `header`: the value of Authorization, or NULL. */
BgHubCaller bg_hub_caller_read (const BgHubDoor *door, const char *header, gint64 now);
/* May it? 0, or the status of the refusal (401, 403) and why, for people. */
guint bg_hub_caller_refusal (const BgHubDoor *door, const BgHubCaller *caller, BgDeviceRight right, const char **why);

G_END_DECLS
