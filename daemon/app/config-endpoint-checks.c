/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What values of [publish] and [ngrok] are judged by. */
#include "app/config-checks.h"

#include "common/dns-name.h"
#include "common/error.h"
#include "publish/address-pool.h"
#include "publish/ingress-address.h"
#include "publish/listen-mode.h"
#include "publish/operator-api.h"

#include <string.h>
#include <sys/socket.h>

static gboolean
parse_network (const char *text, int family, BgIpPrefix *network)
{
  BgIpPrefix masked;

  if (!strchr (text, '/') || !bg_ip_prefix_parse (text, network) || network->family != family)
    return FALSE;
  masked = *network;
  bg_ip_prefix_mask (&masked);
  return bg_ip_prefix_equal (&masked, network) && bg_ip_prefix_is_unicast_host (network);
}

gboolean
bg_config_check_subnet (const char *text, GError **error)
{
  BgIpPrefix subnet;

  return (parse_network (text, AF_INET, &subnet) && subnet.len >= BG_ADDRESS_LEAST_BITS
          && subnet.len <= BG_ADDRESS_MOST_BITS)
         || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_SUBNET);
}

gboolean
bg_config_check_subnet6 (const char *text, GError **error)
{
  BgIpPrefix subnet;

  return g_str_equal (text, "auto") || g_str_equal (text, "none")
         || parse_network (text, AF_INET6, &subnet)
         || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_SUBNET6);
}

gboolean
bg_config_check_listen_mode (const char *text, GError **error)
{
  BgListenMode mode;

  return bg_listen_mode_parse (text, &mode)
         || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_MODE);
}

gboolean
bg_config_check_on_conflict (const char *text, GError **error)
{
  return g_str_equal (text, "refuse") || g_str_equal (text, "port")
         || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_CONFLICT);
}

gboolean
bg_config_check_listen_rule (const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 2);
  BgListenMode mode = { .kind = BG_LISTEN_VIRTUAL };
  g_autoptr (BgListenRules) rules = bg_listen_rules_new (&mode);

  return (words[0] && words[1] && bg_listen_mode_parse (words[1], &mode)
          && bg_listen_rules_add (rules, words[0], &mode))
         || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_RULE);
}

/* Its words are for what is told at once; a setting is one of the settings. */
static gboolean
refuse (GError **error, GError *take)
{
  g_autoptr (GError) why = take;

  bg_error_set_take (error, BG_ERROR_CONFIG, bg_error_dup_words (why));
  return FALSE;
}

gboolean
bg_config_check_api_url (const char *text, GError **error)
{
  GError *why = NULL;

  return bg_operator_api_url_check (text, &why) || refuse (error, why);
}

gboolean
bg_config_check_ingress (const char *text, GError **error)
{
  g_autofree char *host = NULL;
  GError *why = NULL;
  guint16 port;

  return bg_ingress_address_parse (text, &host, &port, &why) || refuse (error, why);
}

gboolean
bg_config_check_path (const char *text, GError **error)
{
  return g_path_is_absolute (text) || bg_config_refuse (error, text, BG_SAY_ENDPOINT_BAD_PATH);
}

gboolean
bg_config_check_claim (const char *text, GError **error)
{
  g_autofree char *name = bg_dns_name_normalize (text);

  return name || g_str_equal (text, "*") || bg_config_refuse (error, text, BG_SAY_BAD_DOMAIN);
}
