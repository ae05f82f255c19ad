/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-caller.h"
#include "worker/hub/hub-token.h"

#include <libsoup/soup.h>
#include <string.h>

#define BEARER_PREFIX "Bearer "

BgHubCaller
bg_hub_caller_read (const BgHubDoor *door, const char *header, gint64 now)
{
  BgHubCaller caller = { .has_token = bg_hub_token_matches (door->token, header) };
  g_autofree char *id = NULL;

  if (caller.has_token || header == NULL || !g_str_has_prefix (header, BEARER_PREFIX))
    return caller;
  id = bg_hub_access_tokens_read (door->access_tokens, header + strlen (BEARER_PREFIX), now);
  caller.device = id != NULL ? bg_hub_devices_find (door->devices, id) : NULL;
  return caller;
}

static guint
refusal_of_device (const BgHubDoor *door, const BgHubDevice *device, BgDeviceRight right,
                   const char **why)
{
  if (bg_hub_devices_may (door->devices, device, right))
    return 0;
  switch (bg_hub_devices_get_state (door->devices, device))
    {
    case BG_DEVICE_PENDING:
      *why = "this device waits for an owner's word";
      return SOUP_STATUS_FORBIDDEN;
    case BG_DEVICE_ACTIVE:
      *why = "only an owner of the network may do this";
      return SOUP_STATUS_FORBIDDEN;
    case BG_DEVICE_LEFT:
    case BG_DEVICE_REVOKED:
    default:
      *why = "device not found or revoked";
      return SOUP_STATUS_UNAUTHORIZED;
    }
}

guint
bg_hub_caller_refusal (const BgHubDoor *door, const BgHubCaller *caller, BgDeviceRight right,
                       const char **why)
{
  if (caller->device != NULL)
    return refusal_of_device (door, caller->device, right, why);
  *why = "Unauthorized";
  if (!caller->has_token || right != BG_MAY_CONNECT)
    return SOUP_STATUS_UNAUTHORIZED;
  if (bg_hub_devices_token_opens (door->devices))
    return 0;
  *why = "the shared token opens nothing here: each device registers";
  return SOUP_STATUS_FORBIDDEN;
}
