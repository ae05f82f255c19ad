/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The application object: owns configuration, secrets, data plane, signalling, peers and the link; runs the bring-up
 * steps. What the bus calls. Knows every module below; nothing below knows it. Main thread only. */

#include "app/exit-state.h"
#include "app/secret-source.h"
#include "common/error.h"
#include "peer/peer-set.h"

G_BEGIN_DECLS

#define BG_TYPE_APPLICATION (bg_application_get_type ())
G_DECLARE_FINAL_TYPE (BgApplication, bg_application, BG, APPLICATION, GObject)

typedef enum
{
  BG_STATE_OFF,       /* "off" */
  BG_STATE_STARTING,  /* "starting"; with a reason: an attempt failed, and the next is waited for */
  BG_STATE_ONLINE,    /* "online" */
  BG_STATE_DEGRADED,  /* "degraded": up, but something is wrong (health.h); see reason */
  BG_STATE_STOPPING,  /* "stopping" */
  BG_STATE_FAILED,    /* "failed": somebody has to act; see reason */
} BgState;

const char *bg_state_name (BgState state);

typedef struct
{
  const char *config_path;   /* /etc/bamgate/bamgate.conf */
  const char *secrets_dir;   /* /etc/bamgate/secrets */
  const char *state_dir;     /* /var/lib/bamgate */
  const char *runtime_dir;   /* /run/bamgate: locks; the UAPI socket goes to /run/wireguard */
  const char *hub_socket;    /* of systemd, behind which the hub stands; NULL: a child */
  const char *dns_socket;    /* of systemd, behind which names are written to where only root may; NULL: none */
  BgSecretOwner secrets_owner; /* of what the settings leave open; a user's: the daemon is her own, and asks her keyring itself */
  gboolean    in_namespace;  /* the interface is in a namespace of our own, which needs no right */
  guint       paths;         /* limits the configuration's paths further; 0: no limit */
} BgApplicationOptions;

/* Loads the configuration; a bad one fails here with BG_ERROR_CONFIG. From then on what somebody changes in its files is taken a moment later, as by
 * bg_application_reload_async(). Take it down before the last reference goes. */
BgApplication *bg_application_new (const BgApplicationOptions *options, GError **error);
/* The daemon starts: brings the tunnel up where the settings say so, there is a network to enter, and nobody took it down
 * before. */
void bg_application_start (BgApplication *self);
/* The daemon ends: takes the tunnel down, for this once, and endpoints away, whose connections have some time left. */
void bg_application_stop_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_stop_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Asked by the watchdog now and then: FALSE where a thread of ours has not moved since it asked before. */
gboolean bg_application_is_alive (BgApplication *self);
/* [log] level */
const char *bg_application_get_log_level (BgApplication *self);

/* Signals: "state-changed" (const char *old, const char *new, const char *reason); "changed" () — anything of
 * bg_application_get_info(); "peer-added" (BgPeer*), "peer-removed" (BgPeer*); "figures" (const BgEvent*), with what
 * bg_application_request_figures() asked for (BG_EVENT_STATS), and of each new session of a peer (BG_EVENT_SESSION). */
typedef struct
{
  BgState            state;
  const char        *reason;          /* for people, "" for none */
  const GPtrArray   *reasons;         /* the same as BgWords; NULL for none */
  const char        *name;            /* device name, our peer id */
  const char *const *addresses;       /* with prefix */
  const char        *public_key;      /* base64, "" before setup */
  const char        *interface;       /* "" while off */
  guint              interface_index; /* 0 while off */
  const char        *network_namespace; /* that it is in, a path; "": this process's own, or off */
  const char *const *link_addresses;  /* what the interface has, or is to have; empty while off, as are the next two */
  const char *const *link_routes;
  guint              link_mtu;        /* 0 while off */
  const char *const *link_dns;        /* servers of names; with link_manager, that one is to set them */
  const char *const *link_domains;
  const char        *dns_manager;     /* who was told of our names: "systemd-resolved", "hosts"; "" for nobody */
  const char        *link_manager;    /* the client that sets the interface up; "": we do */
  const char        *server_url;      /* without pin; "" for none */
  const char        *signaling_state;
  const char *const *routes;          /* advertised */
  gboolean           accept_routes;
  const char        *exit_node;       /* the peer that everything goes through, "" for none */
  BgExitState        exit_state;
  const char        *exit_reason;     /* for people, "" for none */
  const char        *network_id;      /* hexadecimal, "" where the network is not signed */
  const char        *membership;      /* who says which devices are in it: "unsigned", "signed", "pending", "alarm"; "" without one */
  gboolean           is_owner;        /* this device may say it */
  guint              pending_devices; /* that wait until it is said of them */
  const char        *hub_move;        /* what a move to another hub is at, as on the bus; "" for none */
  const char *const *pending_restart; /* settings that differ from what is in effect; empty while off */
  gint64             up_since_us;     /* realtime, 0 while off */
  guint64            rx_bytes, tx_bytes;
  GVariant          *port_mapping;    /* a{sv}, as on the bus */
  GVariant          *drops;           /* a{st}: packets by reason; NULL for none */
  guint              statistics_interval_ms; /* 0: counters rest */
} BgApplicationInfo;
const BgApplicationInfo *bg_application_get_info (BgApplication *self); /* borrowed until "changed" */
GPtrArray *bg_application_get_peers (BgApplication *self);               /* (transfer container) */

/* Every _async below has its _finish; arguments are the a{sv} of the bus, checked here (unknown keys are errors that name
 * the key). Everything is applied whole or not at all. */

/* Brings the tunnel up; options: "manage-link" b, `client` (a bus name) sets the interface up, until bg_application_release_link_async(),
 * bg_application_forget_client() or the tunnel is taken down, and with "exit" s, "exit-lan" b, "exit-strict" b everything goes through
 * that peer as long. Done when the link is configured and signalling was started, or with the error
 * of the first attempt. What may pass by itself is then tried again, until it is up or somebody takes it down; a call while
 * the next attempt is waited for makes it at once. */
void bg_application_up_async (BgApplication *self, const char *client, GVariant *options, GAsyncReadyCallback callback,
                              gpointer data);
gboolean bg_application_up_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `client` sets the interface up no more: all is as it was before it did. A tunnel that was up by itself, or that somebody else
 * brought up meanwhile, stays up, any other goes down, for this once. BG_ERROR_WRONG_STATE for other clients. */
void bg_application_release_link_async (BgApplication *self, const char *client, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_release_link_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* The client is gone: the same, where it sets the interface up. */
void bg_application_forget_client (BgApplication *self, const char *client);
/* The next time the tunnel goes down, the daemon ends: a hub that can wait for the next one is not stopped. */
void bg_application_leave_hub (BgApplication *self);
/* Takes it down, undoing every step; fine while off. Also cancels a bring-up, and further attempts. It stays down over
 * restarts of the daemon until somebody brings it up; an error says that this cannot be remembered. */
void bg_application_down_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_down_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* options: "name" s, "server-url" s (with "host": how others reach the hub), "server-pin" s, "token" s, "address" s, "host" b,
 * "listen" s, "subnet" s (with "host": the addresses of the network; else a free /24), "force" b (replace an existing network;
 * take addresses that are others', or a hub without TLS). Makes the device key, settles the address with the hub, saves
 * all. Does not bring the tunnel up; one that is up goes over to the new network. */
void bg_application_setup_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_setup_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `invite`: "ABCD-EFGH"; options: "server-url" s (may carry "#sha256=PIN"), "name" s, "force" b. */
void bg_application_join_async (BgApplication *self, const char *invite, GVariant *options, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_join_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* → a{sv}: "code" s, "expires-in" u, "server-url" s (with "#sha256=PIN" where there is one), "join-command" s (the line for the other machine, pin included). */
void bg_application_invite_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_invite_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Takes over what another program's file says (app/import.h); `text` is the file. options: "force" b (replaces a network, a key, an
 * address or a peer that there is), "secrets" s (the Go program's secrets.toml). → a{sv} of bg_import_describe(). */
void bg_application_import_async (BgApplication *self, const char *text, GVariant *options, GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_import_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Leaves the network: what setup and join wrote goes, the key and the pins too, then the tunnel goes down; static peers stay, and
 * it comes up again for them. options: "hub" s, "keep" or "remove", needed where this machine runs the hub: whether the
 * hub's data stay. → a{sv}: "kept" as, what stays for the static peers ("device-key", "device.address"); "hub-unit" s, where the
 * hub could not be told to forget: the unit whose data stay until somebody cleans them. */
void bg_application_leave_async (BgApplication *self, GVariant *options, GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_leave_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Forgets the key that a name is known by, whether the tunnel is up or not; as bg_peer_forget(). `name` may be the escaped one
 * (bg_device_name_escape()). BG_ERROR_NOT_FOUND where nobody is known by it. */
gboolean bg_application_forget_peer (BgApplication *self, const char *name, GError **error);
/* `changes` as of bg_config_change(); saved, then applied to a running tunnel; what cannot be is pending_restart. */
void bg_application_configure_async (BgApplication *self, GVariant *changes, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_configure_finish (BgApplication *self, GAsyncResult *result, GError **error);
GVariant *bg_application_get_configuration (BgApplication *self); /* a{sv}, floating */
/* device.allow and device.deny and what they decided since the tunnel came up: aa{sv} of bg_access_control_list(), floating. */
GVariant *bg_application_list_access (BgApplication *self);
/* What is published, and what went through it since the tunnel came up: aa{sv} of bg_tunnel_list_services(), floating. */
GVariant *bg_application_list_services (BgApplication *self);
/* `name`: the peer that everything goes through, "" for none; options: "lan" b, "strict" b, as device.exit-lan and device.exit-strict. Saved as
 * settings. BG_ERROR_NOT_FOUND for a peer that nobody knows, BG_ERROR_WRONG_STATE for one that does not offer it. */
void bg_application_set_exit_async (BgApplication *self, const char *name, GVariant *options, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_set_exit_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* What keeps the tunnel from working (doctor/): options: none yet. One runs at a time, at a bounded rate, and all who asked get its answer.
 * → aa{sv}: as of Diagnose of the bus. */
void bg_application_diagnose_async (BgApplication *self, GVariant *options,
                                    GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_diagnose_finish (BgApplication *self, GAsyncResult *result,
                                          GError **error);
/* Reads the files again and applies them. Where they are wrong, empty or gone, nothing changes, and the reason of the state says so until they are
 * whole. */
void bg_application_reload_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
gboolean bg_application_reload_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* Who is asked for secrets that people own; `ops` NULL: nobody any more. */
void bg_application_set_secret_source (BgApplication *self, const BgSecretSourceOps *ops, gpointer source);
/* Somebody can be asked who could not before: what waits for that is tried. */
void bg_application_secret_source_grew (BgApplication *self);
/* → aa{sv}: "name" s, "owner" s ("system", "user:UID", "ask:UID"), "place" s ("file", "keyring", "nowhere"), "uid" u of a user's,
 * "person" s, "setting" s. Never a secret. */
void bg_application_list_secrets_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_list_secrets_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* `to`: "system", "user" or "ask", of the caller, whose `uid` the bus has told. The old copy goes when the new one was read and
 * found equal, and the settings say so. → a{sv}: "owner" s; "left" s, why the old owner keeps a copy. */
void bg_application_move_secret_async (BgApplication *self, const char *name, const char *to, guint32 uid,
                                       GAsyncReadyCallback callback, gpointer data);
GVariant *bg_application_move_secret_finish (BgApplication *self, GAsyncResult *result, GError **error);
/* A bus client wants counters every `interval_ms`; 0 ends it. The shortest interval of all clients counts. */
void bg_application_set_statistics_interval (BgApplication *self, const char *client, guint interval_ms);

G_END_DECLS
