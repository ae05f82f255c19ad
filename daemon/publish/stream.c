/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/stream.h"

#include "common/log.h"
#include "publish/pump.h"
#include "publish/upgrade.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef enum
{
  GREETING, /* the client, in TLS */
  CONNECTING,
  ASKING, /* the ingress */
  COPYING,
  GONE,
} State;

struct _BgStream
{
  const BgStreamHome *home;
  BgForwardWay *way;
  GList link;
  State state;
  int fd; /* the client's, until it is watched */
  BgSide local, remote;
  BgConnector *connector; /* CONNECTING */
  BgUpgrade *upgrade;     /* ASKING */
  gboolean is_pooled, is_retried;
  BgHttpHost *host; /* COPYING, where Host may change */
  BgPump up, down;
  gint64 asked_at; /* ASKING: since when */
  gint64 active_at;
  BgDeadline limit; /* of the answer, or of silence */
  BgDeadline again; /* more to do, without an event */
};

static void set_off (BgStream *stream);
static void connect_anew (BgStream *stream);

static void
stream_free (gpointer data)
{
  BgStream *stream = data;

  bg_pump_clear (&stream->up);
  bg_pump_clear (&stream->down);
  g_clear_pointer (&stream->host, bg_http_host_free);
  bg_forward_way_unref (stream->way);
  g_free (stream);
}

static void
end (BgStream *stream, gboolean reset)
{
  BgReactor *reactor = stream->home->reactor;

  if (stream->state == GONE)
    return;
  stream->state = GONE;
  g_clear_pointer (&stream->connector, bg_connector_cancel);
  g_clear_pointer (&stream->upgrade, bg_upgrade_free);
  bg_side_close (&stream->local, reactor, reset);
  bg_side_close (&stream->remote, reactor, reset);
  bg_reactor_disarm (reactor, &stream->limit);
  bg_reactor_disarm (reactor, &stream->again);
  bg_door_tally_ended (stream->home->tally);
  stream->home->ended (stream->home->data, stream);
  bg_reactor_bury (reactor, stream, stream_free);
}

void
bg_stream_abort (BgStream *stream)
{
  end (stream, TRUE);
}

static gint64
after (BgStream *stream, gint64 ms)
{
  return bg_reactor_now (stream->home->reactor) + ms * 1000;
}

/* All that the client was to have is on its way. */
static gboolean
is_lingering (const BgStream *stream)
{
  return stream->down.state == BG_PUMP_ENDED && stream->up.state == BG_PUMP_DISCARDING;
}

/* How long nothing may pass, in ms; 0: for ever. */
static guint
silence_ms (const BgStream *stream)
{
  const BgForwardWayLimits *limits = &stream->way->limits;

  if (is_lingering (stream))
    return BG_LINGER_MS;
  if (stream->up.state != BG_PUMP_OPEN || stream->down.state != BG_PUMP_OPEN)
    return limits->half_closed_ms;
  return limits->idle_ms;
}

static void
limit_silence (BgStream *stream)
{
  gint64 ms = silence_ms (stream), at = stream->active_at + ms * 1000;

  if (ms > 0 && (!stream->limit.place || at < stream->limit.at))
    bg_reactor_arm (stream->home->reactor, &stream->limit, at);
}

static void
count (BgStream *stream, guint64 up, guint64 down)
{
  if (up == stream->up.passed && down == stream->down.passed)
    return;
  stream->active_at = bg_reactor_now (stream->home->reactor);
  bg_door_tally_carried (stream->home->tally, stream->up.passed - up, stream->down.passed - down);
}

/* The client takes nothing any more; or the far side did not, and whether the end that followed was meant to be one cannot be told
 * but by TLS. */
static gboolean
is_cut_short (const BgStream *stream, gboolean was_refusing)
{
  if (stream->down.state == BG_PUMP_DISCARDING)
    return TRUE;
  return was_refusing && stream->down.state != BG_PUMP_OPEN && !stream->remote.ssl;
}

static void
wait_for_more (BgStream *stream, gboolean has_more)
{
  BgReactor *reactor = stream->home->reactor;

  if (has_more)
    bg_reactor_arm (reactor, &stream->again, bg_reactor_now (reactor));
  limit_silence (stream);
}

static void refuse_request (BgStream *stream);

/* The answers first: they may decide what becomes of what the client sends. */
static void
copy (BgStream *stream)
{
  BgReactor *reactor = stream->home->reactor;
  guint64 had_up = stream->up.passed, had_down = stream->down.passed;
  gboolean was_refusing = stream->up.state == BG_PUMP_DISCARDING
                          && stream->down.state == BG_PUMP_OPEN;
  BgPumpVerdict down = bg_pump_run (&stream->down, reactor),
                up = bg_pump_run (&stream->up, reactor);

  count (stream, had_up, had_down);
  if (stream->host && bg_http_host_refuses (stream->host))
    refuse_request (stream);
  else if (up == BG_PUMP_BROKE || down == BG_PUMP_BROKE || is_cut_short (stream, was_refusing))
    end (stream, TRUE);
  else if (up == BG_PUMP_IS_DONE && down == BG_PUMP_IS_DONE)
    end (stream, FALSE);
  else
    wait_for_more (stream, up == BG_PUMP_HAS_MORE || down == BG_PUMP_HAS_MORE);
}

/* --- Who comes --- */

static void
get_ends (BgStream *stream, BgSocketAddress *from, BgSocketAddress *to)
{
  memset (from, 0, sizeof *from);
  memset (to, 0, sizeof *to);
  from->len = to->len = sizeof from->ip;
  /* one that cannot be asked any more is of no family, as one of a Unix socket */
  (void) getpeername (stream->local.fd, &from->any, &from->len);
  (void) getsockname (stream->local.fd, &to->any, &to->len);
}

/* Before anything that the client sends. */
static void
put_preface (BgStream *stream, const BgSocketAddress *from, const BgSocketAddress *to,
             const char *name)
{
  stream->up.kept = g_malloc (BG_CALLER_PREFACE_MAX);
  stream->up.ready = stream->up.len = (guint32) bg_caller_preface (from, to, name, stream->up.kept);
}

/* The far side, which sees no TLS, can tell people the right links. */
static char *
caller_lines (const BgStream *stream, const BgSocketAddress *from, const char *name)
{
  g_autofree char *lines = bg_caller_lines (from, name);

  return g_strconcat (lines, stream->way->tls ? "X-Forwarded-Proto: https\r\n" : "", NULL);
}

static void
tell_who_comes (BgStream *stream)
{
  BgForwardWay *way = stream->way;
  BgSocketAddress from, to;
  const char *name;

  if (!way->tells_proxy && !way->tells_headers)
    return;
  get_ends (stream, &from, &to);
  name = bg_callers_find (way->callers, &from);
  if (way->tells_proxy)
    put_preface (stream, &from, &to, name);
  if (way->tells_headers)
    {
      g_autofree char *lines = caller_lines (stream, &from, name);

      bg_http_host_tell_caller (stream->host, lines);
    }
}

static gboolean
needs_host (const BgForwardWay *way)
{
  return way->is_http
         && (way->tells_headers || (way->rewrite.when != BG_REWRITE_NEVER && way->rewrite.value));
}

static void
begin_copy (BgStream *stream)
{

  bg_reactor_disarm (stream->home->reactor, &stream->limit);
  stream->active_at = bg_reactor_now (stream->home->reactor);
  if (needs_host (stream->way))
    stream->host = bg_http_host_new (&stream->way->rewrite);
  tell_who_comes (stream);
  stream->up.filter = stream->down.answers = stream->host;
  stream->state = COPYING;
  copy (stream);
}

static const char *
status_of (BgForwardError error)
{
  if (error == BG_FORWARD_REQUEST)
    return "400 Bad Request";
  return error == BG_FORWARD_TIMEOUT ? "504 Gateway Timeout" : "502 Bad Gateway";
}

static char *
http_answer (BgForwardError error, const char *reason)
{
  return g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: %zu\r\nCache-Control: no-store\r\nConnection: close\r\n"
                          "\r\n%s\n",
                          status_of (error), strlen (reason) + 1, reason);
}

/* What the client sends meanwhile is read and dropped: a close before that would take the answer with it. */
static void
answer_in_http (BgStream *stream, BgForwardError error, const char *reason)
{
  bg_reactor_disarm (stream->home->reactor, &stream->limit);
  bg_side_close (&stream->remote, stream->home->reactor, FALSE);
  stream->down.kept = (guint8 *) http_answer (error, reason);
  stream->down.ready = stream->down.len = (guint32) strlen ((char *) stream->down.kept);
  stream->down.state = BG_PUMP_ENDING;
  stream->up.state = BG_PUMP_DISCARDING;
  stream->active_at = bg_reactor_now (stream->home->reactor);
  stream->state = COPYING;
  copy (stream);
}

static void
fail (BgStream *stream, BgForwardError error, const char *reason)
{
  bg_log (BG_TOPIC_APP, DEBUG, NULL, "a connection was not carried on: %s", reason);
  bg_door_tally_failed (stream->home->tally, error, reason);
  if (stream->way->is_http)
    answer_in_http (stream, error, reason);
  else
    end (stream, TRUE);
}

/* With a word where nothing else has been said yet, so that it is the answer to this. */
static void
refuse_request (BgStream *stream)
{
  const char *reason = "this request cannot be passed on: another reader could take it for another";
  gboolean is_first = stream->down.passed == 0 && !stream->down.kept;

  bg_pump_clear (&stream->up);
  bg_pump_clear (&stream->down);
  stream->up.filter = stream->down.answers = NULL;
  g_clear_pointer (&stream->host, bg_http_host_free);
  if (is_first)
    {
      fail (stream, BG_FORWARD_REQUEST, reason);
      return;
    }
  bg_door_tally_failed (stream->home->tally, BG_FORWARD_REQUEST, reason);
  end (stream, TRUE);
}

static BgIdlePool *
pool_of (BgStream *stream)
{
  return stream->home->pool_of (stream->home->data, stream->way->ingress);
}

/* A connection of the pool is no better than its time of waiting; one that was made for this client has one more chance. */
static gboolean
may_retry (BgStream *stream, BgForwardError error)
{
  BgIdlePool *pool = stream->is_pooled ? pool_of (stream) : NULL;

  if (pool)
    bg_idle_pool_was_dead (pool);
  if (stream->is_retried || !stream->way->ingress)
    return FALSE;
  return stream->is_pooled || error == BG_FORWARD_DIAL || error == BG_FORWARD_TLS;
}

static void
retry_or_fail (BgStream *stream, BgForwardError error, const char *reason)
{
  gboolean retry = may_retry (stream, error);

  bg_side_close (&stream->remote, stream->home->reactor, FALSE);
  g_clear_pointer (&stream->upgrade, bg_upgrade_free);
  bg_reactor_disarm (stream->home->reactor, &stream->limit);
  if (!retry)
    {
      fail (stream, error, reason);
      return;
    }
  stream->is_retried = TRUE;
  stream->is_pooled = FALSE;
  connect_anew (stream);
}

static void
hung_up (BgStream *stream)
{
  if (!stream->is_pooled)
    stream->home->heard (stream->home->data, stream->way->ingress, TRUE);
  retry_or_fail (stream, BG_FORWARD_REJECTED, "the ingress hung up before it answered");
}

static void
refused (BgStream *stream)
{
  const BgIngressAnswer *answer = stream->upgrade->answer;
  g_autofree char *reason = NULL;

  if (!answer)
    reason = g_strdup ("the answer of the ingress cannot be read");
  else
    reason = g_strdup_printf ("%s%s%s", answer->error_code,
                              *answer->error_code && *answer->error_message ? ": " : "",
                              answer->error_message);
  g_clear_pointer (&stream->upgrade, bg_upgrade_free);
  fail (stream, BG_FORWARD_UPGRADE, reason);
}

static void
answered (BgStream *stream)
{
  BgIdlePool *pool = stream->is_pooled ? pool_of (stream) : NULL;
  const BgIngressAnswer *answer = stream->upgrade->answer;

  for (char **notice = answer ? answer->notices : NULL; notice && *notice; notice++)
    bg_log (BG_TOPIC_APP, DEBUG, NULL, "the ingress remarks: %s", *notice);
  if (pool)
    bg_idle_pool_was_good (pool);
  bg_ingress_tally_answered (stream->way->ingress->tally, after (stream, 0) - stream->asked_at);
  stream->home->heard (stream->home->data, stream->way->ingress, FALSE);
}

static void
ask (BgStream *stream)
{
  switch (bg_upgrade_run (stream->upgrade, &stream->remote))
    {
    case BG_UPGRADE_WAITS:
      break;
    case BG_UPGRADE_DONE:
      answered (stream);
      g_clear_pointer (&stream->upgrade, bg_upgrade_free);
      begin_copy (stream);
      break;
    case BG_UPGRADE_HUNG_UP:
      hung_up (stream);
      break;
    case BG_UPGRADE_REFUSED:
      answered (stream);
      refused (stream);
    }
}

/* Nobody can be answered in a way that he understands but by TLS's own word, which is on its way. */
static void
turn_away (BgStream *stream, BgForwardError error, const char *reason)
{
  bg_door_tally_failed (stream->home->tally, error, reason);
  end (stream, FALSE);
}

static void
greet (BgStream *stream)
{
  int result = bg_side_shake_hands (&stream->local);

  if (result == BG_SIDE_BROKEN)
    {
      g_autofree char *reason = bg_tls_client_failure (stream->local.ssl);

      turn_away (stream, BG_FORWARD_TLS, reason);
    }
  else if (result == 0)
    {
      bg_reactor_disarm (stream->home->reactor, &stream->limit);
      set_off (stream);
    }
}

static void
go_on (BgStream *stream)
{
  if (stream->state == ASKING)
    ask (stream);
  else if (stream->state == COPYING)
    copy (stream);
}

/* Of a plain connection an end alone may be a half of one. A client of HTTP that never asked is gone. */
static gboolean
is_client_gone (BgStream *stream, guint32 events)
{
  guint8 byte;

  if (events & (EPOLLHUP | EPOLLERR))
    return TRUE;
  return (events & EPOLLRDHUP) && stream->way->is_http
         && recv (stream->local.fd, &byte, 1, MSG_PEEK) == 0;
}

static void
on_local_ready (gpointer data, guint32 events)
{
  BgStream *stream = data;

  bg_side_note (&stream->local, events);
  if (stream->state == GREETING)
    greet (stream);
  else if (stream->state == COPYING)
    copy (stream);
  else if (is_client_gone (stream, events))
    end (stream, TRUE);
}

static void
on_remote_ready (gpointer data, guint32 events)
{
  BgStream *stream = data;

  bg_side_note (&stream->remote, events);
  go_on (stream);
}

static void
on_again_due (gpointer data)
{
  go_on (data);
}

static void
on_limit_due (gpointer data)
{
  BgStream *stream = data;
  gint64 ms;

  if (stream->state == GREETING)
    {
      turn_away (stream, BG_FORWARD_TIMEOUT, "TLS handshake: the client was too slow");
      return;
    }
  if (stream->state == ASKING)
    {
      retry_or_fail (stream, BG_FORWARD_TIMEOUT, "the ingress did not answer in time");
      return;
    }
  ms = silence_ms (stream);
  if (ms == 0 || after (stream, 0) - stream->active_at < ms * 1000)
    limit_silence (stream);
  else
    end (stream, !is_lingering (stream));
}

static void
set_manner (int fd)
{
  const int yes = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
}

static void
open_remote (BgStream *stream, int fd, SSL *ssl)
{
  set_manner (fd);
  if (!bg_side_open (&stream->remote, stream->home->reactor, fd, ssl, on_remote_ready, stream))
    {
      fail (stream, BG_FORWARD_LOCAL, g_strerror (errno));
      return;
    }
  if (!stream->way->ingress)
    {
      begin_copy (stream);
      return;
    }
  stream->state = ASKING;
  stream->asked_at = bg_reactor_now (stream->home->reactor);
  stream->upgrade = bg_upgrade_new (stream->way->request);
  bg_reactor_arm (stream->home->reactor, &stream->limit,
                  after (stream, stream->way->limits.answer_ms));
  ask (stream);
}

static void
on_connected (gpointer data, const BgConnected *connected)
{
  BgStream *stream = data;

  stream->connector = NULL;
  if (connected->fd < 0)
    {
      retry_or_fail (stream, connected->error, connected->reason);
      return;
    }
  if (connected->ssl)
    bg_ingress_tally_shook_hands (stream->way->ingress->tally, SSL_session_reused (connected->ssl));
  open_remote (stream, connected->fd, connected->ssl);
}

static void
connect_anew (BgStream *stream)
{
  stream->state = CONNECTING;
  stream->connector = bg_connector_new (stream->home->reactor, bg_forward_way_target (stream->way),
                                        on_connected, stream);
}

BgStream *
bg_stream_new (const BgStreamHome *home, BgForwardWay *way, int fd)
{
  BgStream *stream = g_new0 (BgStream, 1);

  stream->home = home;
  stream->way = bg_forward_way_ref (way);
  stream->fd = fd;
  stream->link.data = stream;
  bg_side_init (&stream->local);
  bg_side_init (&stream->remote);
  bg_pump_init (&stream->up, &stream->local, &stream->remote);
  bg_pump_init (&stream->down, &stream->remote, &stream->local);
  stream->limit = (BgDeadline){ .due = on_limit_due, .data = stream };
  stream->again = (BgDeadline){ .due = on_again_due, .data = stream };
  return stream;
}

void
bg_stream_free (BgStream *stream)
{
  stream_free (stream);
}

GList *
bg_stream_link (BgStream *stream)
{
  return &stream->link;
}

static void
set_off (BgStream *stream)
{
  BgIdlePool *pool = stream->way->ingress ? pool_of (stream) : NULL;
  int fd;
  SSL *ssl;

  if (pool && bg_idle_pool_take (pool, &fd, &ssl))
    {
      stream->is_pooled = TRUE;
      open_remote (stream, fd, ssl);
    }
  else
    connect_anew (stream);
}

static void
begin_greeting (BgStream *stream)
{
  stream->state = GREETING;
  bg_reactor_arm (stream->home->reactor, &stream->limit,
                  after (stream, stream->way->target.handshake_ms));
  greet (stream);
}

void
bg_stream_begin (BgStream *stream)
{
  BgTlsServer *tls = stream->way->tls;
  SSL *ssl = tls ? bg_tls_server_begin (tls, stream->fd) : NULL;

  bg_door_tally_began (stream->home->tally);
  set_manner (stream->fd);
  if (!bg_side_open (&stream->local, stream->home->reactor, stream->fd, ssl, on_local_ready, stream)
      || (tls && !ssl))
    end (stream, TRUE);
  else if (tls)
    begin_greeting (stream);
  else
    set_off (stream);
}
