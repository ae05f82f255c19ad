/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine of a signed network may offer, as commands take it. */

#include <glib.h>

typedef struct
{
  gboolean any_route;
  char   **routes;
  char    *exit; /* "4", "6", "4,6"; NULL: none */
} Grant;

/* Rows of a command's options, for a Grant that lives as long as these. */
#define GRANT_ENTRIES(grant)                                                                                            \
  { "route", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(grant).routes, N_ ("It may offer this network; may be repeated"),       \
    N_ ("ADDRESS/LENGTH") },                                                                                            \
  { "any-route", 0, 0, G_OPTION_ARG_NONE, &(grant).any_route, N_ ("It may offer any network"), NULL },                  \
  { "exit", 0, 0, G_OPTION_ARG_STRING, &(grant).exit, N_ ("It may be an exit, for IPv4, IPv6 or both"), N_ ("4|6|4,6") }

gboolean grant_is_empty (const Grant *grant);
/* Adds "any-route", "routes" and "exit" of a bus method's options. FALSE: it makes no sense, which has been explained, for `command`. */
gboolean grant_add (const Grant *grant, GVariantDict *dict, const char *command);
void grant_clear (Grant *grant);
