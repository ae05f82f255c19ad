/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-reason.h"
#include "common/printable.h"

#include <gio/gio.h>

static const struct
{
  guint status;
  BgSaying words;
} known_statuses[] = {
  { 401, BG_SAY_HUB_REFUSED_TOKEN },
  { 403, BG_SAY_HUB_BARS_DEVICE },
  { 404, BG_SAY_HUB_NOT_THERE },
  { 407, BG_SAY_PROXY_REFUSES },
  { 421, BG_SAY_HUB_MOVED },
  { 426, BG_SAY_HUB_WANTS_WEBSOCKET },
  { 429, BG_SAY_HUB_ASKS_FOR_PATIENCE },
  { 503, BG_SAY_HUB_BUSY },
};

static BgSaying
saying_of_status (guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_statuses); i++)
    if (known_statuses[i].status == status)
      return known_statuses[i].words;
  if (status >= 500)
    return BG_SAY_HUB_FAILED;
  if (status >= 300 && status < 400)
    return BG_SAY_HUB_REDIRECTS;
  if (status >= 200 && status < 300)
    return BG_SAY_NO_HUB_ANSWERS;
  return BG_SAY_HUB_REFUSED;
}

BgWords *
bg_signaling_reason_of_status (guint status)
{
  return bg_words_make (saying_of_status (status), (GVariant *[]){ bg_arg_number (status), NULL });
}

/* "hub.example:8443", "[2001:db8::1]:8443" */
static char *
place_of (GUri *hub)
{
  const char *host = g_uri_get_host (hub);

  if (g_uri_get_port (hub) < 0)
    return g_strdup (host);
  return g_strdup_printf (strchr (host, ':') ? "[%s]:%d" : "%s:%d", host, g_uri_get_port (hub));
}

BgWords *
bg_signaling_reason_of_error (const GError *error, GUri *hub, gboolean has_pin)
{
  g_autofree char *place = place_of (hub);
  g_autofree char *message = bg_printable (error->message);

  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return has_pin ? bg_words (HUB_KEY_DIFFERS) : bg_words (HUB_NOT_TRUSTED);
  if (error->domain == G_RESOLVER_ERROR)
    return bg_words (HUB_UNRESOLVED, g_uri_get_host (hub));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return bg_words (HUB_REFUSES_CONNECTION, place);
  return bg_words (HUB_UNREACHABLE, message);
}

BgWords *
bg_signaling_reason_of_close (guint code, const char *text)
{
  g_autofree char *said = bg_printable (text);

  if (code == 0)
    return bg_words (HUB_LOST);
  if (*said == '\0')
    return bg_words (HUB_CLOSED, code);
  return bg_words (HUB_CLOSED_SAYING, said, code);
}
