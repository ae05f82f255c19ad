/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-client-private.h"

#include "bamgate-enum-types.h"
#include "bamgate-properties.h"

static const char *
text (const char *value)
{
  return value ? value : "";
}

static const char *const *
list (const char *const *value)
{
  static const char *const none[] = { NULL };

  return value ? value : none;
}

/**
 * bamgate_client_get_version:
 *
 * Returns: the daemon's version
 */
const char *
bamgate_client_get_version (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_version (self->tunnel));
}

/**
 * bamgate_client_get_state:
 *
 * Returns: how the tunnel is
 */
BamgateState
bamgate_client_get_state (BamgateClient *self)
{
  return bamgate_enum_from_word (BAMGATE_TYPE_STATE, bg_dbus_tunnel1_get_state (self->tunnel));
}

/**
 * bamgate_client_get_state_reason:
 *
 * Returns: why it is so, in words for people, or empty
 */
const char *
bamgate_client_get_state_reason (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_state_reason (self->tunnel));
}

/**
 * bamgate_client_get_name:
 *
 * Returns: this machine's name in the network
 */
const char *
bamgate_client_get_name (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_name (self->tunnel));
}

/**
 * bamgate_client_get_public_key:
 *
 * Returns: WireGuard public key, base64, or empty
 */
const char *
bamgate_client_get_public_key (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_public_key (self->tunnel));
}

/**
 * bamgate_client_get_interface:
 *
 * Returns: network interface, or empty while off
 */
const char *
bamgate_client_get_interface (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_interface (self->tunnel));
}

/**
 * bamgate_client_get_link_addresses:
 *
 * Returns: (transfer none) (array zero-terminated=1): addresses of the interface with prefix length, or none while off
 */
const char *const *
bamgate_client_get_link_addresses (BamgateClient *self)
{
  return list (bg_dbus_tunnel1_get_link_addresses (self->tunnel));
}

/**
 * bamgate_client_get_link_routes:
 *
 * Returns: (transfer none) (array zero-terminated=1): what leads into the tunnel beside the networks of its addresses
 */
const char *const *
bamgate_client_get_link_routes (BamgateClient *self)
{
  return list (bg_dbus_tunnel1_get_link_routes (self->tunnel));
}

/**
 * bamgate_client_get_link_mtu:
 *
 * Returns: MTU of the interface, or 0 while off
 */
guint
bamgate_client_get_link_mtu (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_link_mtu (self->tunnel);
}

/**
 * bamgate_client_get_link_manager:
 *
 * Returns: bus name of the program that sets the interface up, or empty where the daemon does
 */
const char *
bamgate_client_get_link_manager (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_link_manager (self->tunnel));
}

/**
 * bamgate_client_get_server_url:
 *
 * Returns: the URL of the hub, or empty
 */
const char *
bamgate_client_get_server_url (BamgateClient *self)
{
  return text (bg_dbus_tunnel1_get_server_url (self->tunnel));
}

/**
 * bamgate_client_get_signaling_state:
 *
 * Returns: how the line to the hub is
 */
BamgateSignalingState
bamgate_client_get_signaling_state (BamgateClient *self)
{
  return bamgate_enum_from_word (BAMGATE_TYPE_SIGNALING_STATE,
                                 bg_dbus_tunnel1_get_signaling_state (self->tunnel));
}

/**
 * bamgate_client_get_addresses:
 *
 * Returns: (transfer none) (array zero-terminated=1): tunnel addresses with prefix length
 */
const char *const *
bamgate_client_get_addresses (BamgateClient *self)
{
  return list (bg_dbus_tunnel1_get_addresses (self->tunnel));
}

/**
 * bamgate_client_get_routes:
 *
 * Returns: (transfer none) (array zero-terminated=1): subnets that this machine offers
 */
const char *const *
bamgate_client_get_routes (BamgateClient *self)
{
  return list (bg_dbus_tunnel1_get_routes (self->tunnel));
}

/**
 * bamgate_client_get_accept_routes:
 *
 * Returns: whether subnets of peers are used
 */
gboolean
bamgate_client_get_accept_routes (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_accept_routes (self->tunnel);
}

/**
 * bamgate_client_get_pending_restart:
 *
 * Returns: (transfer none) (array zero-terminated=1): names of settings that were changed and are in effect only when the
 *   tunnel comes up next
 */
const char *const *
bamgate_client_get_pending_restart (BamgateClient *self)
{
  return list (bg_dbus_tunnel1_get_pending_restart (self->tunnel));
}

/**
 * bamgate_client_get_up_since:
 *
 * Returns: real time in microseconds, 0 while off
 */
gint64
bamgate_client_get_up_since (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_up_since (self->tunnel);
}

/**
 * bamgate_client_get_rx_bytes:
 *
 * Returns: bytes received
 */
guint64
bamgate_client_get_rx_bytes (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_rx_bytes (self->tunnel);
}

/**
 * bamgate_client_get_tx_bytes:
 *
 * Returns: bytes sent
 */
guint64
bamgate_client_get_tx_bytes (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_tx_bytes (self->tunnel);
}

/**
 * bamgate_client_dup_drops:
 *
 * Packets that were dropped since the tunnel came up, by reason. Watch them with
 * [property@Client:statistics-interval], as the byte counters.
 *
 * Returns: (transfer full) (nullable): `a{st}`, reasons that occurred only
 */
GVariant *
bamgate_client_dup_drops (BamgateClient *self)
{
  return bg_dbus_tunnel1_dup_drops (self->tunnel);
}

/**
 * bamgate_client_get_statistics_interval:
 *
 * Returns: milliseconds between refreshes of the counters, 0 while they rest
 */
guint
bamgate_client_get_statistics_interval (BamgateClient *self)
{
  return bg_dbus_tunnel1_get_statistics_interval (self->tunnel);
}
