/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/config-service.h"

#include "app/config-checks.h"
#include "common/peer-offer.h"
#include "common/service-item.h"

#include <string.h>
#include <sys/un.h>

char **
bg_service_target_addresses (const char *text, guint16 *port)
{
  static const char *const loopback[] = { "127.0.0.1", "::1", NULL };
  g_autofree char *host = NULL;
  BgIpPrefix address;

  if (!bg_config_split_host_port (text, &host, port))
    return NULL;
  if (g_str_equal (host, "localhost"))
    return g_strdupv ((char **) loopback);
  if (strchr (host, '/') || !bg_ip_prefix_parse (host, &address))
    return NULL;
  return g_strdupv ((char *[]){ host, NULL });
}

gboolean
bg_config_check_target (const char *text, GError **error)
{
  guint16 port;
  g_auto (GStrv) addresses = bg_service_target_addresses (text, &port);

  return addresses || bg_config_refuse (error, text, BG_SAY_BAD_TARGET);
}

gboolean
bg_config_check_unix_target (const char *text, GError **error)
{
  struct sockaddr_un address;
  gboolean is_fine = (text[0] == '/' || text[0] == '@') && text[1]
                     && strlen (text) < sizeof address.sun_path;

  for (const char *p = text; *p; p++)
    is_fine &= !g_ascii_iscntrl (*p);
  return is_fine || bg_config_refuse (error, text, BG_SAY_BAD_UNIX_TARGET);
}

gboolean
bg_service_is_stream (const BgService *service)
{
  return service->tcp || service->unix_path;
}

guint16
bg_service_port (const BgService *service)
{
  const char *target = service->tcp ? service->tcp : service->udp;
  g_autofree char *host = NULL;
  guint16 port = (guint16) service->port;

  if (port == 0 && target && !service->unix_path)
    bg_config_split_host_port (target, &host, &port);
  return port;
}

/* Two of them at one port, by one protocol. */
static gboolean
meet (const BgService *a, const BgService *b)
{
  return bg_service_port (a) == bg_service_port (b)
         && ((bg_service_is_stream (a) && bg_service_is_stream (b)) || (a->udp && b->udp));
}

static BgWords *
refusal_of_port (const BgConfig *config, guint n)
{
  const BgService *service = config->services->pdata[n];

  if (bg_service_port (service) == 0)
    return bg_words (SERVICE_WITHOUT_PORT);
  for (guint i = 0; i < n; i++)
    {
      const BgService *other = config->services->pdata[i];

      if (meet (other, service))
        return bg_words (SERVICE_PORT_TAKEN, other->name, bg_service_port (service));
    }
  return NULL;
}

static BgWords *
refusal_of_targets (const BgService *service, const char **key)
{
  *key = "tcp";
  if (!bg_service_is_stream (service) && !service->udp)
    return bg_words (SERVICE_WITHOUT_TARGET);
  *key = "unix";
  if (service->tcp && service->unix_path)
    return bg_words (SERVICE_TWO_TARGETS);
  *key = service->http_headers ? "http-headers" : service->tls ? "tls" : "proxy-protocol";
  if (!bg_service_is_stream (service)
      && (service->http_headers || service->tls || service->proxy_protocol))
    return bg_words (SERVICE_WITHOUT_STREAM);
  return NULL;
}

/* What the others can be told (bg_own_offer_new()). */
static gboolean
are_too_many (const BgConfig *config, guint n)
{
  guint items = 0;

  for (guint i = 0; i <= n; i++)
    {
      const BgService *service = config->services->pdata[i];

      items += (bg_service_is_stream (service) ? 1 : 0) + (service->udp ? 1 : 0);
    }
  return items > BG_OFFER_MAX_SERVICES;
}

BgWords *
bg_config_service_refusal (const BgConfig *config, guint n, const char **key)
{
  const BgService *service = config->services->pdata[n];
  BgWords *why = refusal_of_targets (service, key);

  if (why)
    return why;
  *key = "port";
  if (!bg_service_name_is_valid (service->name))
    return bg_words (BAD_SERVICE_NAME, service->name);
  if (are_too_many (config, n))
    return bg_words (TOO_MANY_SERVICES, BG_OFFER_MAX_SERVICES);
  return refusal_of_port (config, n);
}
