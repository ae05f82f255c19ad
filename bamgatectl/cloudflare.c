/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/cloudflare.h"
#include "bamgatectl/input.h"

#include "common/json-member.h"

#include <string.h>

#define API_HOST "api.cloudflare.com"
#define API_BASE API_HOST "/client/v4"

enum
{
  SILENCE_S = 30,
  BODY_LIMIT = 4 * 1024 * 1024, /* a list of all Workers of an account */
  VISIT_LIMIT = 64 * 1024,
  TRIES = 4,
  FIRST_PAUSE_MS = 1000,
  LONGEST_PAUSE_S = 330, /* what Cloudflare blocks for, and a little */
};

struct _Cloudflare
{
  Call *call;
  SoupSession *session;
  char *token, *account;
  const char *scheme;
};

/* --- Where it is --- */

static GSocketConnectable *
read_stand_in (const char *text, const char **scheme)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = host ? g_inet_address_new_from_string (host) : NULL;
  gboolean is_tls = uri && g_str_equal (g_uri_get_scheme (uri), "https");

  if (!address || !g_inet_address_get_is_loopback (address) || g_uri_get_port (uri) <= 0
      || !(is_tls || g_str_equal (g_uri_get_scheme (uri), "http")))
    return NULL;
  *scheme = is_tls ? "https" : "http";
  return G_SOCKET_CONNECTABLE (g_inet_socket_address_new (address, (guint16) g_uri_get_port (uri)));
}

/* FALSE: there is one that leads elsewhere. */
static gboolean
open_session (Cloudflare *self, GError **error)
{
  const char *said = g_getenv ("BAMGATE_CLOUDFLARE_API");
  g_autoptr (GSocketConnectable) stand_in = said ? read_stand_in (said, &self->scheme) : NULL;

  if (said && !stand_in)
    {
      g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_REFUSED,
                   _ ("BAMGATE_CLOUDFLARE_API is for tests, and must be a URL of a loopback "
                      "address with a port, not “%s”"),
                   said);
      return FALSE;
    }
  self->session = stand_in ? g_object_new (SOUP_TYPE_SESSION, "remote-connectable", stand_in,
                                           "proxy-resolver", NULL, NULL)
                           : soup_session_new ();
  soup_session_set_timeout (self->session, SILENCE_S);
  soup_session_set_user_agent (self->session, "bamgatectl/" BG_VERSION);
  return TRUE;
}

gboolean
cloudflare_is_word (const char *text)
{
  gsize len = strlen (text);

  for (const char *p = text; *p; p++)
    if (!g_ascii_isgraph (*p))
      return FALSE;
  return len >= 16 && len <= 4096;
}

Cloudflare *
cloudflare_new (Call *call, const char *token, GError **error)
{
  g_autoptr (Cloudflare) self = g_new0 (Cloudflare, 1);

  self->call = call;
  self->scheme = "https";
  self->token = g_strdup (token);
  if (cloudflare_is_word (token))
    return open_session (self, error) ? g_steal_pointer (&self) : NULL;
  g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_AUTHORIZED,
               _ ("what was given is no API token of Cloudflare: it is one word"));
  return NULL;
}

void
cloudflare_free (Cloudflare *self)
{
  g_clear_object (&self->session);
  input_free_secret (self->token);
  g_free (self->account);
  g_free (self);
}

void
cloudflare_say (Cloudflare *self, const char *what)
{
  call_say (self->call, what);
}

gboolean
cloudflare_pause (Cloudflare *self, guint ms)
{
  return call_wait_until (self->call, NULL, ms);
}

void
cloudflare_set_account (Cloudflare *self, const char *account)
{
  g_free (self->account);
  self->account = g_strdup (account);
}

/* --- One exchange --- */

static SoupMessage *
message_new (Cloudflare *self, const char *method, const char *address, const char *bearer,
             SoupMultipart *form)
{
  g_autofree char *url = g_strconcat (self->scheme, "://", address, NULL);
  SoupMessage *message = form ? soup_message_new_from_multipart (url, form)
                              : soup_message_new (method, url);
  g_autofree char *authorization = bearer ? g_strconcat ("Bearer ", bearer, NULL) : NULL;

  soup_message_set_method (message, method);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  /* on a line that was used before, libsoup would itself send it twice, and the second time without its body */
  if (!g_str_equal (method, "GET"))
    soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
  soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
  if (authorization)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                  authorization);
  return message;
}

/* Takes `cause`. What ends the trust in a line is no accident, and not tried again. */
static void
set_trouble (SoupMessage *message, GError *cause, GError **error)
{
  const char *host = g_uri_get_host (soup_message_get_uri (message));

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_REFUSED,
                 _ ("the certificate of %s is not to be trusted: %s"), host, cause->message);
  else
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_UNSURE, _ ("no answer from %s: %s"),
                 host, cause->message);
  g_clear_error (&cause);
}

static GInputStream *
send_message (Cloudflare *self, SoupMessage *message, GError **error)
{
  GInputStream *body;

  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT,
                           call_cancellable (self->call), call_on_answer, self->call);
  body = soup_session_send_finish (self->session, call_wait (self->call), error);
  call_go_on (self->call);
  return body;
}

/* As text; NULL with an error: no answer. One that is too long, or no UTF-8, is "". */
static char *
exchange (Cloudflare *self, SoupMessage *message, gsize limit, GError **error)
{
  g_autofree char *text = g_malloc (limit + 1);
  GError *trouble = NULL;
  g_autoptr (GInputStream) body = send_message (self, message, &trouble);
  gsize len = 0;

  if (body)
    {
      g_input_stream_read_all_async (body, text, limit + 1, G_PRIORITY_DEFAULT,
                                     call_cancellable (self->call), call_on_answer, self->call);
      g_input_stream_read_all_finish (body, call_wait (self->call), &len, &trouble);
      call_go_on (self->call);
    }
  if (trouble)
    {
      set_trouble (message, trouble, error);
      return NULL;
    }
  if (len > limit || !g_utf8_validate (text, (gssize) len, NULL))
    len = 0;
  text[len] = '\0';
  return g_steal_pointer (&text);
}

char *
cloudflare_visit (Cloudflare *self, const char *host, const char *path, const char *bearer,
                  guint *status, GError **error)
{
  g_autofree char *address = g_strconcat (host, path, NULL);
  g_autoptr (SoupMessage) message = message_new (self, "GET", address, bearer, NULL);
  char *text = exchange (self, message, VISIT_LIMIT, error);

  *status = soup_message_get_status (message);
  return text;
}

/* --- Trying, waiting, trying again --- */

/* Makes the message anew for every try. */
typedef SoupMessage *(*MessageMaker) (Cloudflare *self, gconstpointer request);

static JsonObject *
try_once (Cloudflare *self, SoupMessage *message, GError **error)
{
  g_autofree char *text = exchange (self, message, BODY_LIMIT, error);
  g_autoptr (JsonObject) envelope = text ? cloudflare_answer_read (text) : NULL;
  GError *fault = text ? cloudflare_answer_judge (soup_message_get_status (message), envelope)
                       : NULL;

  if (fault)
    g_propagate_error (error, fault);
  return text && !fault ? g_steal_pointer (&envelope) : NULL;
}

/* Seconds; 0: it did not say. */
static guint
wait_that_is_asked (SoupMessage *message)
{
  const char *text = soup_message_headers_get_one (soup_message_get_response_headers (message),
                                                   "Retry-After");

  return text ? (guint) MIN (g_ascii_strtoull (text, NULL, 10), G_MAXUINT / 1000) : 0;
}

/* FALSE: it is over with `fault`, or Ctrl-C. */
static gboolean
wait_for_next (Cloudflare *self, SoupMessage *message, guint tries, const GError *fault)
{
  gboolean is_busy = g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_BUSY);
  gboolean is_harmless = is_busy || g_str_equal (soup_message_get_method (message), "GET");
  guint seconds = is_busy ? wait_that_is_asked (message) : 0;
  guint ms = seconds > 0 ? seconds * 1000 : (guint) FIRST_PAUSE_MS << tries;
  gboolean may_go_on;

  if (!is_harmless || tries + 1 >= TRIES || seconds > LONGEST_PAUSE_S
      || !(is_busy || g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_UNSURE)))
    return FALSE;
  call_explain (self->call, is_busy ? _ ("Cloudflare has had too many requests, and is given time")
                                    : fault->message);
  may_go_on = cloudflare_pause (self, ms);
  call_explain (self->call, "");
  return may_go_on;
}

static JsonObject *
try_until_sure (Cloudflare *self, MessageMaker maker, gconstpointer request, GError **error)
{
  for (guint tries = 0;; tries++)
    {
      g_autoptr (SoupMessage) message = maker (self, request);
      g_autoptr (GError) fault = NULL;
      JsonObject *envelope = try_once (self, message, &fault);

      if (envelope)
        return envelope;
      if (!wait_for_next (self, message, tries, fault))
        {
          if (call_is_interrupted (self->call))
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
          else
            g_propagate_error (error, g_steal_pointer (&fault));
          return NULL;
        }
    }
}

/* --- Requests --- */

typedef struct
{
  const char *method, *path, *json;
  SoupMultipart *form;
} Request;

static SoupMessage *
make_message (Cloudflare *self, gconstpointer data)
{
  const Request *request = data;
  g_autofree char *address = g_strconcat (API_BASE, request->path, NULL);
  SoupMessage *message = message_new (self, request->method, address, self->token, request->form);
  g_autoptr (GBytes) body = request->json ? g_bytes_new (request->json, strlen (request->json))
                                          : NULL;

  if (body)
    soup_message_set_request_body_from_bytes (message, "application/json", body);
  return message;
}

/* --- Whose fault it is that something is not allowed --- */

/* "active", or what else Cloudflare says; NULL: nobody there knows it. */
static char *
state_of_token (Cloudflare *self, const char *path)
{
  const Request request = { .method = "GET", .path = path };
  g_autoptr (JsonObject) answer = try_until_sure (self, make_message, &request, NULL);
  JsonObject *result = cloudflare_answer_object (answer, "result");

  return result ? g_strdup (bg_json_member_text (result, "status")) : NULL;
}

static char *
look_at_token (Cloudflare *self)
{
  char *state = state_of_token (self, "/user/tokens/verify");
  g_autofree char *path = NULL;

  if (state || !self->account)
    return state;
  path = g_strdup_printf ("/accounts/%s/tokens/verify", self->account);
  return state_of_token (self, path);
}

static void
explain_refusal (Cloudflare *self, GError **error)
{
  g_autofree char *said = error && *error ? g_strdup ((*error)->message) : NULL;
  g_autofree char *state = NULL;

  if (!said || !g_error_matches (*error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_AUTHORIZED))
    return;
  state = look_at_token (self);
  if (call_is_interrupted (self->call))
    return;
  g_clear_error (error);
  if (!state)
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_AUTHORIZED,
                 _ ("Cloudflare does not know this API token. %s"), said);
  else if (!g_str_equal (state, "active"))
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_AUTHORIZED,
                 _ ("the API token is no longer good, it is “%s”: make another one"), state);
  else
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_AUTHORIZED,
                 _ ("the API token is good, but not for this: it needs the permissions “Workers "
                    "Scripts: Edit” and “Account Settings: Read” for the account. %s"),
                 said);
}

static JsonObject *
perform (Cloudflare *self, const Request *request, GError **error)
{
  GError *fault = NULL;
  JsonObject *answer = try_until_sure (self, make_message, request, &fault);

  explain_refusal (self, &fault);
  if (fault)
    g_propagate_error (error, fault);
  return answer;
}

JsonObject *
cloudflare_ask (Cloudflare *self, const char *method, const char *path, const char *json,
                GError **error)
{
  return perform (self, &(Request){ method, path, json, NULL }, error);
}

JsonObject *
cloudflare_put_form (Cloudflare *self, const char *path, SoupMultipart *form, GError **error)
{
  return perform (self, &(Request){ "PUT", path, NULL, form }, error);
}
