/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/netlink.h"
#include "common/error.h"
#include "common/inner-socket.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The kernel sends dumps in pieces of up to 32 KiB to who offers the room (netlink_recvmsg). */
#define RECEIVE_SIZE (32 * 1024)
#define MAX_RESTARTS 8
#define ANSWER_TIME_S 5

struct _BgNetlink
{
  struct mnl_socket *socket;
  guint portid;
  guint32 seq;
  guint n_changes;
  char buf[RECEIVE_SIZE];
};

/* What one answer said. */
typedef struct
{
  int error;        /* errno, 0 for done */
  char reason[160]; /* the kernel's words, "" for none */
} Verdict;

struct mnl_socket *
bg_netlink_open_inner (void)
{
  int fd = bg_inner_socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct mnl_socket *opened = fd >= 0 ? mnl_socket_fdopen (fd) : NULL;

  if (!opened && fd >= 0)
    close (fd);
  return opened;
}

static BgNetlink *
make (struct mnl_socket *opened, GError **error)
{
  g_autoptr (BgNetlink) self = g_new0 (BgNetlink, 1);
  struct timeval limit = { .tv_sec = ANSWER_TIME_S };
  int on = 1;

  self->socket = opened;
  if (!self->socket || mnl_socket_bind (self->socket, 0, MNL_SOCKET_AUTOPID) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, NETLINK_FAILED, bg_arg_errno (errno));
      return NULL;
    }
  self->portid = mnl_socket_get_portid (self->socket);
  /* Comfort, each of them: older kernels answer without reasons, and dumps are filtered again by their readers. */
  (void) mnl_socket_setsockopt (self->socket, NETLINK_EXT_ACK, &on, sizeof on);
  (void) mnl_socket_setsockopt (self->socket, NETLINK_CAP_ACK, &on, sizeof on);
  (void) mnl_socket_setsockopt (self->socket, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  (void) setsockopt (mnl_socket_get_fd (self->socket), SOL_SOCKET, SO_RCVTIMEO, &limit,
                     sizeof limit);
  return g_steal_pointer (&self);
}

BgNetlink *
bg_netlink_new (GError **error)
{
  return make (mnl_socket_open2 (NETLINK_ROUTE, SOCK_CLOEXEC), error);
}

BgNetlink *
bg_netlink_new_inner (GError **error)
{
  return make (bg_netlink_open_inner (), error);
}

void
bg_netlink_free (BgNetlink *self)
{
  if (!self)
    return;
  if (self->socket)
    mnl_socket_close (self->socket);
  g_free (self);
}

struct nlmsghdr *
bg_netlink_begin (char *buf, guint16 type, guint16 flags)
{
  struct nlmsghdr *request = mnl_nlmsg_put_header (buf);

  request->nlmsg_type = type;
  request->nlmsg_flags = NLM_F_REQUEST | flags;
  return request;
}

static int
on_ack_attribute (const struct nlattr *attr, void *data)
{
  Verdict *verdict = data;

  if (mnl_attr_get_type (attr) == NLMSGERR_ATTR_MSG
      && mnl_attr_validate (attr, MNL_TYPE_NUL_STRING) >= 0)
    g_strlcpy (verdict->reason, mnl_attr_get_str (attr), sizeof verdict->reason);
  return MNL_CB_OK;
}

/* NLMSG_ERROR: a code, the head of our request (all of it unless NLM_F_CAPPED), then attributes. */
static int
on_ack (const struct nlmsghdr *nlh, void *data)
{
  const struct nlmsgerr *err = mnl_nlmsg_get_payload (nlh);
  Verdict *verdict = data;
  size_t offset = sizeof *err;

  if (mnl_nlmsg_get_payload_len (nlh) < sizeof *err)
    {
      verdict->error = EBADMSG;
      return MNL_CB_STOP;
    }
  verdict->error = err->error < 0 ? -err->error : err->error;
  if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof err->msg)
    offset += MNL_ALIGN (err->msg.nlmsg_len) - sizeof err->msg;
  if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && offset <= mnl_nlmsg_get_payload_len (nlh))
    (void) mnl_attr_parse (nlh, (unsigned) offset, on_ack_attribute, verdict);
  return MNL_CB_STOP;
}

/* NLMSG_DONE carries an error of its own where a dump ended early. */
static int
on_done (const struct nlmsghdr *nlh, void *data)
{
  Verdict *verdict = data;
  int code = 0;

  if (mnl_nlmsg_get_payload_len (nlh) >= sizeof code)
    memcpy (&code, mnl_nlmsg_get_payload (nlh), sizeof code);
  if (code < 0)
    verdict->error = -code;
  return MNL_CB_STOP;
}

typedef struct
{
  Verdict verdict;
  mnl_cb_t each;
  gpointer data;
} Query;

static int
on_query_ack (const struct nlmsghdr *nlh, void *data)
{
  return on_ack (nlh, &((Query *) data)->verdict);
}

static int
on_query_done (const struct nlmsghdr *nlh, void *data)
{
  return on_done (nlh, &((Query *) data)->verdict);
}

static int
on_query_message (const struct nlmsghdr *nlh, void *data)
{
  Query *query = data;

  return query->each ? query->each (nlh, query->data) : MNL_CB_OK;
}

/* Takes the mark off a dump that changed under the kernel's hands, and tells: the rest is read all the same, because a
 * second dump is refused while one runs. */
static gboolean
take_interrupted (char *buf, ssize_t n)
{
  struct nlmsghdr *nlh = (struct nlmsghdr *) (void *) buf;
  gboolean interrupted = FALSE;
  int left = (int) n;

  for (; mnl_nlmsg_ok (nlh, left); nlh = mnl_nlmsg_next (nlh, &left))
    {
      interrupted |= (nlh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      nlh->nlmsg_flags &= (guint16) ~NLM_F_DUMP_INTR;
    }
  return interrupted;
}

/* Sends `request` and feeds the answer to `query` up to its end: an acknowledgement, or the end of a dump. */
static void
exchange (BgNetlink *self, struct nlmsghdr *request, Query *query)
{
  mnl_cb_t control[] = { [NLMSG_ERROR] = on_query_ack, [NLMSG_DONE] = on_query_done };
  gboolean interrupted = FALSE;
  int more = MNL_CB_OK;

  request->nlmsg_seq = ++self->seq;
  if (mnl_socket_sendto (self->socket, request, request->nlmsg_len) < 0)
    {
      query->verdict.error = errno;
      return;
    }
  while (more == MNL_CB_OK)
    {
      ssize_t n = mnl_socket_recvfrom (self->socket, self->buf, sizeof self->buf);

      if (n < 0 && errno == EINTR)
        continue;
      if (n >= 0)
        interrupted |= take_interrupted (self->buf, n);
      if (n >= 0)
        more = mnl_cb_run2 (self->buf, (size_t) n, self->seq, self->portid, on_query_message, query,
                            control, G_N_ELEMENTS (control));
      if (n < 0 || more == MNL_CB_ERROR)
        {
          /* A late answer to a request that was given up on: not ours any more. */
          if (n >= 0 && (errno == ESRCH || errno == EPROTO))
            {
              more = MNL_CB_OK;
              continue;
            }
          query->verdict.error = errno == EAGAIN ? ETIMEDOUT : errno;
          return;
        }
    }
  if (interrupted && query->verdict.error == 0)
    query->verdict.error = EINTR;
}

static int
error_code (int code)
{
  switch (code)
    {
    case EEXIST:
      return BG_ERROR_EXISTS;
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case EADDRNOTAVAIL:
      return BG_ERROR_NOT_FOUND;
    default:
      return BG_ERROR_FAILED;
    }
}

static gboolean
report (const Verdict *verdict, GError **error)
{
  if (verdict->error == 0)
    return TRUE;
  if (verdict->reason[0])
    bg_error_set (error, error_code (verdict->error), WITH_DETAIL, bg_arg_errno (verdict->error),
                  verdict->reason);
  else
    bg_error_set (error, error_code (verdict->error), TEXT, bg_arg_errno (verdict->error));
  return FALSE;
}

gboolean
bg_netlink_change (BgNetlink *self, struct nlmsghdr *request, GError **error)
{
  Query query = { 0 };

  request->nlmsg_flags |= NLM_F_ACK;
  self->n_changes++;
  exchange (self, request, &query);
  return report (&query.verdict, error);
}

gboolean
bg_netlink_query (BgNetlink *self, struct nlmsghdr *request, mnl_cb_t each,
                  void (*restart) (gpointer data), gpointer data, GError **error)
{
  Query query = { 0 };

  if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
    request->nlmsg_flags |= NLM_F_ACK;
  for (int i = 0; i < MAX_RESTARTS; i++)
    {
      query = (Query){ .each = each, .data = data };
      exchange (self, request, &query);
      if (query.verdict.error != EINTR)
        break;
      if (restart)
        restart (data);
    }
  return report (&query.verdict, error);
}

guint
bg_netlink_n_changes (const BgNetlink *self)
{
  return self->n_changes;
}
