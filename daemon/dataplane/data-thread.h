/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/access.h"
#include "dataplane/control.h"
#include "dataplane/crypto-pool.h"
#include "dataplane/data-peer.h"
#include "dataplane/dataplane.h"
#include "dataplane/event-queue.h"
#include "dataplane/handshake-worker.h"
#include "dataplane/icmp.h"
#include "dataplane/mailbox.h"
#include "dataplane/reach.h"
#include "dataplane/tun-io.h"
#include "packet/packet-queue.h"
#include "transport/transport-direct.h"

#include <pthread.h>
#include <stdatomic.h>

/* The data thread: it owns the engine, the TUN, the UDP sockets and every peer's path. The files of this room are its
 * parts: outbound.c, inbound.c, handshakes.c, paths.c, ping.c, sleep.c, commands.c. All of it runs on that thread, except where said.
 *
 * Sealing and opening may run on the workers of a BgCryptoPool between the engine's phases before and after them. What
 * is under way there is collected in order, between two steps of the loop. Before control changes anything (a peer goes,
 * a key changes, a transport closes) it is drained, so that no packet under way names what is gone. */

enum
{
  BG_INBOX_MAX = 2048,        /* packets from other threads; the newcomer is the victim */
  BG_HANDSHAKE_QUEUE_MAX = 1024,
  BG_MAIL_BUDGET = 32,
  BG_PINGS_MAX = 64,
};

/* One round trip that somebody waits for. */
typedef struct
{
  BgDataPeer *peer;           /* NULL: the slot is free */
  bool        sent;
  uint32_t    id;             /* of the probe */
  uint64_t    cookie, sent_ns, deadline_ns;
  BgIcmpEcho  echo;           /* family 0: a probe */
} BgPing;

typedef struct
{
  BgPing   slots[BG_PINGS_MAX];
  uint32_t pending;
  uint32_t next_id;
} BgPings;

/* Handshake messages that came in. */
typedef struct
{
  BgPacketQueue      waiting;
  BgHandshakeWorker *worker;      /* NULL: this thread does what it would */
  int64_t            credit_ns;   /* time that they may take before they are a load */
  int64_t            own_ns;      /* and before this thread leaves them to the worker, however little it has to do */
  uint64_t           refilled_ns;
  uint64_t           looked_ns, looked_packets; /* at how many data packets there were */
  bool               quiet;       /* there were few */
} BgHandshakes;

typedef struct
{
  /* shared with other threads */
  BgPacketPool    *pool;
  BgPacketInbox   *inbox;
  BgMailbox       *mailbox;
  BgEventQueue    *events;
  _Atomic bool     stop;
  _Atomic uint64_t beat;       /* the last that was asked for */
  _Atomic uint64_t inbox_full; /* packets that found no place there */

  /* the device; device.c */
  uint32_t     tun_mtu;
  uint64_t     tun_number;     /* tells one TUN from the next */
  BgAllowedIp *addresses;
  uint32_t     n_addresses;

  /* the engine, and time */
  WgDevice *dev;
  BgCryptoPool *crypto;
  uint64_t  now_ns;            /* CLOCK_BOOTTIME, read once in a step of the loop */
  uint64_t  wake_ns;           /* no peer's wake_ns is earlier */
  uint64_t  refined_ns;        /* when wake_ns was last made exact */

  /* ways in and out */
  int          epoll_fd;
  int          alarm_fd;       /* a timer of the same clock as now_ns: it goes on while the machine sleeps */
  uint64_t     alarm_ns;       /* when it rings; BG_PATH_NEVER: not set */
  BgTunIo      tun;
  BgReceiveScratch *scratch;   /* of the direct sockets */
  BgTransport *udp;            /* NULL: none */
  BgSender     udp_sender;
  BgSender    *dirty;          /* to be flushed */
  BgDataGuest  guest;          /* fd -1: none */
  bool         guest_waits;    /* it was left with something to do */

  BgDataPeers   peers;
  BgPings       pings;
  BgPacketQueue backlog;       /* stolen from the inbox */
  BgHandshakes  handshakes;
  BgCounters    counters;
  BgIcmpLimit   icmp_limit;
  BgAccess     *access;
  BgReach *reach; /* NULL: not said yet */

  /* scratch: numbered packets that wait to be sealed together, and opened ones for the TUN */
  BgPacket *ready[BG_BATCH_MAX];
  int       n_ready;
  BgPacket *delivered[BG_BATCH_MAX];
  int       n_delivered;
} BgDataThread;

/* data-thread.c */
/* The thread's main function; returns when `stop` is set and the mailbox is woken. */
void *bg_data_thread_run (void *data);
/* Any thread: wakes it. */
void bg_data_thread_stop (BgDataThread *self);
/* After the thread has ended: closes transports, frees what the thread owns. */
void bg_data_thread_clear (BgDataThread *self);
uint64_t bg_data_thread_clock (void);
/* Counts for the device and, unless NULL, the peer. */
void bg_data_thread_count_drop (BgDataThread *self, BgDataPeer *peer, BgDrop why, uint64_t n);
/* Counts, gives back what the engine lent, frees. The peer is that of the packet. */
void bg_data_thread_drop (BgDataThread *self, BgPacket *pkt, BgDrop why);
void bg_data_thread_drop_all (BgDataThread *self, BgPacketQueue *victims, BgDrop why);
/* Something of the peer may be due at another time than before. */
void bg_data_thread_arm (BgDataThread *self, BgDataPeer *peer);
/* Takes finished work from the pool and sends it on its way. Not from within a batch. */
void bg_data_thread_collect (BgDataThread *self);
/* Before more is brought: where the workers cannot keep up, this thread helps them, and collects. */
void bg_data_thread_make_room (BgDataThread *self);
/* Finishes all work that is under way in the pool. */
void bg_data_thread_drain (BgDataThread *self);
/* A transport that the thread polls itself. */
bool bg_data_thread_watch_transport (BgDataThread *self, const BgTransport *transport);
void bg_data_thread_unwatch_transport (BgDataThread *self, const BgTransport *transport);
/* Says which super-packets the TUN refused. */
void bg_data_thread_announce_refusals (BgDataThread *self);
/* Puts it on its way to control, at once. */
void bg_data_thread_announce (BgDataThread *self, BgDataPeer *peer, BgEventType type);
/* A time of bg_data_thread_clock() by CLOCK_REALTIME; 0 stays 0. */
int64_t bg_data_thread_to_realtime_us (uint64_t boottime_ns);
/* The peer of a packet that the engine annotated, or NULL. */
BgDataPeer *bg_data_thread_peer_of (const BgPacket *pkt);

/* What came in place of another is polled from here on. */
void bg_data_thread_watch_tun (BgDataThread *self);
void bg_data_thread_watch_udp (BgDataThread *self);
void bg_data_thread_watch_workers (BgDataThread *self);

/* sleep.c */
void bg_sleep_begin (BgDataThread *self);
void bg_sleep_end (BgDataThread *self);

/* rest.c: peers on demand */
void bg_rest_set_on_demand (BgDataPeer *peer, bool on_demand);
/* A packet for the peer waits for a session. */
void bg_rest_packet_waits (BgDataThread *self, BgDataPeer *peer);
/* See bg_dataplane_rest(). */
void bg_rest_begin (BgDataThread *self, BgDataPeer *peer);

/* device.c: what changes while it runs */
/* Takes the TUN of `mail`. */
void bg_device_set_tun (BgDataThread *self, BgMail *mail);
void bg_device_set_mtu (BgDataThread *self, uint32_t mtu);
/* Starts the threads of the crypto pool and the handshake worker, as BgDataplaneConfig says; 0 or errno. */
int bg_device_start_threads (BgDataThread *self, uint32_t threads);
/* The same while it runs. */
void bg_device_set_threads (BgDataThread *self, uint32_t threads);
/* Takes the transport of `mail`. */
void bg_device_set_udp (BgDataThread *self, BgMail *mail);

/* outbound.c: from the TUN to the wire */
/* Takes `n` packets from the TUN. */
void bg_outbound_take (BgDataThread *self, BgPacket **pkts, int n);
/* Takes a packet of our own for `peer`, as if from the TUN. */
void bg_outbound_send_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt);
/* Takes what the engine wants to send. */
void bg_outbound_engine_take (BgDataThread *self, BgPacket *pkt);
/* Sends a control message over `kind`; false where there is no session or no packet. */
bool bg_outbound_control (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, const BgControl *control);
/* Sealed packets, in order: phase 3, and to their senders, for the next flush. */
void bg_outbound_sealed_take (BgDataThread *self, BgPacket **pkts, int n);
void bg_outbound_mark_dirty (BgDataThread *self, BgSender *sender);
/* Seals and hands over everything that waits. */
void bg_outbound_flush (BgDataThread *self);

/* inbound.c: from the wire to the TUN */
/* The one door: takes `n` outer messages, at most BG_BATCH_MAX. */
void bg_inbound_take (BgDataThread *self, BgPacket **pkts, int n);
/* Opened packets, in order: phase 3, and towards the TUN, for the next flush. */
void bg_inbound_opened_take (BgDataThread *self, BgPacket **pkts, int n);
/* Writes what is to be delivered into the TUN. */
void bg_inbound_flush (BgDataThread *self);
/* What a packet is counted as that the engine did not take. */
BgDrop bg_inbound_drop_for (WgVerdict verdict);

/* handshakes.c */
/* Takes the worker, or NULL, in place of the one before; what that has under way is lost, as on the wire. */
void bg_handshakes_set_worker (BgHandshakes *handshakes, BgHandshakeWorker *take);
/* Before the engine goes. */
void bg_handshakes_clear (BgHandshakes *handshakes);
void bg_handshakes_queue_take (BgDataThread *self, BgPacket *pkt);
/* Goes on with what the worker finished, and begins with some of those that wait. */
void bg_handshakes_serve (BgDataThread *self);
/* Nothing can be begun now; what the worker does is told by its fd. */
bool bg_handshakes_is_idle (const BgHandshakes *handshakes);

/* paths.c: transports and their peers */
bool bg_paths_attach_take (BgDataThread *self, BgDataPeer *peer, BgTransport *transport);
/* Another way leads to it: what was asked by those of before is asked again soon. */
void bg_paths_hurry (BgDataThread *self, BgDataPeer *peer);
/* Closes it; traffic has moved before that. `why` counts what waited. */
void bg_paths_detach (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, BgDrop why);
void bg_paths_detach_all (BgDataThread *self, BgDataPeer *peer);
/* The transport is dead: detach, and say so. */
void bg_paths_lost (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind);
/* The kernel refused messages on `transport` as too large. */
void bg_paths_too_big (BgDataThread *self, BgDataPeer *peer, BgTransport *transport);
/* No route leads to where the transport of this kind goes. */
void bg_paths_unreachable (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind);
/* Counts what a transport lost; `peer` NULL: of many. */
void bg_paths_count_losses (BgDataThread *self, BgDataPeer *peer, BgTransport *transport);
/* Picks the live transport and its MTU anew, moves what waits, and says so. */
void bg_paths_choose (BgDataThread *self, BgDataPeer *peer);
/* An authentic data message of the peer came by its path. */
void bg_paths_received (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt);
void bg_paths_session (BgDataThread *self, BgDataPeer *peer);
/* The TUN's MTU is another. */
void bg_paths_resize (BgDataThread *self, BgDataPeer *peer);
/* Sends the probes, marks and reports that are due. */
void bg_paths_run (BgDataThread *self, BgDataPeer *peer);
/* A control message of `peer` came over its own transport `kind`. */
void bg_paths_control (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, const uint8_t *bytes, size_t len);

/* plain-paths.c: static peers */
/* A session began. */
void bg_plain_paths_session (BgDataThread *self, BgDataPeer *peer);
/* It is somewhere else now. */
void bg_plain_paths_moved (BgDataThread *self, BgDataPeer *peer);
/* The TUN's size changed. */
void bg_plain_paths_resize (BgDataThread *self, BgDataPeer *peer);
/* What was behind the end of an inner packet of it. */
void bg_plain_paths_heard (BgDataThread *self, BgDataPeer *peer, const uint8_t *pad, uint32_t len);
/* An inner packet of this size left. */
void bg_plain_paths_sent (BgDataThread *self, BgDataPeer *peer, uint32_t size);
void bg_plain_paths_answered (BgDataThread *self, BgDataPeer *peer, uint32_t id, uint64_t latency_ns);
/* Sends the probes that are due. */
void bg_plain_paths_run (BgDataThread *self, BgDataPeer *peer);

/* roaming.c: where a peer may be */
/* A WgMayMove of the data thread, for static peers and those with a path alike. One that is inside the tunnel, or ourselves,
 * would close a loop: false, and counted. */
bool bg_roaming_may_move (void *data, WgPeer *peer, const BgEndpoint *to);

/* watch.c */
/* How soon the peer's loss must be noticed. */
void bg_watch_set (BgDataThread *self, BgDataPeer *peer, BgWatch watch);
/* Asks it, or says that it does not answer any more, where that is due. */
void bg_watch_run (BgDataThread *self, BgDataPeer *peer);
/* Somebody's packet for the peer. */
void bg_watch_used (BgDataThread *self, BgDataPeer *peer);
/* Something authentic of it. */
void bg_watch_heard (BgDataThread *self, BgDataPeer *peer);
/* True where the inner packet answers a question of ours: it is not for the TUN. */
bool bg_watch_take_reply (BgDataThread *self, BgDataPeer *peer, const uint8_t *bytes, size_t len);

/* ping.c */
/* Our first inside the tunnel, or NULL. */
const uint8_t *bg_ping_own_address (const BgDataThread *self, int family);
void bg_ping_start (BgDataThread *self, BgDataPeer *peer, uint32_t timeout_ms, uint64_t cookie);
/* The peer got a session, or a path. */
void bg_ping_retry (BgDataThread *self, BgDataPeer *peer);
bool bg_ping_is_id (uint32_t id);
void bg_ping_probe_answered (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, uint32_t id);
/* True where the inner packet answers one of our echoes: it is not for the TUN. */
bool bg_ping_take_reply (BgDataThread *self, BgDataPeer *peer, const uint8_t *bytes, size_t len);
void bg_ping_forget (BgDataThread *self, BgDataPeer *peer);
uint64_t bg_ping_next (const BgDataThread *self);
void bg_ping_run (BgDataThread *self);

/* commands.c: the mail */
void bg_commands_obey (BgDataThread *self, BgMail *mail);
void bg_commands_remove_peer (BgDataThread *self, BgDataPeer *peer);
