/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the commands share: options that every one takes, the connection, errors and exit codes. */

#include <glib/gi18n.h>

#include "bamgate.h"

/* Documented in bamgatectl(1). */
typedef enum
{
  CTL_OK,
  CTL_FAILED,
  CTL_USAGE,
  CTL_NOT_RUNNING,
  CTL_NOT_AUTHORIZED,
  CTL_NOT_CONFIGURED,
  CTL_NOT_FOUND,
  CTL_TIMEOUT,
  CTL_INTERRUPTED, /* ends by SIGINT, for shells 130 */
} CtlExit;

typedef struct
{
  gboolean       json;
  gboolean       user;   /* the daemon of the person's own */
  char          *bus;    /* "system", "session" or an address; NULL: system */
  BamgateClient *client; /* after ctl_connect() */

  /* Where it is set, ctl_parse() tells it each option and says no. */
  void         (*on_option) (const GOptionEntry *entry, gpointer data);
  gpointer       on_option_data;
} Ctl;

typedef struct
{
  const char *name;
  CtlExit   (*run) (Ctl *ctl, int argc, char **argv);
  const char *arguments; /* "PEER", or NULL */
  const char *summary;   /* one line, for people */
  const char *details;   /* what it does, with examples */
  guint       exits;     /* 1 << CtlExit of those beyond the first three that it may end with */
} Command;

/* What a command that talks to the daemon may end with. */
#define CTL_EXITS_BUS (1u << CTL_NOT_RUNNING | 1u << CTL_NOT_AUTHORIZED)

/* The options of every command, for a context of GOption. */
void ctl_add_common_entries (Ctl *ctl, GOptionContext *context);
/* Parses the command's own `entries` (may be NULL) and the common ones, also answers --help. Afterwards argv[1] … are the
 * plain words, at least `min_words` and at most `max_words` of them. FALSE: end with CTL_USAGE. */
gboolean ctl_parse (Ctl *ctl, const Command *command, const GOptionEntry *entries, int min_words, int max_words,
                    int *argc, char ***argv);

/* Tells ctl->on_option the command's own `entries` (may be NULL) and the common ones. */
void ctl_tell_options (Ctl *ctl, const GOptionEntry *entries);

/* Connects, starting the daemon where it can be activated. Anything but CTL_OK has been explained. */
CtlExit ctl_connect (Ctl *ctl);
/* The same for what may need a right: from then on a person at a terminal is asked for a password where polkit wants one. */
CtlExit ctl_connect_to_act (Ctl *ctl);
/* Somebody could be asked. */
gboolean ctl_has_agent (void);
/* Lets go of all that connecting made. */
void ctl_close (Ctl *ctl);
/* Without starting it and without a word; FALSE: there is no bus. */
gboolean ctl_connect_quietly (Ctl *ctl);
/* The bus that the daemon is looked for on. */
GDBusConnection *ctl_open_bus (const Ctl *ctl, GError **error);
/* Is it the person's own, or the system's? */
gboolean ctl_is_own (const Ctl *ctl);
gboolean ctl_is_system (const Ctl *ctl);
/* Could the bus start the daemon? */
gboolean ctl_can_be_started (GDBusConnection *connection);
/* Takes in what the daemon announced before its last answer. */
void ctl_catch_up (Ctl *ctl);
/* By name, by name as it is suggested (bg_device_name_escape()), or by tunnel address; NULL has been explained. */
BamgatePeer *ctl_find_peer (Ctl *ctl, const char *name);
/* The same without a word. */
BamgatePeer *ctl_lookup_peer (Ctl *ctl, const char *name);
/* Whether there is no tunnel, and so no peers to be seen. */
gboolean ctl_is_off (Ctl *ctl);

/* Says what went wrong, for people on standard error with what to do next, for programs as the member "error" of the JSON on
 * standard output; gives the exit code. `error` is freed; `doing` may be NULL. */
CtlExit ctl_fail (const char *doing, GError *error);
/* The same for faults found here. */
CtlExit ctl_fail_with (CtlExit code, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Whether failures are for programs from now on. */
void ctl_fail_for_programs (gboolean json);
/* The word in `words` (ends with NULL) that may have been meant; NULL: nothing is near. */
const char *ctl_guess (const char *const *words, const char *typed);
/* Something to know, on standard error. */
void ctl_warn (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* One line per exit code, for --help. */
const char *ctl_exit_meaning (CtlExit code);
