/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What bamgated says of the interface, as NetworkManager's plugin interface wants it. Pure. */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  const char        *interface;
  const char *const *addresses; /* "10.0.0.2/24" */
  const char *const *routes;    /* "10.88.0.0/16" */
  guint              mtu;       /* 0: not said */
  const char *const *dns;       /* "10.0.0.2": servers of names, of both families */
  const char *const *domains;   /* "home.example", "~corp.example" for one that is not searched */
} LinkFacts;

/* Is there an address of this family? */
gboolean link_facts_have (const LinkFacts *facts, GSocketFamily family);
/* All floating. `link_variants_ip()` only for a family that there is. */
GVariant *link_variants_config (const LinkFacts *facts);
GVariant *link_variants_ip (const LinkFacts *facts, GSocketFamily family);
/* As link_variants_ip() while there is no interface. */
GVariant *link_variants_nothing (GSocketFamily family);

G_END_DECLS
