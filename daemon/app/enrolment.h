/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Entering a network: as the first at a hub (setup, perhaps with one of our own), or with an invite (join). Asks
 * the hub first; then everything is written whole, secrets first, settings last, or nothing is. Main thread only. */

#include "app/config.h"
#include "app/enrolment-check.h"
#include "app/entry-journal.h"
#include "app/secret-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The a{sv} of Setup and Join. */
typedef struct
{
  char    *name, *server_url, *server_pin, *token, *address, *listen, *subnet;
  char    *trust; /* of the URL; base64url, NULL */
  gboolean host, force;
} BgEnrolmentOptions;

typedef enum
{
  BG_ENROLMENT_SETUP,
  BG_ENROLMENT_JOIN,
} BgEnrolmentKind;

/* Unknown names and wrong types are errors that name them. What stands behind "#" in the URL (join-line.h) is taken out of it. */
BgEnrolmentOptions *bg_enrolment_options_parse (BgEnrolmentKind kind, GVariant *options, GError **error);
void bg_enrolment_options_free (BgEnrolmentOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEnrolmentOptions, bg_enrolment_options_free)

/* What the hub granted. */
typedef struct _BgEnrolment BgEnrolment;
void bg_enrolment_free (BgEnrolment *enrolment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEnrolment, bg_enrolment_free)

/* `config` says what options leave open; a hub of our own keeps its state below places->state_dir. What this machine could
 * trip over is tried before anything is asked of the hub. Takes `options`. */
void bg_enrolment_setup_async (BgEnrolmentOptions *options, BgConfig *config, const BgEnrolmentPlaces *places,
                               GAsyncReadyCallback callback, gpointer data);
void bg_enrolment_join_async (BgEnrolmentOptions *options, const char *invite, BgConfig *config, const BgEnrolmentPlaces *places,
                              GAsyncReadyCallback callback, gpointer data);
/* Of both. */
BgEnrolment *bg_enrolment_finish (GAsyncResult *result, GError **error);
/* The log of the network that is entered, GBytes, borrowed; it was held against the invite, and has this device where that let it in. NULL: the network is
 * not signed, or the hub keeps no log. */
GPtrArray *bg_enrolment_get_log (BgEnrolment *self);
/* The hub's, as it is saved. */
const char *bg_enrolment_get_server_url (BgEnrolment *self);
/* It is this machine's own. */
gboolean bg_enrolment_hosts_hub (BgEnrolment *self);
/* Writes it, with a journal of all that the caller removes when what is planned is done too; the new settings, or NULL and everything is as it
 * was. */
BgConfig *bg_enrolment_commit (BgEnrolment *self, BgConfig *config, const char *config_path, BgSecretStore *secrets,
                               const BgEntryPlan *plan, GError **error);

G_END_DECLS
