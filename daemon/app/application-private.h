/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of the application object: application.c has its state machine, -info what is so, -settings,
 * -authority, -doctor, -endpoints, -facts, -exit, -files, -enrolment, -hub, -import, -invite, -leave, -link, -members, -metrics, -moving, -network, -pins, -reload, -secrets, -signed-invite, -signing, -state and
 * -statistics what the bus calls. */

#include "app/application.h"
#include "app/bus-option.h"
#include "app/config.h"
#include "app/endpoints.h"
#include "app/hub-access.h"
#include "app/hub-following.h"
#include "app/keyring-source.h"
#include "app/network-log.h"
#include "app/retry.h"
#include "app/secret-keeper.h"
#include "app/settings-watch.h"
#include "app/strictness.h"
#include "app/tunnel.h"
#include "doctor/diagnosis-pace.h"
#include "doctor/facts.h"
#include "signaling/service-hub.h"

typedef struct _BgLentExit BgLentExit;
void bg_lent_exit_free (BgLentExit *lent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLentExit, bg_lent_exit_free)

enum
{
  BG_RELOAD_TAKEN,
  BG_RELOAD_REFUSED,
};

struct _BgApplication
{
  GObject parent;
  char *config_path, *secrets_dir, *state_dir, *runtime_dir, *hub_socket;
  BgConfig *config;
  BgSecretKeeper *keeper;
  BgHubAccess *hub_access;
  guint open_doors; /* while the tunnel is down */
  char *next_address6; /* that the hub has for this machine, from the next start of the tunnel on; NULL */
  BgKeyringSource own_keyring; /* of a daemon that is a person's own */
  BgTunnel *tunnel;
  BgNetworkLog *network_log;
  GHashTable *leavers; /* keys of those that are being put out of it, as they leave */
  BgFiles *files;
  BgHubFollowing *following;
  GTask *mover; /* takes the network to another hub; borrowed; NULL: nobody does */
  const char *move_step; /* what it is at, as on the bus */
  BgHealth *health;
  BgWords *shut; /* what is said of that while it is down; NULL for nothing */
  BgStrictness *strictness; /* whether the tunnel is up or not */
  BgEndpoints *endpoints;   /* likewise */
  BgKeyTries key_tries;
  BgForwardingEngine *engine; /* carries connections of endpoints and of what is published */
  BgRetry *retry; /* of bringing it up */

  BgState state;
  GPtrArray *cause;   /* BgWords; NULL for none */
  GPtrArray *reasons; /* the same, and what is wrong with the settings, as long as it is down */
  char *reason;       /* the same in English */
  GError *broken;                       /* why the tunnel is being taken down by itself */
  gboolean wanted;                      /* somebody or autostart brought it up, and nobody took it down */
  gboolean up_again;                    /* once it is down */
  char *link_manager;                   /* bus name of who sets the interface up; NULL: we do */
  BgLentExit *lent_exit; /* which it brings; NULL: the settings' */
  gboolean wanted_alone;                /* wanted, whatever the link's manager does */
  gboolean forget_pins;                 /* and before that */
  GPtrArray *up_waiters, *down_waiters; /* GTask */
  gboolean enrolling;
  BgSettingsWatch *settings_watch;
  guint64 reloads[2];
  GPtrArray *diagnosis_waiters; /* GTask; empty: none runs */
  GSource *diagnosis_due;
  BgDiagnosisPace diagnosis_pace;

  gint64 up_since_us;
  guint64 rx_bytes, tx_bytes;
  GVariant *drops;        /* a{st} */
  GHashTable *statistics; /* client -> interval in ms */
  GSource *statistics_timer;
  guint statistics_ms;

  char *public_key;
  BgApplicationInfo info;
  GVariant *info_mapping;
  char **info_addresses, **info_routes, **info_link_addresses, **info_link_routes;
  char **info_link_dns, **info_link_domains;
  char *info_server_url;
  char *info_network_id;
};

gboolean bg_application_is_up (BgApplication *self);
/* The only way from one state to another, and announces it; takes `reasons`, BgWords, NULL for none.
 * Refuses a move that there is not. */
void bg_application_set_state (BgApplication *self, BgState state, GPtrArray *reasons);
/* Why it is in the state that it is in, without a word; takes BgWords, NULL for none. */
void bg_application_take_cause (BgApplication *self, GPtrArray *take);
/* bg_application_set_state() with one reason. */
void bg_application_set_state_because (BgApplication *self, BgState state, BgWords *take);
/* `client` manages the link from now on; FALSE where another does. */
gboolean bg_application_take_link (BgApplication *self, const char *client, GError **error);
/* Nobody does any more, and nothing else changes. Not where the daemon ends: whoever did it waits for the next one. */
void bg_application_drop_link (BgApplication *self);
/* Takes "exit" s, "exit-lan" b and "exit-strict" b of Up out of `dict`; `*lent` stays NULL where there is no exit. */
gboolean bg_application_parse_lent_exit (BgApplication *self, GVariantDict *dict, BgLentExit **lent,
                                         GError **error);
/* It is that of the tunnel from now on; NULL: the settings' is again. Ownership passes. */
void bg_application_take_lent_exit (BgApplication *self, BgLentExit *take);
/* There is none any more, for a config that is about to be taken. */
void bg_application_forget_lent_exit (BgApplication *self);
/* The settings `take` (ownership passes), or of `take` where it was made here, as they are in effect. */
BgConfig *bg_application_with_lent_exit (BgApplication *self, BgConfig *take);
/* Do these settings say which exit? Then a client's is over: this is a person's word. */
gboolean bg_application_chooses_exit (GVariant *changes);
/* What its files go by. */
BgFiles *bg_application_files_new (BgApplication *self);
/* Something of bg_application_get_info() differs: brings it in line and tells. */
void bg_application_announce (BgApplication *self);
/* Brings bg_application_get_info() in line without a word. */
void bg_application_refresh_info (BgApplication *self);
/* The settings are those of another network: a tunnel that is up or on its way goes over to it, one that failed in the old
 * one rests, and that somebody took the old one down is no word about the new one. */
void bg_application_enter_network (BgApplication *self);
/* A tunnel that is up goes down and comes up again: who this device is has changed. */
void bg_application_come_again (BgApplication *self);
/* The network is left, and the tunnel down: what somebody said of it goes too. Where static peers are left and the tunnel was
 * wanted it comes up for them. */
void bg_application_forget_network (BgApplication *self, gboolean was_wanted);
/* Brings a tunnel that runs in line with the settings, as far as that can be done live. */
void bg_application_apply_config (BgApplication *self);
/* The settings changed: what failed because of them, or waits, is tried at once. */
void bg_application_retry_changed (BgApplication *self);
/* Why it rests (transfer full); NULL. */
BgWords *bg_application_why_off (BgApplication *self);
/* FALSE, and `task` answered, while setup or join is under way. */
gboolean bg_application_may_change (BgApplication *self, GTask *task);
/* Goes over to `take` (ownership passes), without touching a tunnel that runs. */
void bg_application_take_config (BgApplication *self, BgConfig *take);
/* The files as they are; on error, which is noted, nothing has changed. */
BgConfig *bg_application_read_settings (BgApplication *self, GError **error);
/* What is wrong with the files (NULL: nothing) is said with the state. */
void bg_application_note_settings (BgApplication *self, const GError *error);
/* From here on what somebody changes in the files is taken. */
void bg_application_watch_settings (BgApplication *self);
/* Reads our public key anew from the secrets; "" where there is none. */
void bg_application_read_public_key (BgApplication *self);
/* The device's key is asked for where a person keeps it; in the callback: is it known, or is there none? */
void bg_application_fetch_key (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_has_key (BgApplication *self, GAsyncResult *result, GError **error);
/* The owner of what is left behind is not asked for it any more; `old` are the settings before. */
void bg_application_discard_secrets (BgApplication *self, BgConfig *old);
/* The same of one secret, under the settings of now. */
void bg_application_discard_secret (BgApplication *self, const char *name);
/* Forgets that for good, and the network's log with it: a set of peers that is still there, or on its way down, may write it once more. */
void bg_application_forget_pins (BgApplication *self);
/* The same without the log. */
void bg_application_forget_keys (BgApplication *self);
/* What a diagnosis begins with (application-facts.c). */
BgFacts *bg_application_collect_facts (BgApplication *self);
/* What bg_application_get_info() says of the network's devices. */
void bg_application_fill_membership (BgApplication *self);
/* No other machine signs for the signed network, and there are others in it. */
gboolean bg_application_is_last_owner (BgApplication *self);
/* Of GetNetwork: who signs for names, where somebody does; and the names that owners gave. */
void bg_application_describe_authority (BgApplication *self, GVariantDict *dict);
void bg_application_describe_given_names (BgApplication *self, GVariantDict *dict);
/* An active device, by its name or its key in base64; NULL with an error. */
const BgMember *bg_application_find_member (BgApplication *self, const char *device, GError **error);
/* This machine is an owner of a signed network. */
gboolean bg_application_signs (BgApplication *self);
/* What this machine wants said in the network's log; NULL where it does not sign. */
BgEntryWish *bg_application_wish_new (BgApplication *self, BgWishKind kind, GError **error);
/* Has `wish` (taken) said, then `callback` has a reference to `task` as its data; NULL: then the task is done, as a boolean. Where `wish` is NULL
 * `error` (taken) is the answer. */
void bg_application_sign_take (GTask *task, BgEntryWish *wish, GError *error, GAsyncReadyCallback callback);
/* Does the log say so of this machine? What is NULL is not asked. FALSE where it is not in the log. */
gboolean bg_application_is_own_record (BgApplication *self, const char *name, const char *address, const char *address6);
/* Endpoints stand again, as the settings and the API key say. */
void bg_application_start_endpoints (BgApplication *self);
/* The settings are others. */
void bg_application_configure_endpoints (BgApplication *self);
/* What they are made of, before the settings are known to anybody else. */
BgEndpoints *bg_application_make_endpoints (BgApplication *self, const BgApplicationOptions *options);
/* Takes the tunnel down for this once, and nothing else; ends with bg_application_stop_finish(). */
void bg_application_rest_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
/* The hub, with what it lets this device in with: its access token, or the token that all share where it has none. Also while the tunnel is down,
 * but for a hub of this machine, which rests then (BG_ERROR_WRONG_STATE). What comes is as good as `result`. */
void bg_application_open_hub_async (BgApplication *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
const BgServiceHub *bg_application_open_hub_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Writes what the hub has for this machine beside its address, while the tunnel is down. */
void bg_application_take_address6 (BgApplication *self);
/* Goes after the network where it has moved. */
void bg_application_begin_following (BgApplication *self);
/* The log says something else. */
void bg_application_follow_log (BgApplication *self);
/* The hub says that the network is elsewhere: "URL" or "URL#sha256=PIN". */
void bg_application_hear_moved (BgApplication *self, const char *line);
/* Of the application's BgHubAccess. */
extern const BgHubAccessEvents bg_application_hub_events;
