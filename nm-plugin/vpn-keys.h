/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a connection of type bamgate holds: names of vpn.data and vpn.secrets. All are optional: without any the connection is the
 * network that this machine is in already. */

#define VPN_SERVICE "org.freedesktop.NetworkManager.bamgate"

/* data; a key may not be called as a property of the setting is ("name", "timeout"): NetworkManager's files lose it */
#define VPN_KEY_HUB                                                                                \
  "hub" /* "https://host:port#sha256=PIN": the network that is joined at the first connect */
#define VPN_KEY_NAME     "device-name" /* this machine's name there; else the host name */
#define VPN_KEY_WG_QUICK                                                                           \
  "wg-quick" /* text of a wg-quick(8) file without its keys (wg-quick.h), imported at the first connect */
#define VPN_KEY_EXIT                                                                               \
  "exit" /* the machine that everything goes through while the connection is up */
#define VPN_KEY_EXIT_LAN                                                                           \
  "exit-lan" /* "yes", "no": networks around go on to be reached; else as the machine's settings say */
#define VPN_KEY_EXIT_STRICT                                                                        \
  "exit-strict" /* "yes", "no": nothing leaves otherwise; no less strict than the settings */

/* secrets; NAME-flags in the data says who keeps them */
#define VPN_SECRET_INVITE      "invite"      /* "ABCD-EFGH", spent by the first connect */
#define VPN_SECRET_PRIVATE_KEY "private-key" /* of the wg-quick file */
#define VPN_SECRET_PSK_PREFIX  "preshared-key-" /* of its Nth peer, from 1 */
