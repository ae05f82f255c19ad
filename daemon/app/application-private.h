/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of the application object: application.c has its state machine, -info what is so, -settings,
 * -enrolment, -invite and -statistics what the bus calls. */

#include "app/application.h"
#include "app/config.h"
#include "app/tunnel.h"

struct _BgApplication
{
  GObject parent;
  char *config_path, *secrets_dir, *state_dir, *runtime_dir;
  BgConfig *config;
  BgTunnel *tunnel;
  BgHealth *health;

  BgState state;
  char *reason;
  GError *broken;                       /* why the tunnel is being taken down by itself */
  gboolean up_again;                    /* once it is down */
  gboolean forget_pins;                 /* and before that */
  GPtrArray *up_waiters, *down_waiters; /* GTask */
  gboolean enrolling;

  gint64 up_since_us;
  guint64 rx_bytes, tx_bytes;
  GVariant *drops;        /* a{st} */
  GHashTable *statistics; /* client -> interval in ms */
  GSource *statistics_timer;
  guint statistics_ms;

  char *public_key;
  BgApplicationInfo info;
  char **info_addresses, **info_routes;
  char *info_server_url;
};

gboolean bg_application_is_up (BgApplication *self);
/* The only way from one state to another, and announces it; `reason` NULL: none. Refuses a move that there is not. */
void bg_application_set_state (BgApplication *self, BgState state, const char *reason);
/* Something of bg_application_get_info() differs: brings it in line and tells. */
void bg_application_announce (BgApplication *self);
/* Brings bg_application_get_info() in line without a word. */
void bg_application_refresh_info (BgApplication *self);
/* Takes the tunnel down, and up again with the settings that hold then. */
void bg_application_restart (BgApplication *self, const char *reason);
/* FALSE, and `task` answered, while setup or join is under way. */
gboolean bg_application_may_change (BgApplication *self, GTask *task);
/* Goes over to `take` (ownership passes), without touching a tunnel that runs. */
void bg_application_take_config (BgApplication *self, BgConfig *take);
/* Reads our public key anew from the secrets; "" where there is none. */
void bg_application_read_public_key (BgApplication *self);
/* Forgets whose key belongs to which name. */
void bg_application_unlink_pins (BgApplication *self);
/* Refuses an a{sv} that has anything in it. */
gboolean bg_application_has_no_options (GVariant *options, GError **error);
