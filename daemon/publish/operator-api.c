/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-api.h"

#include "common/error.h"
#include "common/printable.h"
#include "common/secret-text.h"
#include "publish/operator-request.h"

#include <string.h>

enum
{
  KEY_MAX = 512,
  PAGES_MAX = 1000,
  LIST_MAX = 64 * 1024 * 1024,
  SHOWN_MAX = 200,
};

#define API_VERSION "2"
#define USER_AGENT "bamgate/" BG_VERSION

struct _BgOperatorApi
{
  GUri *base;
  char *prefix;        /* of the base's path, without a slash at the end */
  char *key;           /* secret; NULL */
  GHashTable *answers; /* NULL: nobody counts */
  SoupSession *session;
};

/* A key that crosses a network in the clear is everybody's. */
static gboolean
is_safe (GUri *url)
{
  const char *scheme = g_uri_get_scheme (url), *host = g_uri_get_host (url);
  g_autoptr (GInetAddress) address = host ? g_inet_address_new_from_string (host) : NULL;

  if (!host || *host == '\0' || g_uri_get_userinfo (url) || g_uri_get_query (url)
      || g_uri_get_fragment (url))
    return FALSE;
  return g_str_equal (scheme, "https")
         || (g_str_equal (scheme, "http") && address && g_inet_address_get_is_loopback (address));
}

static char *
without_slash (const char *path)
{
  gsize len = strlen (path);

  while (len > 0 && path[len - 1] == '/')
    len--;
  return g_strndup (path, len);
}

static GUri *
parse_base (const char *text, GError **error)
{
  g_autoptr (GUri) url = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *shown = NULL;

  if (url && is_safe (url))
    return g_steal_pointer (&url);
  shown = bg_printable_start (text, SHOWN_MAX);
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, API_URL_BAD, shown);
  return NULL;
}

gboolean
bg_operator_api_url_check (const char *url, GError **error)
{
  g_autoptr (GUri) base = parse_base (url, error);

  return base != NULL;
}

BgOperatorApi *
bg_operator_api_new (const char *url, GProxyResolver *proxies, GError **error)
{
  g_autoptr (GUri) base = parse_base (url, error);
  BgOperatorApi *self;

  if (!base)
    return NULL;
  self = g_rc_box_new0 (BgOperatorApi);
  self->base = g_steal_pointer (&base);
  self->prefix = without_slash (g_uri_get_path (self->base));
  self->session = soup_session_new ();
  soup_session_set_proxy_resolver (self->session, proxies);
  soup_session_set_user_agent (self->session, USER_AGENT);
  soup_session_set_timeout (self->session, 0);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);
  return self;
}

static void
api_clear (gpointer api)
{
  BgOperatorApi *self = api;

  g_uri_unref (self->base);
  g_free (self->prefix);
  bg_secret_free (self->key);
  g_object_unref (self->session);
  g_clear_pointer (&self->answers, g_hash_table_unref);
}

void
bg_operator_api_free (BgOperatorApi *self)
{
  if (self)
    g_rc_box_release_full (self, api_clear);
}

gboolean
bg_operator_api_key_is_usable (const char *api_key)
{
  gsize len = strlen (api_key);

  if (len == 0 || len > KEY_MAX)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isgraph (api_key[i]))
      return FALSE;
  return TRUE;
}

void
bg_operator_api_set_key (BgOperatorApi *self, const char *api_key)
{
  bg_secret_free (self->key);
  self->key = g_strdup (api_key);
}

gboolean
bg_operator_api_copy_key (BgOperatorApi *self, const BgOperatorApi *from)
{
  bg_operator_api_set_key (self, from->key);
  return self->key != NULL;
}

void
bg_operator_api_count (BgOperatorApi *self, GHashTable *answers)
{
  g_clear_pointer (&self->answers, g_hash_table_unref);
  self->answers = g_hash_table_ref (answers);
}

/* NULL: nobody waited for it. */
static void
count (BgOperatorApi *self, const BgOperatorAnswer *answer)
{
  gpointer status = answer ? GUINT_TO_POINTER (answer->status) : NULL;

  if (answer && self->answers)
    g_hash_table_insert (
      self->answers, status,
      GSIZE_TO_POINTER (GPOINTER_TO_SIZE (g_hash_table_lookup (self->answers, status)) + 1));
}

static void
authorize (BgOperatorApi *self, SoupMessageHeaders *headers)
{
  char *value = g_strconcat ("Bearer ", self->key ? self->key : "", NULL);

  soup_message_headers_replace (headers, "Authorization", value);
  bg_secret_free (value);
}

static SoupMessage *
message_new (BgOperatorApi *self, const char *method, GUri *url, GBytes *body)
{
  SoupMessage *message = soup_message_new_from_uri (method, url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  authorize (self, headers);
  soup_message_headers_replace (headers, "Ngrok-Version", API_VERSION);
  soup_message_headers_replace (headers, "Accept", "application/json");
  if (body)
    soup_message_set_request_body_from_bytes (message, "application/json", body);
  return message;
}

/* `path` may have a query. */
static GUri *
place_of (BgOperatorApi *self, const char *path)
{
  g_autofree char *whole = g_strconcat (self->prefix, path, NULL);

  return g_uri_parse_relative (self->base, whole, SOUP_HTTP_URI_FLAGS, NULL);
}

/* --- One question --- */

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  gsize size = 0;
  BgOperatorAnswer *answer = bg_operator_request_finish (result, &size, &error);

  count (g_task_get_task_data (task), answer);
  if (answer)
    g_task_return_pointer (task, answer, (GDestroyNotify) bg_operator_answer_free);
  else
    g_task_return_error (task, error);
}

void
bg_operator_api_ask_async (BgOperatorApi *self, const char *method, const char *path, GBytes *body,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GUri) url = place_of (self, path);

  g_task_set_source_tag (task, bg_operator_api_ask_async);
  g_task_set_task_data (task, g_rc_box_acquire (self), (GDestroyNotify) bg_operator_api_free);
  bg_operator_request_async (self->session, message_new (self, method, url, body), cancellable,
                             on_answered, task);
}

BgOperatorAnswer *
bg_operator_api_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- A list --- */

typedef struct
{
  BgOperatorApi *api; /* whose owner may go on to another one meanwhile */
  const char *name;   /* of the array */
  BgOperatorPageTake take;
  gpointer data;
  GHashTable *asked; /* every page's URL */
  gsize size;
} List;

static void
list_free (gpointer data)
{
  List *list = data;

  bg_operator_api_free (list->api);
  g_hash_table_unref (list->asked);
  g_free (list);
}

static void
return_list (GTask *task, BgOperatorAnswer *take)
{
  g_task_return_pointer (task, take, (GDestroyNotify) bg_operator_answer_free);
}

static int
port_of (GUri *url)
{
  int port = g_uri_get_port (url);

  return port > 0 ? port : g_str_equal (g_uri_get_scheme (url), "https") ? 443 : 80;
}

static gboolean
is_same_place (GUri *a, GUri *b)
{
  return g_str_equal (g_uri_get_scheme (a), g_uri_get_scheme (b)) && g_uri_get_host (b)
         && g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0
         && port_of (a) == port_of (b) && !g_uri_get_userinfo (b);
}

static void on_page (GObject *source, GAsyncResult *result, gpointer data);

/* Takes `task`. */
static void
ask_page (GTask *task, GUri *url)
{
  List *list = g_task_get_task_data (task);

  bg_operator_request_async (list->api->session, message_new (list->api, "GET", url, NULL),
                             g_task_get_cancellable (task), on_page, task);
}

/* Where the list goes on; NULL with why it does not. */
static GUri *
follow (List *list, const char *next, BgWords **reason)
{
  g_autoptr (GUri) url = g_uri_parse_relative (list->api->base, next, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *shown = bg_printable_start (next, SHOWN_MAX);

  if (!url || !is_same_place (list->api->base, url))
    *reason = bg_words (ACCOUNT_LIST_ELSEWHERE, shown);
  else if (g_hash_table_size (list->asked) >= PAGES_MAX || list->size > LIST_MAX
           || !g_hash_table_add (list->asked, g_uri_to_string (url)))
    *reason = bg_words (ACCOUNT_LIST_ENDLESS);
  return *reason ? NULL : g_steal_pointer (&url);
}

/* Takes `take`. */
static void
go_on (GTask *task, BgOperatorAnswer *take)
{
  List *list = g_task_get_task_data (task);
  g_autoptr (BgOperatorAnswer) answer = take;
  BgWords *reason = NULL;
  g_autoptr (GUri) url = NULL;
  const char *next;

  if (!answer->body || !bg_operator_page_get_next (answer->body, list->name, &next))
    reason = bg_words (ACCOUNT_GARBLED);
  else if (!list->take (answer->body, list->data) && next)
    url = follow (list, next, &reason);
  if (url)
    ask_page (g_object_ref (task), url);
  else if (reason)
    return_list (task, bg_operator_answer_new_none (reason));
  else
    return_list (task, g_steal_pointer (&answer));
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  List *list = g_task_get_task_data (task);
  GError *error = NULL;
  BgOperatorAnswer *answer = bg_operator_request_finish (result, &list->size, &error);

  count (list->api, answer);
  if (!answer)
    g_task_return_error (task, error);
  else if (answer->kind == BG_ANSWER_GOOD)
    go_on (task, answer);
  else
    return_list (task, answer);
}

void
bg_operator_api_list_async (BgOperatorApi *self, const char *path, const char *name,
                            BgOperatorPageTake take, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  List *list = g_new0 (List, 1);
  g_autoptr (GUri) url = place_of (self, path);

  g_task_set_source_tag (task, bg_operator_api_list_async);
  list->api = g_rc_box_acquire (self);
  list->name = name;
  list->take = take;
  list->data = data;
  list->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (list->asked, g_uri_to_string (url));
  g_task_set_task_data (task, list, list_free);
  ask_page (task, url);
}

BgOperatorAnswer *
bg_operator_api_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
