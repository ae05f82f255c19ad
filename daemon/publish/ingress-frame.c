/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/ingress-frame.h"

#include "common/printable.h"
#include "publish/ingress.pb-c.h"

#include <gio/gio.h>
#include <string.h>

enum
{
  NOTICES_MAX = 16,
};

GBytes *
bg_ingress_request (const char *host, guint16 port, GError **error)
{
  Agent__ConnRequest request = AGENT__CONN_REQUEST__INIT;
  gsize len;
  guint8 *frame;

  request.host = (char *) host;
  request.port = port;
  len = agent__conn_request__get_packed_size (&request);
  if (len > BG_INGRESS_FRAME_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "host name of %zu bytes",
                   strlen (host));
      return NULL;
    }
  frame = g_malloc (2 + len);
  frame[0] = (guint8) (len & 0xff);
  frame[1] = (guint8) (len >> 8);
  agent__conn_request__pack (&request, frame + 2);
  return g_bytes_new_take (frame, 2 + len);
}

void
bg_ingress_reader_clear (BgIngressReader *reader)
{
  g_free (reader->message);
  *reader = (BgIngressReader){ 0 };
}

guint8 *
bg_ingress_reader_room (BgIngressReader *reader, gsize *len)
{
  if (reader->n_head < sizeof reader->head)
    {
      *len = sizeof reader->head - reader->n_head;
      return reader->head + reader->n_head;
    }
  *len = reader->len - reader->n_message;
  return reader->message + reader->n_message;
}

void
bg_ingress_reader_took (BgIngressReader *reader, gsize n)
{
  if (reader->n_head == sizeof reader->head)
    {
      reader->n_message += (guint32) n;
      return;
    }
  reader->n_head += (guint32) n;
  if (reader->n_head < sizeof reader->head)
    return;
  reader->len = (guint32) reader->head[0] | (guint32) reader->head[1] << 8;
  reader->message = g_malloc (MAX (reader->len, 1));
}

static char **
notices_of (const Agent__ConnResponse *response)
{
  gsize n = MIN (response->n_notices, NOTICES_MAX);
  char **notices = g_new0 (char *, n + 1);

  for (gsize i = 0; i < n; i++)
    notices[i] = bg_printable (response->notices[i]->message);
  return notices;
}

BgIngressAnswer *
bg_ingress_answer_parse (const guint8 *message, gsize len)
{
  Agent__ConnResponse *response = agent__conn_response__unpack (NULL, len, message);
  BgIngressAnswer *answer;

  if (!response)
    return NULL;
  answer = g_new0 (BgIngressAnswer, 1);
  answer->is_refusal = *response->error_code || *response->error_message;
  answer->endpoint_id = bg_printable (response->endpoint_id);
  answer->proto = bg_printable (response->proto);
  answer->error_code = bg_printable (response->error_code);
  answer->error_message = bg_printable (response->error_message);
  answer->notices = notices_of (response);
  agent__conn_response__free_unpacked (response, NULL);
  return answer;
}

void
bg_ingress_answer_free (BgIngressAnswer *answer)
{
  g_free (answer->endpoint_id);
  g_free (answer->proto);
  g_free (answer->error_code);
  g_free (answer->error_message);
  g_strfreev (answer->notices);
  g_free (answer);
}
