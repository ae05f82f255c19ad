/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/access-rules.h"

/* Control messages to the data thread, in order. Bounded for control, which is told when it is full; a transport's
 * one-time "closed" and what changes the device always fit. A message owns what it points to until it is cleared. */

typedef enum
{
  BG_MAIL_SET_PRIVATE_KEY,
  BG_MAIL_SET_PEER,
  BG_MAIL_SET_ENDPOINT,
  BG_MAIL_REMOVE_PEER,
  BG_MAIL_ATTACH,
  BG_MAIL_DETACH,
  BG_MAIL_CLOSED,          /* from any thread */
  BG_MAIL_REST,
  BG_MAIL_PING,
  BG_MAIL_HANDSHAKE,
  BG_MAIL_HEAD,
  BG_MAIL_LOG,
  BG_MAIL_LEAVE,
  BG_MAIL_STATS,
  BG_MAIL_SET_TUN,         /* this one and those below: rare, and there is always room for them */
  BG_MAIL_SET_MTU,
  BG_MAIL_SET_THREADS,
  BG_MAIL_SET_UDP,
  BG_MAIL_SET_ACCESS,
  BG_MAIL_SET_REACH,
  BG_MAIL_SLEEP,
  BG_MAIL_WAKE,
  BG_MAIL_BEAT,
} BgMailType;

typedef struct
{
  BgMailType   type;
  WgKey        key;        /* SET_PRIVATE_KEY: ours; else the peer's */
  BgPeerConfig peer;       /* SET_PEER: allowed_ips is owned; SET_ENDPOINT: the endpoint alone */
  BgTransport *transport;  /* ATTACH, DETACH, CLOSED, SET_UDP: a reference */
  uint32_t     timeout_ms; /* PING */
  uint64_t     cookie;     /* PING, STATS; SET_TUN, BEAT: its number */
  int          tun_fd;     /* SET_TUN: owned */
  bool         tun_vnet_hdr, tun_udp_super; /* SET_TUN */
  uint32_t     number;     /* SET_MTU, SET_THREADS */
  BgLogHead    head;       /* HEAD */
  BgLogPart    part;       /* LOG */
  BgReach *reach;                   /* SET_REACH: owned */
  BgAccessRules *access;   /* SET_ACCESS: a reference, NULL for none */
} BgMail;

enum { BG_MAILBOX_MAX = 256 };

typedef struct BgMailbox BgMailbox;

BgMailbox *bg_mailbox_new (void);
/* Discards what was not taken. */
void bg_mailbox_free (BgMailbox *mailbox);
/* An eventfd, readable while mail waits; stays the mailbox's. */
int bg_mailbox_fd (const BgMailbox *mailbox);
/* Any thread. Takes what `mail` owns, also where it returns false for a full mailbox. */
bool bg_mailbox_post_take (BgMailbox *mailbox, BgMail *mail);
/* The data thread's; the receiver clears `out` with bg_mail_clear(), or bg_mail_discard() where it did not act on it. */
bool bg_mailbox_pop (BgMailbox *mailbox, BgMail *out);
/* Frees what the message still owns and wipes its keys. */
void bg_mail_clear (BgMail *mail);
/* The same for a message that was not acted on: a transport that was to be attached is closed first. */
void bg_mail_discard (BgMail *mail);
