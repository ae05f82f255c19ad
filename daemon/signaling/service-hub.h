/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where a hub is, and what opens it; copied by whoever takes it. */
typedef struct
{
  const char *url;    /* any form that bg_server_url_normalize() takes, with or without "/connect" */
  const char *pin;    /* as of bg_signaling_client_new(); NULL: the system's trust */
  const char *bearer; /* secret: an access token, or the token that all share; NULL: none */
} BgServiceHub;
