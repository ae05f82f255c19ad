/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words of the bus as enumerations: a value's nick is the word ("data-channel"). What a newer daemon says and this library
 * does not know is UNKNOWN. */

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * BamgateState:
 * @BAMGATE_STATE_UNKNOWN: the daemon does not run, or says what this library does not know
 * @BAMGATE_STATE_OFF: down
 * @BAMGATE_STATE_STARTING: coming up, or waiting for the next attempt to
 * @BAMGATE_STATE_ONLINE: up, and the hub is there
 * @BAMGATE_STATE_DEGRADED: up, with something missing; the reason says what
 * @BAMGATE_STATE_STOPPING: going down
 * @BAMGATE_STATE_FAILED: did not come up, and somebody has to do something about it
 *
 * How the tunnel is.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_STATE_UNKNOWN,
  BAMGATE_STATE_OFF,
  BAMGATE_STATE_STARTING,
  BAMGATE_STATE_ONLINE,
  BAMGATE_STATE_DEGRADED,
  BAMGATE_STATE_STOPPING,
  BAMGATE_STATE_FAILED,
} BamgateState;

/**
 * BamgateSignalingState:
 * @BAMGATE_SIGNALING_STATE_UNKNOWN: the daemon does not run, or says what this library does not know
 * @BAMGATE_SIGNALING_STATE_OFFLINE: no line, and none wanted
 * @BAMGATE_SIGNALING_STATE_CONNECTING: calling
 * @BAMGATE_SIGNALING_STATE_ONLINE: the hub is there
 * @BAMGATE_SIGNALING_STATE_WAITING: for the next attempt
 *
 * How the line to the hub is.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_SIGNALING_STATE_UNKNOWN,
  BAMGATE_SIGNALING_STATE_OFFLINE,
  BAMGATE_SIGNALING_STATE_CONNECTING,
  BAMGATE_SIGNALING_STATE_ONLINE,
  BAMGATE_SIGNALING_STATE_WAITING,
} BamgateSignalingState;

/**
 * BamgatePeerState:
 * @BAMGATE_PEER_STATE_UNKNOWN: the daemon does not run any more, or says what this library does not know
 * @BAMGATE_PEER_STATE_DISCONNECTED: not there
 * @BAMGATE_PEER_STATE_CONNECTING: being connected
 * @BAMGATE_PEER_STATE_CONNECTED: packets go both ways
 * @BAMGATE_PEER_STATE_REFUSED: it came with another key than the one that is remembered
 * @BAMGATE_PEER_STATE_IDLE: there, and connected as soon as there is traffic
 *
 * How the connection to a peer is.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_PEER_STATE_UNKNOWN,
  BAMGATE_PEER_STATE_DISCONNECTED,
  BAMGATE_PEER_STATE_CONNECTING,
  BAMGATE_PEER_STATE_CONNECTED,
  BAMGATE_PEER_STATE_REFUSED,
  BAMGATE_PEER_STATE_IDLE,
} BamgatePeerState;

/**
 * BamgatePeerKind:
 * @BAMGATE_PEER_KIND_UNKNOWN: of a daemon that does not say, or says what this library does not know
 * @BAMGATE_PEER_KIND_NETWORK: learnt from the hub
 * @BAMGATE_PEER_KIND_STATIC: a WireGuard peer of the settings
 *
 * Where a peer comes from.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_PEER_KIND_UNKNOWN,
  BAMGATE_PEER_KIND_NETWORK,
  BAMGATE_PEER_KIND_STATIC,
} BamgatePeerKind;

/**
 * BamgatePath:
 * @BAMGATE_PATH_NONE: there is none now
 * @BAMGATE_PATH_DIRECT: UDP from a socket of the daemon, between two bamgates
 * @BAMGATE_PATH_ICE: through the ICE agent, between two bamgates
 * @BAMGATE_PATH_DATA_CHANNEL: a WebRTC data channel, to other programs
 * @BAMGATE_PATH_UDP: plain WireGuard, to a static peer
 * @BAMGATE_PATH_UNKNOWN: there is one, of a kind that this library does not know
 *
 * The way that packets to a peer take.
 *
 * Since: 0.1
 */
typedef enum
{
  BAMGATE_PATH_NONE,
  BAMGATE_PATH_DIRECT,
  BAMGATE_PATH_ICE,
  BAMGATE_PATH_DATA_CHANNEL,
  BAMGATE_PATH_UDP,
  BAMGATE_PATH_UNKNOWN,
} BamgatePath;

G_END_DECLS
