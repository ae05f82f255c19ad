/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/dataplane.h"
#include "dataplane/access-rules.h"
#include "dataplane/reach.h"
#include "dataplane/data-thread.h"

#include "transport/transport-udp.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum
{
  DEFAULT_PACKETS = 16384,
  MIN_MESSAGE = 2048,
  DATA_CHANNEL_MTU = 1152, /* 1184 of a message that SCTP does not cut, less WireGuard's 32 */
};

struct BgDataplane
{
  BgDataThread data;
  pthread_t thread;
  bool running;
  uint16_t udp_port; /* 0: none */
  uint64_t beats;    /* asked for */
};

/* --- Sinks --- */

/* Any thread. */
static void
on_transport_receive (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  BgDataThread *thread = data;
  int taken;

  for (int i = 0; i < n; i++)
    {
      pkts[i]->transport = (uint8_t) from->kind;
      pkts[i]->endpoint.path = from->path;
    }
  taken = bg_packet_inbox_push (thread->inbox, pkts, n);
  if (taken < n)
    {
      atomic_fetch_add_explicit (&thread->inbox_full, (uint64_t) (n - taken), memory_order_relaxed);
      bg_packet_free_batch (pkts + taken, n - taken);
    }
}

/* Any thread. */
static void
on_transport_closed (void *data, BgTransport *from)
{
  BgDataThread *thread = data;
  BgMail mail = { .type = BG_MAIL_CLOSED, .transport = bg_transport_ref (from) };

  bg_mailbox_post_take (thread->mailbox, &mail);
}

/* The data thread's own. */
static void
on_udp_receive (void *data, BgTransport *from, BgPacket **pkts, int n)
{
  for (int i = 0; i < n; i++)
    {
      pkts[i]->transport = BG_TRANSPORT_UDP;
      pkts[i]->endpoint.path = 0;
    }
  bg_inbound_take (data, pkts, n);
}

static void
on_udp_closed (void *data, BgTransport *from)
{
}

static void
on_udp_source_lost (void *data, BgTransport *from, const BgPacket *pkt)
{
  if (pkt->peer)
    wg_peer_forget_source (pkt->peer, &pkt->endpoint);
}

/* --- Life --- */

static BgTransport *
open_udp (BgDataThread *data, uint16_t port, int *error)
{
  BgTransportSink sink = { on_udp_receive, on_udp_closed, data, on_udp_source_lost };

  return bg_transport_udp_new (port, data->pool, &sink, error);
}

static int
start_udp (BgDataThread *data, const BgDataplaneConfig *config)
{
  int error = 0;

  if (!config->udp)
    return 0;
  data->udp = open_udp (data, config->udp_port, &error);
  if (data->udp)
    bg_sender_init (&data->udp_sender, data->udp, false, 0);
  return error;
}

static void
copy_addresses (BgDataThread *data, const BgDataplaneConfig *config)
{
  data->addresses = calloc (config->n_addresses + 1, sizeof *data->addresses);
  if (!data->addresses)
    abort ();
  data->n_addresses = config->n_addresses;
  if (config->n_addresses > 0)
    memcpy (data->addresses, config->addresses, config->n_addresses * sizeof *data->addresses);
}

static int
init_data (BgDataThread *data, const BgDataplaneConfig *config, const WgKey *private_key)
{
  uint32_t max_message = config->tun_mtu + WG_DATA_OVERHEAD;
  int error = 0;

  data->pool = bg_packet_pool_new (max_message > MIN_MESSAGE ? max_message : MIN_MESSAGE,
                                   config->max_packets ? config->max_packets : DEFAULT_PACKETS);
  data->inbox = bg_packet_inbox_new (BG_INBOX_MAX);
  data->mailbox = bg_mailbox_new ();
  data->events = bg_event_queue_new ();
  data->tun_mtu = config->tun_mtu;
  data->wake_ns = BG_PATH_NEVER;
  data->udp_sender.retry_ns = BG_SENDER_NEVER;
  data->guest = config->guest ? *config->guest : (BgDataGuest){ .fd = -1 };
  data->access = bg_access_new ();
  copy_addresses (data, config);
  bg_tun_io_init (&data->tun, config->tun_fd, config->tun_vnet_hdr, config->tun_udp_super,
                  data->pool);
  data->scratch = bg_receive_scratch_new ();
  data->epoll_fd = data->alarm_fd = -1;
  data->dev = wg_device_new (data->pool, NULL, NULL);
  if (!data->dev)
    return ENOTSUP;
  wg_device_set_may_move (data->dev, bg_roaming_may_move, data);
  data->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  data->alarm_fd = timerfd_create (CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  data->alarm_ns = BG_PATH_NEVER;
  if (data->epoll_fd < 0 || data->alarm_fd < 0)
    return errno;
  error = bg_device_start_threads (data, config->threads);
  if (error != 0)
    return error;
  if (!wg_device_set_private_key (data->dev, private_key))
    return EINVAL;
  return start_udp (data, config);
}

/* Signals are for the main thread. */
static int
start_thread (BgDataplane *self)
{
  sigset_t all, before;
  int error;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  error = pthread_create (&self->thread, NULL, bg_data_thread_run, &self->data);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (error == 0)
    {
      pthread_setname_np (self->thread, "bamgate-data");
      self->running = true;
    }
  return error;
}

BgDataplane *
bg_dataplane_new (const BgDataplaneConfig *config, const WgKey *private_key, int *error)
{
  BgDataplane *self = calloc (1, sizeof *self);
  int failure;

  if (!self)
    abort ();
  failure = init_data (&self->data, config, private_key);
  if (self->data.udp)
    self->udp_port = bg_transport_udp_port (self->data.udp);
  if (failure == 0)
    failure = start_thread (self);
  if (failure == 0)
    return self;
  bg_dataplane_free (self);
  if (error)
    *error = failure;
  return NULL;
}

bool
bg_dataplane_free (BgDataplane *self)
{
  bool complete;

  if (!self)
    return true;
  if (self->running)
    {
      bg_data_thread_stop (&self->data);
      pthread_join (self->thread, NULL);
    }
  bg_data_thread_clear (&self->data);
  bg_mailbox_free (self->data.mailbox);
  bg_packet_inbox_destroy (self->data.inbox);
  bg_event_queue_free (self->data.events);
  complete = bg_packet_pool_destroy (self->data.pool);
  free (self);
  return complete;
}

/* --- What others need of it --- */

BgPacketPool *
bg_dataplane_pool (BgDataplane *self)
{
  return self->data.pool;
}

BgTransportSink
bg_dataplane_sink (BgDataplane *self)
{
  return (BgTransportSink){ on_transport_receive, on_transport_closed, &self->data };
}

uint16_t
bg_dataplane_udp_port (BgDataplane *self)
{
  return self->udp_port;
}

uint32_t
bg_dataplane_path_mtu (BgTransportKind kind, uint32_t tun_mtu)
{
  if (kind == BG_TRANSPORT_NONE)
    return 0;
  return kind == BG_TRANSPORT_DATA_CHANNEL && tun_mtu > DATA_CHANNEL_MTU ? DATA_CHANNEL_MTU
                                                                         : tun_mtu;
}

/* --- What may change --- */

void
bg_dataplane_set_tun (BgDataplane *self, int fd, bool vnet_hdr, bool udp_super, uint64_t number)
{
  BgMail mail = { .type = BG_MAIL_SET_TUN,
                  .tun_fd = fd,
                  .tun_vnet_hdr = vnet_hdr,
                  .tun_udp_super = udp_super,
                  .cookie = number };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_set_mtu (BgDataplane *self, uint32_t mtu)
{
  BgMail mail = { .type = BG_MAIL_SET_MTU, .number = mtu };

  return mtu + WG_DATA_OVERHEAD <= bg_packet_pool_max_message (self->data.pool)
         && bg_mailbox_post_take (self->data.mailbox, &mail);
}

void
bg_dataplane_set_threads (BgDataplane *self, uint32_t threads)
{
  BgMail mail = { .type = BG_MAIL_SET_THREADS, .number = threads };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

void
bg_dataplane_set_access (BgDataplane *self, BgAccessRules *rules)
{
  BgMail mail = { .type = BG_MAIL_SET_ACCESS,
                  .access = rules ? bg_access_rules_ref (rules) : NULL };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

void
bg_dataplane_set_reach_take (BgDataplane *self, BgReach *reach)
{
  BgMail mail = { .type = BG_MAIL_SET_REACH, .reach = reach };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

void
bg_dataplane_sleep (BgDataplane *self)
{
  BgMail mail = { .type = BG_MAIL_SLEEP };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

void
bg_dataplane_wake (BgDataplane *self)
{
  BgMail mail = { .type = BG_MAIL_WAKE };

  bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_is_alive (BgDataplane *self)
{
  BgMail mail = { .type = BG_MAIL_BEAT };

  if (atomic_load_explicit (&self->data.beat, memory_order_acquire) != self->beats)
    return false;
  mail.cookie = ++self->beats;
  bg_mailbox_post_take (self->data.mailbox, &mail);
  return true;
}

int
bg_dataplane_set_udp_port (BgDataplane *self, uint16_t port)
{
  BgMail mail = { .type = BG_MAIL_SET_UDP };
  int error = 0;

  if (self->udp_port != 0 && (port == 0 || port == self->udp_port))
    return 0;
  mail.transport = open_udp (&self->data, port, &error);
  if (!mail.transport)
    return error;
  self->udp_port = bg_transport_udp_port (mail.transport);
  bg_mailbox_post_take (self->data.mailbox, &mail);
  return 0;
}

/* --- Mail --- */

bool
bg_dataplane_set_private_key (BgDataplane *self, const WgKey *key)
{
  BgMail mail = { .type = BG_MAIL_SET_PRIVATE_KEY, .key = *key };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_set_peer (BgDataplane *self, const BgPeerConfig *config)
{
  BgMail mail = { .type = BG_MAIL_SET_PEER, .peer = *config };
  BgAllowedIp *ips = calloc (config->n_allowed_ips + 1, sizeof *ips);

  if (!ips)
    abort ();
  if (config->n_allowed_ips > 0)
    memcpy (ips, config->allowed_ips, config->n_allowed_ips * sizeof *ips);
  mail.peer.allowed_ips = ips;
  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_set_endpoint (BgDataplane *self, const WgKey *key, const BgEndpoint *endpoint)
{
  BgMail mail = { .type = BG_MAIL_SET_ENDPOINT, .key = *key, .peer.endpoint = *endpoint };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_remove_peer (BgDataplane *self, const WgKey *key)
{
  BgMail mail = { .type = BG_MAIL_REMOVE_PEER, .key = *key };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_attach (BgDataplane *self, const WgKey *key, BgTransport *transport)
{
  BgMail mail = { .type = BG_MAIL_ATTACH, .key = *key, .transport = bg_transport_ref (transport) };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_detach (BgDataplane *self, BgTransport *transport)
{
  BgMail mail = { .type = BG_MAIL_DETACH, .transport = bg_transport_ref (transport) };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_rest (BgDataplane *self, const WgKey *key)
{
  BgMail mail = { .type = BG_MAIL_REST, .key = *key };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_ping (BgDataplane *self, const WgKey *key, uint32_t timeout_ms, uint64_t cookie)
{
  BgMail mail = { .type = BG_MAIL_PING, .key = *key, .timeout_ms = timeout_ms, .cookie = cookie };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_handshake (BgDataplane *self, const WgKey *key)
{
  BgMail mail = { .type = BG_MAIL_HANDSHAKE, .key = *key };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_say_head (BgDataplane *self, const WgKey *key, const BgLogHead *head)
{
  BgMail mail = { .type = BG_MAIL_HEAD, .key = *key, .head = *head };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_say_part (BgDataplane *self, const WgKey *key, const BgLogPart *part)
{
  BgMail mail = { .type = BG_MAIL_LOG, .key = *key, .part = *part };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_say_leave (BgDataplane *self, const WgKey *key)
{
  BgMail mail = { .type = BG_MAIL_LEAVE, .key = *key };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

bool
bg_dataplane_request_stats (BgDataplane *self, uint64_t cookie)
{
  BgMail mail = { .type = BG_MAIL_STATS, .cookie = cookie };

  return bg_mailbox_post_take (self->data.mailbox, &mail);
}

/* --- Events --- */

int
bg_dataplane_event_fd (BgDataplane *self)
{
  return bg_event_queue_fd (self->data.events);
}

bool
bg_dataplane_pop_event (BgDataplane *self, BgEvent *out)
{
  return bg_event_queue_pop (self->data.events, out);
}

void
bg_dataplane_event_clear (BgEvent *event)
{
  for (uint32_t i = 0; event->stats && i < event->n_stats; i++)
    {
      free (event->stats[i].allowed_ips);
      wg_wipe (&event->stats[i].psk, sizeof event->stats[i].psk);
    }
  free (event->stats);
  event->stats = NULL;
  event->n_stats = 0;
}
