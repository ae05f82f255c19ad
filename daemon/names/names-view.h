/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is known of the machines of a network, made into what the resolver answers and what this machine's own is told: who has
 * which name, who is asked about which domain. Pure; main thread only.
 *
 * A label that two machines would have is of the higher rank; among those that proved themselves, of the one that was known
 * first; and of machines that the hub merely names nobody has it, so that no newcomer takes a name away from somebody. */

#include "names/forward-table.h"
#include "names/names-plan.h"
#include "names/zone.h"

G_BEGIN_DECLS

/* The higher goes before. */
typedef enum
{
  BG_NAMED_BY_HUB, /* as the hub says, no more */
  BG_NAMED_PROVED, /* it made a session with its key, and is remembered with it */
  BG_NAMED_FIXED,  /* of the settings */
  BG_NAMED_SELF,   /* this machine */
} BgNamedRank;

/* A machine; all is copied. */
typedef struct
{
  const char        *id;
  BgNamedRank        rank;
  gint64             since;     /* known, Unix seconds */
  const BgIpPrefix  *addresses; /* hosts */
  guint              n_addresses;
  const char *const *dns;       /* servers of its networks that may be asked, as text; NULL for none */
  const char *const *domains;   /* that those know about; NULL for none */
  const char *const *services;  /* labels of what it has at its own addresses: SERVICE.NAME; NULL for none */
} BgNamedMachine;

typedef struct _BgNamesView BgNamesView;

/* `suffix` is normalized. */
BgNamesView *bg_names_view_new (const char *suffix);
void bg_names_view_free (BgNamesView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNamesView, bg_names_view_free)
/* A network of the tunnel. Machines that are not of the settings have no address outside of them. */
void bg_names_view_add_network (BgNamesView *view, const BgIpPrefix *network);
void bg_names_view_add_machine (BgNamesView *view, const BgNamedMachine *machine);
/* What the owners of the network call a machine at these addresses (hosts), unless a machine has that label by itself. After the machines. */
void bg_names_view_add_given (BgNamesView *view, const char *label, const BgIpPrefix *addresses, guint n_addresses);
/* Does such a label lead there? */
gboolean bg_names_view_has_given (const BgNamesView *view, const char *label);
/* Questions about everything else go to these servers, and to nobody where there are none. */
void bg_names_view_set_default (BgNamesView *view, const char *const *dns);

/* What was added, with `serial` as zones have it; to be unreferenced. */
BgZone *bg_names_view_make_zone (const BgNamesView *view, guint32 serial);
/* Who is asked; never one of our own addresses. */
BgForwardTable *bg_names_view_make_table (const BgNamesView *view);
/* What the system is told; not sealed yet, and without our own servers. */
BgNamesPlan *bg_names_view_make_plan (const BgNamesView *view, const char *interface, gboolean search);
/* Two machines of which one has no name, or neither, because of the other (borrowed); FALSE: there are none. */
gboolean bg_names_view_get_clash (const BgNamesView *view, const char **name, const char **other);
/* The label of a machine; NULL where it has none. Borrowed. */
const char *bg_names_view_get_label (const BgNamesView *view, const char *id);

G_END_DECLS
