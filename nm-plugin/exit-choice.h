/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machine that everything goes through while a connection is up, as its vpn.data say it, and as the command
 * "bamgatectl exit set", which stands in files of connections. Pure. */

#include <NetworkManager.h>

G_BEGIN_DECLS

typedef struct
{
  char *name; /* NULL: no exit, and the rest means nothing */
  gboolean has_lan,
    lan; /* networks around this machine go on to be reached; without a word as its settings say */
  gboolean has_strict, strict; /* nothing leaves otherwise */
} ExitChoice;

/* FALSE for what cannot be meant, and nothing is in `choice` then; else exit_choice_clear() it. */
gboolean exit_choice_read (NMSettingVpn *vpn, ExitChoice *choice, GError **error);
/* The vpn.data that it is. */
void exit_choice_write (const ExitChoice *choice, NMSettingVpn *vpn);

/* Takes the first line with such a command out of `text`, be it a comment; the rest. Free with wg_quick_free_text(). NULL for one that
 * cannot be meant. */
char *exit_choice_take_line (const char *text, ExitChoice *choice, GError **error);
/* The line, with its end; NULL without an exit. */
char *exit_choice_format (const ExitChoice *choice);

/* With an exit servers of other networks are not to be asked, which NetworkManager knows as a priority below zero; what the person said of
 * that stays. */
void exit_choice_set_dns_priority (const ExitChoice *choice, NMConnection *connection);

void exit_choice_clear (ExitChoice *choice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExitChoice, exit_choice_clear)

G_END_DECLS
