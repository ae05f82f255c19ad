/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/portal-probe.h"

#include "common/printable.h"
#include "common/source.h"

#include <libsoup/soup.h>
#include <string.h>

enum
{
  PATIENCE_MS = 4000,
  WANTS_SIGN_IN = 511, /* RFC 6585, 6 */
};

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GCancellable *cancellable; /* ours */
  GSource *limit, *cancelled;
} Portal;

/* Judging */

static gboolean
is_below (const char *name, const char *domain)
{
  gsize len = strlen (name), rest = strlen (domain);

  return len > rest && name[len - rest - 1] == '.'
         && g_ascii_strcasecmp (name + len - rest, domain) == 0;
}

/* A site that leads to another name of its own is no portal. */
static gboolean
are_related (const char *a, const char *b)
{
  return g_ascii_strcasecmp (a, b) == 0 || is_below (a, b) || is_below (b, a);
}

static char *
base_of (GUri *uri)
{
  g_autofree char *base = g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL,
                                      g_uri_get_host (uri), g_uri_get_port (uri), "", NULL, NULL);

  return bg_printable (base);
}

char *
bg_portal_judge (guint status, const char *location, const char *host)
{
  g_autoptr (GUri) uri = location ? g_uri_parse (location, G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;
  const char *there = uri ? g_uri_get_host (uri) : NULL;
  gboolean leads_away = status >= 300 && status < 400 && there && *there
                        && !are_related (there, host);

  if (!leads_away && status != WANTS_SIGN_IN)
    return NULL;
  return there && *there ? base_of (uri) : g_strdup ("");
}

/* Asking */

static void
portal_free (gpointer data)
{
  Portal *portal = data;

  bg_source_drop (&portal->limit);
  bg_source_drop (&portal->cancelled);
  g_clear_object (&portal->message);
  g_clear_object (&portal->session);
  g_clear_object (&portal->cancellable);
  g_free (portal);
}

static gboolean
on_limit (gpointer data)
{
  Portal *portal = data;

  bg_source_drop (&portal->limit);
  g_cancellable_cancel (portal->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  return on_limit (data);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Portal *portal = g_task_get_task_data (task);
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, NULL);
  SoupMessageHeaders *headers = soup_message_get_response_headers (portal->message);

  g_task_return_pointer (
    task,
    body ? bg_portal_judge (soup_message_get_status (portal->message),
                            soup_message_headers_get_one (headers, "Location"),
                            g_uri_get_host (soup_message_get_uri (portal->message)))
         : NULL,
    g_free);
}

/* The way out itself is of interest, not that of a proxy. */
static void
send_request (GTask *task, Portal *portal, const char *url)
{
  portal->session = soup_session_new_with_options ("proxy-resolver", NULL, NULL);
  portal->message = soup_message_new (SOUP_METHOD_GET, url);
  soup_message_add_flags (portal->message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (portal->message, SOUP_TYPE_AUTH_MANAGER);
  soup_session_send_async (portal->session, portal->message, G_PRIORITY_DEFAULT,
                           portal->cancellable, on_sent, g_object_ref (task));
}

static char *
url_to_ask (const char *hub_url)
{
  g_autoptr (GUri) uri = g_uri_parse (hub_url, G_URI_FLAGS_NONE, NULL);

  if (!uri || !g_uri_get_host (uri))
    return NULL;
  return g_uri_join (G_URI_FLAGS_NONE, "http", NULL, g_uri_get_host (uri),
                     g_str_equal (g_uri_get_scheme (uri), "ws") ? g_uri_get_port (uri) : -1, "/",
                     NULL, NULL);
}

void
bg_portal_probe_async (const char *hub_url, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Portal *portal = g_new0 (Portal, 1);
  g_autofree char *url = url_to_ask (hub_url);

  g_task_set_task_data (task, portal, portal_free);
  portal->cancellable = g_cancellable_new ();
  if (!url)
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }
  bg_source_arm (&portal->limit, PATIENCE_MS, on_limit, portal);
  if (cancellable)
    portal->cancelled = bg_source_attach (g_cancellable_source_new (cancellable),
                                          G_SOURCE_FUNC (on_cancelled), portal);
  send_request (task, portal, url);
}

char *
bg_portal_probe_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
