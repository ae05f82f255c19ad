/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/mapping-question.h"
#include "mapping/mapping-message.h"
#include "mapping/upnp-child.h"

#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UPNP_QUESTION "address\n"

enum
{
  FIRST_MS = 250, /* RFC 6886, 3.1: doubled each time */
  LAST_MS = 1000,
  UPNP_MS = 4000, /* discovery alone takes one */
};

typedef struct
{
  BgMappingPlace place;
  BgMappingOffer offer;
  int fd; /* -1: there is nothing more to hear */
  guint patience_ms;
  GSource *readable, *clock, *upnp_clock, *cancelled;
  GSubprocess *upnp; /* NULL: it has answered */
  gboolean is_over;
} Question;

static void
let_socket_go (Question *question)
{
  bg_source_drop (&question->readable);
  bg_source_drop (&question->clock);
  if (question->fd >= 0)
    close (question->fd);
  question->fd = -1;
}

static void
question_free (gpointer data)
{
  Question *question = data;

  let_socket_go (question);
  bg_source_drop (&question->upnp_clock);
  bg_source_drop (&question->cancelled);
  g_clear_object (&question->upnp);
  g_free (question);
}

static void
end_upnp (Question *question)
{
  bg_source_drop (&question->upnp_clock);
  if (question->upnp)
    g_subprocess_force_exit (question->upnp);
}

/* Once, and lets the task go. */
static void
end_when_done (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  if (question->fd >= 0 || question->upnp || question->is_over)
    return;
  question->is_over = TRUE;
  bg_source_drop (&question->cancelled);
  bg_source_drop (&question->clock);
  g_task_return_pointer (task, g_memdup2 (&question->offer, sizeof question->offer), g_free);
  g_object_unref (task);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);

  bg_source_drop (&question->cancelled);
  let_socket_go (question);
  end_upnp (question);
  end_when_done (task);
  return G_SOURCE_REMOVE;
}

/* PCP and NAT-PMP */

static void
send_both (Question *question)
{
  guint8 announce[BG_PCP_ANNOUNCE_LEN], address[BG_NATPMP_ADDRESS_LEN];

  bg_mapping_write_pcp_announce (question->place.client.addr, announce);
  bg_mapping_write_natpmp_address (address);
  if (!question->offer.pcp)
    (void) send (question->fd, announce, sizeof announce, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (!question->offer.natpmp)
    (void) send (question->fd, address, sizeof address, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
note (Question *question, const BgMappingAnswer *answer)
{
  if (answer->kind == BG_MAPPING_PCP_HERE)
    question->offer.pcp = TRUE;
  if (answer->kind != BG_MAPPING_NATPMP_ADDRESS)
    return;
  question->offer.natpmp = TRUE;
  if (answer->code != 0)
    return;
  question->offer.outside = (BgIpPrefix){ .family = AF_INET, .len = 32 };
  memcpy (question->offer.outside.addr, answer->address, sizeof answer->address);
}

/* FALSE where nothing more is to come. */
static gboolean
hear (Question *question)
{
  guint8 data[BG_MAPPING_MESSAGE_MAX];
  gssize len = recv (question->fd, data, sizeof data, MSG_DONTWAIT);
  BgMappingAnswer answer;

  if (len < 0)
    return errno == EAGAIN || errno == EINTR;
  if (bg_mapping_read (data, (gsize) len, &answer))
    note (question, &answer);
  return !question->offer.pcp || !question->offer.natpmp;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);

  if (hear (question))
    return G_SOURCE_CONTINUE;
  let_socket_go (question);
  end_when_done (task);
  return G_SOURCE_REMOVE;
}

static gboolean
on_clock (gpointer data)
{
  GTask *task = data;
  Question *question = g_task_get_task_data (task);

  question->patience_ms *= 2;
  if (question->patience_ms <= LAST_MS)
    {
      send_both (question);
      bg_source_arm (&question->clock, question->patience_ms, on_clock, task);
      return G_SOURCE_REMOVE;
    }
  let_socket_go (question);
  end_when_done (task);
  return G_SOURCE_REMOVE;
}

static void
ask_by_udp (GTask *task)
{
  Question *question = g_task_get_task_data (task);

  question->fd = bg_mapping_place_open_socket (&question->place);
  if (question->fd < 0)
    return;
  question->readable = g_unix_fd_source_new (question->fd, G_IO_IN);
  bg_source_attach (question->readable, G_SOURCE_FUNC (on_readable), task);
  question->patience_ms = FIRST_MS;
  send_both (question);
  bg_source_arm (&question->clock, FIRST_MS, on_clock, task);
}

/* UPnP */

static void
take_upnp (Question *question, const char *line)
{
  char text[INET_ADDRSTRLEN];
  BgIpPrefix outside;

  if (!line || sscanf (line, "address %15s", text) != 1 || !bg_ip_prefix_parse (text, &outside)
      || outside.family != AF_INET)
    return;
  question->offer.upnp = TRUE;
  question->offer.outside = outside;
}

static void
on_upnp_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Question *question = g_task_get_task_data (task);
  g_autofree char *line = NULL;

  if (g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &line, NULL, NULL))
    take_upnp (question, line);
  bg_source_drop (&question->upnp_clock);
  g_clear_object (&question->upnp);
  end_when_done (task);
}

static gboolean
on_upnp_late (gpointer data)
{
  end_upnp (data);
  return G_SOURCE_REMOVE;
}

static void
ask_by_upnp (GTask *task)
{
  Question *question = g_task_get_task_data (task);
  g_autofree char *program = bg_upnp_child_find_program ();
  char gateway[BG_IP_PREFIX_TEXT], client[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&question->place.gateway, gateway);
  bg_ip_prefix_format_address (&question->place.client, client);
  question->upnp = program ? g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                                 | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                 | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                               NULL, program, gateway, client, NULL)
                           : NULL;
  if (!question->upnp)
    return;
  bg_source_arm (&question->upnp_clock, UPNP_MS, on_upnp_late, question);
  g_subprocess_communicate_utf8_async (question->upnp, UPNP_QUESTION, NULL, on_upnp_answered,
                                       g_object_ref (task));
}

static gboolean
on_nobody_to_ask (gpointer data)
{
  end_when_done (data);
  return G_SOURCE_REMOVE;
}

void
bg_mapping_ask_async (const BgMappingPlace *place, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Question *question = g_new0 (Question, 1);

  g_task_set_task_data (task, question, question_free);
  question->place = *place;
  question->fd = -1;
  ask_by_udp (task);
  ask_by_upnp (task);
  if (question->fd < 0 && !question->upnp)
    bg_source_arm (&question->clock, 0, on_nobody_to_ask, task);
  if (cancellable)
    {
      question->cancelled = g_cancellable_source_new (cancellable);
      bg_source_attach (question->cancelled, G_SOURCE_FUNC (on_cancelled), task);
    }
}

gboolean
bg_mapping_ask_finish (GAsyncResult *result, BgMappingOffer *offer, GError **error)
{
  g_autofree BgMappingOffer *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found)
    *offer = *found;
  return found != NULL;
}
