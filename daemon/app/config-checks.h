/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What values of the settings are judged by, as text: see `check` in config-keys.h. The message begins with the value. */

#include "common/words.h"

G_BEGIN_DECLS

/* bg_config_name_is_readable(); new names are held to bg_device_name_check() beside it. */
gboolean bg_config_check_name (const char *text, GError **error);
/* The name of a network interface. */
gboolean bg_config_check_interface (const char *text, GError **error);
/* bg_server_url_normalize() takes it. */
gboolean bg_config_check_server_url (const char *text, GError **error);
/* A SHA-256 in base64. */
gboolean bg_config_check_pin (const char *text, GError **error);
/* bg_proxy_is_valid() */
gboolean bg_config_check_proxy (const char *text, GError **error);
/* hub, off */
gboolean bg_config_check_relay (const char *text, GError **error);
/* auto, offered, all */
gboolean bg_config_check_forward (const char *text, GError **error);
/* ask, never */
gboolean bg_config_check_receive (const char *text, GError **error);
/* auto, always, on-demand */
gboolean bg_config_check_connect (const char *text, GError **error);
/* bg_access_item_parse() takes it. */
gboolean bg_config_check_access (const char *text, GError **error);
/* bg_dns_wish_parse() takes it. */
gboolean bg_config_check_dns_manage (const char *text, GError **error);
/* bg_log_configure() takes it; nothing is configured. */
gboolean bg_config_check_log_level (const char *text, GError **error);
/* bg_listen_address_parse() takes it. */
gboolean bg_config_check_listen (const char *text, GError **error);
/* An address of loopback and a port other than 0. */
gboolean bg_config_check_metrics_listen (const char *text, GError **error);
/* An address of a host, alone. */
gboolean bg_config_check_dns_server (const char *text, GError **error);
/* stun:host[:port], RFC 7064 */
gboolean bg_config_check_stun_server (const char *text, GError **error);
/* turn:host[:port][?transport=udp|tcp] and the same with turns:, RFC 7065 */
gboolean bg_config_check_turn_server (const char *text, GError **error);
/* bg_suffix_normalize() takes it. */
gboolean bg_config_check_suffix (const char *text, GError **error);
/* bg_service_target_addresses() takes it. */
gboolean bg_config_check_target (const char *text, GError **error);
/* A path, or "@name" in the abstract name space. */
gboolean bg_config_check_unix_target (const char *text, GError **error);

/* An IPv4 network of 8 to 30 bits; auto, none or an IPv6 network. */
gboolean bg_config_check_subnet (const char *text, GError **error);
gboolean bg_config_check_subnet6 (const char *text, GError **error);
/* bg_listen_mode_parse() takes it; the same behind a name and a blank, as bg_listen_rules_add() takes both. */
gboolean bg_config_check_listen_mode (const char *text, GError **error);
gboolean bg_config_check_on_conflict (const char *text, GError **error);
gboolean bg_config_check_listen_rule (const char *text, GError **error);
/* bg_operator_api_url_check() and bg_ingress_address_parse() take it. */
gboolean bg_config_check_api_url (const char *text, GError **error);
gboolean bg_config_check_ingress (const char *text, GError **error);
/* A path from the root on. */
gboolean bg_config_check_path (const char *text, GError **error);
/* A name of the DNS, or "*". */
gboolean bg_config_check_claim (const char *text, GError **error);

/* FALSE, with BG_ERROR_CONFIG; the message `what` has one argument, the value. */
gboolean bg_config_refuse (GError **error, const char *text, BgSaying what);
/* Lists are written with ';' between their items; ',' is taken too. Blanks around items and an empty last one are fine.
 * Free with g_strfreev(). */
char **bg_config_split_list (const char *text);
/* "host:port" or "[address]:port", port 1 to 65535; `*host` without brackets, to be freed. */
gboolean bg_config_split_host_port (const char *text, char **host, guint16 *port);
/* A name or an address; in brackets an IPv6 address alone. */
gboolean bg_config_is_host (const char *host, gboolean bracketed);
/* "fe80::1%eth0": such an address means nothing without the link that it is on, which need not be there yet. */
gboolean bg_config_is_link_local_host (const char *host);

G_END_DECLS
