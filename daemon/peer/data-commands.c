/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/data-commands.h"

#include "peer/main-timer.h"

#include <string.h>

#define RETRY_MS 5

typedef enum
{
  SET_PEER,
  SET_ENDPOINT,
  REMOVE_PEER,
  ATTACH,
  DETACH,
  HANDSHAKE,
  REST,
  HEAD,
  LOG_PART,
  LEAVE,
  PING,
} CommandType;

typedef struct
{
  CommandType type;
  BgPeerConfig config; /* SET_PEER; SET_ENDPOINT: its endpoint */
  BgAllowedIp *allowed_ips;
  WgKey key;
  BgTransport *transport; /* a reference */
  guint timeout_ms;
  guint64 cookie;
  BgLogHead head;
  BgLogPart part;
} Command;

struct _BgDataCommands
{
  BgDataplane *dataplane;
  GQueue waiting; /* Command */
  GSource *retry;
};

static void
command_free (gpointer data)
{
  Command *command = data;

  wg_wipe (&command->config, sizeof command->config);
  bg_transport_unref (command->transport);
  g_free (command->allowed_ips);
  g_free (command);
}

BgAllowedIp
bg_allowed_ip (const BgIpPrefix *prefix)
{
  BgAllowedIp ip = { .family = prefix->family, .prefix = prefix->len };

  memcpy (ip.addr, prefix->addr, sizeof ip.addr);
  return ip;
}

BgIpPrefix
bg_allowed_ip_prefix (const BgAllowedIp *ip)
{
  BgIpPrefix prefix = { .family = ip->family, .len = ip->prefix };

  memcpy (prefix.addr, ip->addr, sizeof prefix.addr);
  bg_ip_prefix_mask (&prefix);
  return prefix;
}

BgDataCommands *
bg_data_commands_new (BgDataplane *dataplane)
{
  BgDataCommands *self = g_new0 (BgDataCommands, 1);

  self->dataplane = dataplane;
  g_queue_init (&self->waiting);
  return self;
}

void
bg_data_commands_free (BgDataCommands *self)
{
  if (!self)
    return;
  bg_clear_source (&self->retry);
  g_queue_clear_full (&self->waiting, command_free);
  g_free (self);
}

static gboolean
post (BgDataplane *dataplane, const Command *command)
{
  switch (command->type)
    {
    case SET_PEER:
      return bg_dataplane_set_peer (dataplane, &command->config);
    case SET_ENDPOINT:
      return bg_dataplane_set_endpoint (dataplane, &command->key, &command->config.endpoint);
    case REMOVE_PEER:
      return bg_dataplane_remove_peer (dataplane, &command->key);
    case ATTACH:
      return bg_dataplane_attach (dataplane, &command->key, command->transport);
    case DETACH:
      return bg_dataplane_detach (dataplane, command->transport);
    case HANDSHAKE:
      return bg_dataplane_handshake (dataplane, &command->key);
    case REST:
      return bg_dataplane_rest (dataplane, &command->key);
    case HEAD:
      return bg_dataplane_say_head (dataplane, &command->key, &command->head);
    case LOG_PART:
      return bg_dataplane_say_part (dataplane, &command->key, &command->part);
    case LEAVE:
      return bg_dataplane_say_leave (dataplane, &command->key);
    case PING:
      return bg_dataplane_ping (dataplane, &command->key, command->timeout_ms, command->cookie);
    }
  g_assert_not_reached ();
}

static gboolean
on_retry (gpointer data)
{
  BgDataCommands *self = data;
  Command *first;

  while ((first = g_queue_peek_head (&self->waiting)) != NULL && post (self->dataplane, first))
    command_free (g_queue_pop_head (&self->waiting));
  if (first)
    return G_SOURCE_CONTINUE;
  bg_clear_source (&self->retry);
  return G_SOURCE_REMOVE;
}

static void
submit (BgDataCommands *self, Command *command)
{
  if (g_queue_is_empty (&self->waiting) && post (self->dataplane, command))
    {
      command_free (command);
      return;
    }
  g_queue_push_tail (&self->waiting, command);
  if (!self->retry)
    bg_arm_timer (&self->retry, RETRY_MS, on_retry, self);
}

static Command *
command_new (CommandType type)
{
  Command *command = g_new0 (Command, 1);

  command->type = type;
  return command;
}

void
bg_data_commands_set_peer (BgDataCommands *self, const BgPeerConfig *config)
{
  Command *command = command_new (SET_PEER);

  command->config = *config;
  command->allowed_ips = g_memdup2 (config->allowed_ips,
                                    config->n_allowed_ips * sizeof *config->allowed_ips);
  command->config.allowed_ips = command->allowed_ips;
  submit (self, command);
}

void
bg_data_commands_set_endpoint (BgDataCommands *self, const WgKey *key, const BgEndpoint *endpoint)
{
  Command *command = command_new (SET_ENDPOINT);

  command->key = *key;
  command->config.endpoint = *endpoint;
  submit (self, command);
}

void
bg_data_commands_remove_peer (BgDataCommands *self, const WgKey *key)
{
  Command *command = command_new (REMOVE_PEER);

  command->key = *key;
  submit (self, command);
}

void
bg_data_commands_attach (BgDataCommands *self, const WgKey *key, BgTransport *transport)
{
  Command *command = command_new (ATTACH);

  command->key = *key;
  command->transport = bg_transport_ref (transport);
  submit (self, command);
}

void
bg_data_commands_detach (BgDataCommands *self, BgTransport *transport)
{
  Command *command = command_new (DETACH);

  command->transport = bg_transport_ref (transport);
  submit (self, command);
}

void
bg_data_commands_handshake (BgDataCommands *self, const WgKey *key)
{
  Command *command = command_new (HANDSHAKE);

  command->key = *key;
  submit (self, command);
}

void
bg_data_commands_rest (BgDataCommands *self, const WgKey *key)
{
  Command *command = command_new (REST);

  command->key = *key;
  submit (self, command);
}

void
bg_data_commands_say_head (BgDataCommands *self, const WgKey *key, const BgLogHead *head)
{
  Command *command = command_new (HEAD);

  command->key = *key;
  command->head = *head;
  submit (self, command);
}

void
bg_data_commands_say_part (BgDataCommands *self, const WgKey *key, const BgLogPart *part)
{
  Command *command = command_new (LOG_PART);

  command->key = *key;
  command->part = *part;
  submit (self, command);
}

void
bg_data_commands_say_leave (BgDataCommands *self, const WgKey *key)
{
  Command *command = command_new (LEAVE);

  command->key = *key;
  submit (self, command);
}

void
bg_data_commands_ping (BgDataCommands *self, const WgKey *key, guint timeout_ms, guint64 cookie)
{
  Command *command = command_new (PING);

  command->key = *key;
  command->timeout_ms = timeout_ms;
  command->cookie = cookie;
  submit (self, command);
}
