/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-reason.h"
#include "common/printable.h"

#include <gio/gio.h>

static const struct
{
  guint status;
  const char *words;
} known_statuses[] = {
  { 401, "the hub refused the token" },
  { 403, "the hub does not let this device in" },
  { 404, "there is no hub at this address" },
  { 426, "the hub wants a WebSocket" },
  { 429, "the hub asks for patience: too many attempts" },
  { 503, "the hub is full or busy" },
};

static const char *
words_of_status (guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_statuses); i++)
    if (known_statuses[i].status == status)
      return known_statuses[i].words;
  if (status >= 500)
    return "the hub failed";
  if (status >= 300 && status < 400)
    return "the hub's address redirects elsewhere, which is not followed: say the other one";
  if (status >= 200 && status < 300)
    return "a server answers there, but it is no hub";
  return "the hub refused";
}

char *
bg_signaling_reason_of_status (guint status)
{
  return g_strdup_printf ("%s (HTTP %u)", words_of_status (status), status);
}

char *
bg_signaling_reason_of_error (const GError *error, const char *host, gboolean has_pin)
{
  g_autofree char *message = bg_printable (error->message);

  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_strdup (has_pin ? "the hub shows another key than the pinned one (if it has a "
                               "new one, join again with a new invite)"
                             : "the certificate of the hub is not trusted (one that it made itself "
                               "needs its pin: #sha256=PIN behind the URL)");
  if (error->domain == G_RESOLVER_ERROR)
    return g_strdup_printf ("the hub cannot be reached: its name “%s” cannot be resolved", host);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_strdup_printf (
      "the hub cannot be reached: nothing listens at “%s” (connection refused)", host);
  return g_strdup_printf ("the hub cannot be reached: %s", message);
}

char *
bg_signaling_reason_of_close (guint code, const char *text)
{
  g_autofree char *said = bg_printable (text);

  if (code == 0)
    return g_strdup ("the connection to the hub was lost");
  if (*said == '\0')
    return g_strdup_printf ("the hub closed the connection (%u)", code);
  return g_strdup_printf ("the hub closed the connection: %s (%u)", said, code);
}
