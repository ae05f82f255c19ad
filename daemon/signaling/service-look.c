/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-look.h"

#include "signaling/service-request.h"

/* The server's second has begun, and not ended. */
#define HALF_SECOND_US (G_USEC_PER_SEC / 2)

enum
{
  TIME_LIMIT_S = 5,
};

void
bg_service_look_async (const char *url, const char *pin, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data)
{
  const BgServiceHub hub = { url, pin, NULL };
  const BgServiceRequest request = {
    .method = SOUP_METHOD_GET, .path = "/", .limit_s = TIME_LIMIT_S, .headers_only = TRUE
  };

  bg_service_request_async (&hub, &request, cancellable, callback, data);
}

gboolean
bg_service_look_finish (GAsyncResult *result, gboolean *has_clock, gint64 *ahead_us, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  const char *text = answer ? soup_message_headers_get_one (answer->headers, "Date") : NULL;
  g_autoptr (GDateTime) date = text ? soup_date_time_new_from_http_string (text) : NULL;

  *has_clock = date != NULL;
  *ahead_us =
    date ? answer->came_at_us - (g_date_time_to_unix (date) * G_USEC_PER_SEC + HALF_SECOND_US) : 0;
  return answer != NULL;
}
