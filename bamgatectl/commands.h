/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgatectl/ask.h"
#include "bamgatectl/ctl.h"
#include "bamgatectl/out.h"
#include "bamgatectl/recovery.h"

extern const Command cmd_setup, cmd_join, cmd_leave, cmd_import, cmd_invite, cmd_up, cmd_down,
  cmd_status, cmd_doctor, cmd_report, cmd_peers, cmd_endpoints, cmd_devices, cmd_owners, cmd_network, cmd_exit, cmd_ping, cmd_nc, cmd_run, cmd_send, cmd_receive,
  cmd_monitor, cmd_metrics, cmd_config, cmd_access, cmd_publish, cmd_services, cmd_reload, cmd_secrets, cmd_agent, cmd_hub, cmd_genkey, cmd_pubkey, cmd_genpsk,
  cmd_version;

/* For shells, and for run and nc; not in the list. */
extern const Command cmd_complete, cmd_dial, cmd_enter;

/* All but that one, as help lists them; ends with NULL. */
extern const Command *const commands[];
/* By name; NULL where there is none. */
const Command *commands_find (const char *name);

/* Brings the tunnel up and says the state it reached; for the commands that end with it. */
CtlExit cmd_up_now (Ctl *ctl, Out *out);
/* What setup, join and import are asked for; texts that are not said are NULL. `token` is secret. */
typedef struct
{
  gboolean host, force, no_up;
  char    *listen, *public_url, *subnet, *server, *token, *name, *address;
  Recovery *recovery; /* the network is signed, and its code goes there; NULL: it is not */
} CmdSetupOptions;

typedef struct
{
  gboolean force, no_up;
  char    *name;
} CmdJoinOptions;

typedef struct
{
  gboolean force, no_up;
} CmdImportOptions;

/* The largest file that import takes. */
#define CMD_IMPORT_MAX (256 * 1024)

/* What these commands do, once they are connected. */
CtlExit cmd_setup_now (Ctl *ctl, const CmdSetupOptions *options, Out *out);
CtlExit cmd_join_now (Ctl *ctl, const CmdJoinOptions *options, const char *invite, const char *url, Out *out);
CtlExit cmd_import_now (Ctl *ctl, const CmdImportOptions *options, const char *path, Out *out);
/* Asks for all of it; connected too. */
CtlExit cmd_setup_ask (Ctl *ctl);

/* Whether a new network is to be signed; `*yes` is what Enter stands for. */
AskResult cmd_setup_ask_protect (gboolean *yes);

/* Asks for an invite and shows the line for the other machine. */
CtlExit cmd_invite_now (Ctl *ctl, GVariant *options, gboolean qr, Out *out);
/* Who says which machines are in the network, and what is to be done about it. */
void cmd_network_show_status (Ctl *ctl, Out *out);
void cmd_network_show_next (Ctl *ctl, Out *out);
/* Signs the network; `recovery` gets the code. */
CtlExit cmd_network_protect_now (Ctl *ctl, Recovery *recovery, const char *allow_unsigned, Out *out);
/* The exit that is used, and whether it works; nothing for people where there is none. */
void cmd_exit_show (Ctl *ctl, Out *out);
/* Names the settings that are in effect only when the tunnel comes up next, if any. */
void cmd_config_show_pending (Ctl *ctl, Out *out);
/* Names of GetConfiguration(), in order, and a value as "config set" takes it. */
GPtrArray *cmd_config_sorted_names (GVariant *settings);
char *cmd_config_text_of (GVariant *value);
/* The words of state and peer state, good or bad. */
OutTone cmd_status_tone (const char *state);
/* Waits for counters that are true now, a moment at most; they rest while nobody watches. */
void cmd_status_refresh_counters (Ctl *ctl);
/* All that is known of one peer. */
CtlExit cmd_peers_show_one (Ctl *ctl, const char *name);
/* What it publishes, "web 8080 http"; for people only where there is some, and a label. */
void cmd_peers_show_services (BamgatePeer *peer, Out *out, const char *label);
/* Changes what is taken of one, by the options that were parsed. */
CtlExit cmd_peers_set (Ctl *ctl, const char *name);
/* Its options, which end with a NULL name; and whether any of them was given. */
extern const GOptionEntry cmd_peers_set_entries[];
gboolean cmd_peers_set_is_asked (void);
/* The table of peers, as status and peers show it. */
void cmd_peers_show (Ctl *ctl, Out *out);
/* For people, in place of a table of peers that is empty because the tunnel is off. */
const char *cmd_peers_say_off (void);
