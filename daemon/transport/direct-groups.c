/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/direct-groups.h"
#include "transport/transport-ice.h"

#include "common/error.h"

struct _BgDirectGroups
{
  GHashTable *by_socket; /* GSocket, held → BgDirectGroup */

  /* what was made last */
  BgTransport *last;
  const GSocket *last_socket;
  NiceAddress last_remote;
};

BgDirectGroups *
bg_direct_groups_new (void)
{
  BgDirectGroups *groups = g_new0 (BgDirectGroups, 1);

  groups->by_socket = g_hash_table_new_full (NULL, NULL, g_object_unref,
                                             (GDestroyNotify) bg_direct_group_free);
  return groups;
}

static void
forget_last (BgDirectGroups *groups)
{
  if (groups->last)
    bg_transport_unref (groups->last);
  groups->last = NULL;
}

void
bg_direct_groups_free (BgDirectGroups *groups)
{
  if (!groups)
    return;
  forget_last (groups);
  g_hash_table_unref (groups->by_socket);
  g_free (groups);
}

static BgDirectGroup *
group_of (BgDirectGroups *groups, GSocket *socket, int *code)
{
  BgDirectGroup *group = g_hash_table_lookup (groups->by_socket, socket);

  if (!group && (group = bg_direct_group_new (g_socket_get_fd (socket), code)))
    g_hash_table_insert (groups->by_socket, g_object_ref (socket), group);
  return group;
}

static BgTransport *
make (BgDirectGroups *groups, GSocket *socket, const BgTransportDirectConfig *config,
      GError **error)
{
  int code = 0;
  BgDirectGroup *group = group_of (groups, socket, &code);
  BgTransport *transport = group ? bg_transport_direct_new (group, config, &code) : NULL;

  if (!transport)
    bg_error_set (error, BG_ERROR_FAILED, NO_DIRECT_PATH, bg_arg_errno (code));
  return transport;
}

/* The pair's own UDP socket and the address that it sends to; NULL where it has none. */
static GSocket *
find_pair (NiceAgent *agent, guint stream, NiceAddress *remote)
{
  g_autoptr (GSocket) socket = nice_agent_get_selected_socket (agent, stream, BG_NICE_COMPONENT);
  NiceCandidate *local, *other;

  if (!socket || g_socket_get_socket_type (socket) != G_SOCKET_TYPE_DATAGRAM
      || !nice_agent_get_selected_pair (agent, stream, BG_NICE_COMPONENT, &local, &other)
      || local->type == NICE_CANDIDATE_TYPE_RELAYED
      || local->transport != NICE_CANDIDATE_TRANSPORT_UDP)
    return NULL;
  *remote = other->addr;
  return g_steal_pointer (&socket);
}

/* Pairs are told of once more, and late. */
static gboolean
is_last (const BgDirectGroups *groups, const GSocket *socket, const NiceAddress *remote)
{
  return groups->last && atomic_load (&groups->last->refs) > 1 && socket == groups->last_socket
         && nice_address_equal (remote, &groups->last_remote);
}

BgTransport *
bg_direct_groups_make (BgDirectGroups *groups, NiceAgent *agent, guint stream, guint32 path,
                       BgPacketPool *pool, const BgTransportSink *sink, GError **error)
{
  NiceAddress remote;
  g_autoptr (GSocket) socket = find_pair (agent, stream, &remote);
  struct sockaddr_storage address = { 0 };
  BgTransportDirectConfig config = { (const struct sockaddr *) &address, path, pool, *sink };

  if (socket && is_last (groups, socket, &remote))
    return bg_transport_ref (groups->last);
  forget_last (groups);
  if (!socket)
    return NULL;
  nice_address_copy_to_sockaddr (&remote, (struct sockaddr *) &address);
  groups->last_socket = socket;
  groups->last_remote = remote;
  groups->last = make (groups, socket, &config, error);
  return groups->last ? bg_transport_ref (groups->last) : NULL;
}
