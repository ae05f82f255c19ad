/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What network-sync.c and network-trust.c have in common. */

#include "membership/hub-log.h"
#include "membership/network-sync.h"

struct _BgNetworkSync
{
  BgMembershipLog *log;
  BgLogWatch *watch;
  const BgNetworkHubOps *ops;
  gpointer hub;
  const BgNetworkSyncEvents *events;
  gpointer owner;

  GCancellable *cancellable; /* of all that is under way, which holds a reference each */
  gboolean is_fetching, once_more;
  gboolean may_give;   /* the hub what it lacks; once for each time that it is there */
  GPtrArray *fetchers; /* GTask: who waits for that to end */
  GPtrArray *late;     /* and for the next one, since what they know is newer */
  GQueue signers;      /* GTask, the first one is at work */
  GSource *again, *alarm;
  BgLogPull *pull;
  GPtrArray *held;     /* GBytes: behind ours, and not taken while the log is split; NULL: none */
  BgHubLog *whole;     /* while somebody waits for it, who said that it is right: */
  char *trusted;       /* an entry that it has then */
  char *complaint; /* the last one, which is logged once */
  gboolean online;
};

/* What is under way may outlive the owner's interest: it holds a reference, and asks whether that is over. */
BgNetworkSync *bg_network_sync_hold (BgNetworkSync *self);
void bg_network_sync_let_go (BgNetworkSync *self);
gboolean bg_network_sync_is_over (BgNetworkSync *self);
/* Ends a GTask as cancelled, as a GFunc. */
void bg_network_sync_call_off (gpointer task, gpointer nothing);
/* The owner is told that the alarm may be another, and again when it may be by itself. */
void bg_network_sync_look_at_alarm (BgNetworkSync *self);
void bg_network_sync_fetch (BgNetworkSync *self);
