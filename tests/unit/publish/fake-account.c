/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-account.h"

#include "common/secret-text.h"
#include "publish/operator-key.h"
#include "signer.h"

#include <json-glib/json-glib.h>
#include <string.h>

enum
{
  DAY = 24 * 3600,
};

static void
machine_free (gpointer data)
{
  FakeMachine *machine = data;

  g_free (machine->id);
  g_free (machine->metadata);
  g_free (machine->certificate);
  g_free (machine->selectors);
  g_free (machine);
}

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

/* --- Answers --- */

static void
answer (SoupServerMessage *message, guint status, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  if (body)
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body,
                                      strlen (body));
}

static void
refuse (SoupServerMessage *message, guint status, const char *code)
{
  g_autofree char *body = g_strdup_printf (
    "{\"error_code\":\"%s\",\"status_code\":%u,\"msg\":\"not so\",\"details\":{\"operation_id\":\"op_7\"}}",
    code, status);

  answer (message, status, body);
}

static char *
quote (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return json_to_string (node, FALSE);
}

static char *
describe_machine (FakeAccount *self, FakeMachine *machine)
{
  g_autofree char *metadata = quote (machine->metadata),
                  *certificate = quote (self->forgets_certificates ? "" : machine->certificate);
  g_autofree char *ingress = self->ingress
                               ? g_strdup_printf ("\"ingress_endpoint\":\"%s\",", self->ingress)
                               : g_strdup ("");

  return g_strdup_printf ("{\"id\":\"%s\",\"metadata\":%s,\"new_field\":[{}],\"binding\":{%s"
                          "\"endpoint_selectors\":%s,\"cert\":{\"cert\":%s}}}",
                          machine->id, metadata, ingress, machine->selectors, certificate);
}

static void
answer_machine (FakeAccount *self, SoupServerMessage *message, FakeMachine *machine, guint status)
{
  g_autofree char *body = describe_machine (self, machine);

  answer (message, status, body);
}

/* --- Machines --- */

static FakeMachine *
find_machine (FakeAccount *self, const char *path)
{
  for (guint i = 0; i < self->machines->len; i++)
    {
      FakeMachine *machine = self->machines->pdata[i];
      g_autofree char *place = g_strconcat ("/kubernetes_operators/", machine->id, NULL);

      if (g_str_has_prefix (path, place))
        return machine;
    }
  return NULL;
}

static FakeMachine *
add_machine (FakeAccount *self, const char *metadata)
{
  FakeMachine *machine = g_new0 (FakeMachine, 1);

  machine->id = g_strdup_printf ("k8sop_%u", ++self->made);
  machine->metadata = g_strdup (metadata);
  machine->certificate = g_strdup ("");
  machine->selectors = g_strdup ("null");
  g_ptr_array_insert (self->machines, 0, machine);
  return machine;
}

void
fake_account_add_machine (FakeAccount *self, const char *metadata)
{
  add_machine (self, metadata);
}

FakeMachine *
fake_account_newest (FakeAccount *self)
{
  return self->machines->len ? self->machines->pdata[0] : NULL;
}

static const char *
member (JsonObject *object, const char *name)
{
  return object ? json_object_get_string_member_with_default (object, name, NULL) : NULL;
}

/* For a key that nobody has. */
static char *
sign_other (FakeAccount *self)
{
  g_autofree char *request = NULL;
  char *key = NULL;

  g_assert_true (bg_operator_key_new (&key, &request, NULL));
  bg_secret_free (key);
  return signer_sign (request, self->since, self->lifetime);
}

static void
take_binding (FakeAccount *self, FakeMachine *machine, JsonObject *binding)
{
  const char *request = member (binding, "csr");

  g_free (machine->selectors);
  machine->selectors = json_to_string (json_object_get_member (binding, "endpoint_selectors"),
                                       FALSE);
  if (!request)
    return;
  g_free (machine->certificate);
  machine->certificate = self->gives_other_certificates
                           ? sign_other (self)
                           : signer_sign (request, self->since, self->lifetime);
  g_assert_nonnull (machine->certificate);
}

static void
change_machine (FakeAccount *self, SoupServerMessage *message, FakeMachine *machine, guint status)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *said;

  g_assert_true (json_parser_load_from_data (parser, self->last_body, -1, NULL));
  said = json_node_get_object (json_parser_get_root (parser));
  if (!machine)
    machine = add_machine (self, member (said, "metadata"));
  take_binding (self, machine, json_object_get_object_member (said, "binding"));
  answer_machine (self, message, machine, status);
}

static void
list_machines (FakeAccount *self, SoupServerMessage *message)
{
  g_autoptr (GString) body = g_string_new ("{\"operators\":[");

  for (guint i = 0; i < self->machines->len; i++)
    {
      g_autofree char *text = describe_machine (self, self->machines->pdata[i]);

      g_string_append_printf (body, "%s%s", i ? "," : "", text);
    }
  g_string_append (body, "],\"next_page_uri\":null}");
  answer (message, 200, body->str);
}

/* --- Endpoints --- */

void
fake_account_add_endpoint (FakeAccount *self, const char *url)
{
  g_ptr_array_insert (self->endpoints, 0, g_strdup (url));
}

/* From `start` on; ids count from the oldest. */
static void
answer_page (FakeAccount *self, SoupServerMessage *message, const char *path, guint start, guint n)
{
  g_autoptr (GString) body = g_string_new ("{\"endpoints\":[");
  guint end = MIN (start + n, self->endpoints->len);

  for (guint i = start; i < end; i++)
    g_string_append_printf (body, "%s{\"id\":\"ep_%u\",\"url\":\"%s\",\"bindings\":%s}",
                            i > start ? "," : "", self->endpoints->len - i,
                            (char *) self->endpoints->pdata[i],
                            self->bindings ? self->bindings : "[\"kubernetes\"]");
  g_string_append (body, "],\"next_page_uri\":");
  if (self->next)
    g_string_append_printf (body, "\"%s\"}", self->next);
  else if (end < self->endpoints->len)
    g_string_append_printf (body, "\"%s%s?limit=%u&before_id=ep_%u\"}", self->url, path, n,
                            self->endpoints->len - end + 1);
  else
    g_string_append (body, "null}");
  answer (message, 200, body->str);
}

static void
list_endpoints (FakeAccount *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  const char *before = query ? g_hash_table_lookup (query, "before_id") : NULL;
  const char *limit = query ? g_hash_table_lookup (query, "limit") : NULL;
  guint start = 0;

  if (before)
    start = self->endpoints->len + 1 - (guint) g_ascii_strtoull (before + strlen ("ep_"), NULL, 10);
  answer_page (self, message, path, start,
               limit ? (guint) MIN (g_ascii_strtoull (limit, NULL, 10), 100) : 100);
}

/* --- Questions --- */

static void
handle_machine (FakeAccount *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  const char *method = soup_server_message_get_method (message);
  FakeMachine *machine = find_machine (self, path);

  if (!machine)
    refuse (message, 404, "ERR_NGROK_404");
  else if (g_str_has_suffix (path, "/bound_endpoints"))
    list_endpoints (self, message, path, query);
  else if (g_str_equal (method, "GET"))
    answer_machine (self, message, machine, 200);
  else if (g_str_equal (method, "PATCH"))
    change_machine (self, message, machine, 200);
  else if (g_str_equal (method, "DELETE"))
    {
      g_ptr_array_remove (self->machines, machine);
      answer (message, 204, NULL);
    }
}

static void
handle (FakeAccount *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  if (g_strcmp0 (self->last_version, "2") != 0)
    refuse (message, 400, "ERR_NGROK_218");
  else if (g_strcmp0 (self->last_authorization, "Bearer " FAKE_ACCOUNT_KEY) != 0)
    refuse (message, 401, "ERR_NGROK_206");
  else if (!g_str_equal (path, "/kubernetes_operators"))
    handle_machine (self, message, path, query);
  else if (g_str_equal (soup_server_message_get_method (message), "POST"))
    change_machine (self, message, NULL, 201);
  else
    list_machines (self, message);
}

static void
note (FakeAccount *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  g_autoptr (GBytes)
    bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));

  g_free (self->last_body);
  self->last_body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  set_text (&self->last_version, soup_message_headers_get_one (headers, "Ngrok-Version"));
  set_text (&self->last_agent, soup_message_headers_get_one (headers, "User-Agent"));
  set_text (&self->last_type, soup_message_headers_get_one (headers, "Content-Type"));
  set_text (&self->last_authorization, soup_message_headers_get_one (headers, "Authorization"));
}

static gboolean
is_fault (FakeAccount *self, const char *line)
{
  if (self->fault_times == 0 || !strstr (line, self->fault_on))
    return FALSE;
  self->fault_times--;
  return TRUE;
}

static void
lose (SoupServerMessage *message)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_io_stream_close (stream, NULL, NULL);
}

static void
misbehave (FakeAccount *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  if (self->fault_body)
    answer (message, self->fault_status, self->fault_body);
  else
    refuse (message, self->fault_status, "ERR_NGROK_9");
  if (self->fault_retry_after)
    soup_message_headers_replace (headers, "Retry-After", self->fault_retry_after);
  if (self->fault_status == 302)
    soup_message_headers_replace (headers, "Location", self->url);
}

static void
on_question (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
             gpointer data)
{
  FakeAccount *self = data;
  const char *asked = g_uri_get_query (soup_server_message_get_uri (message));
  g_autofree char *line = g_strdup_printf ("%s %s?%s\n", soup_server_message_get_method (message),
                                           path, asked ? asked : "");
  gboolean is_wrong = is_fault (self, line);

  g_string_append (self->log, line);
  note (self, message);
  if (!is_wrong || self->fault_is_loss)
    handle (self, message, path, query);
  if (is_wrong && self->fault_is_loss)
    lose (message);
  else if (is_wrong)
    misbehave (self, message);
}

void
fake_account_fail (FakeAccount *self, const char *on, guint times, guint status)
{
  self->fault_on = on;
  self->fault_times = times;
  self->fault_status = status;
}

guint
fake_account_count (FakeAccount *self, const char *what)
{
  guint n = 0;

  for (const char *at = self->log->str; (at = strstr (at, what)) != NULL; at++)
    n++;
  return n;
}

FakeAccount *
fake_account_new (void)
{
  FakeAccount *self = g_new0 (FakeAccount, 1);
  GSList *uris;

  self->machines = g_ptr_array_new_with_free_func (machine_free);
  self->endpoints = g_ptr_array_new_with_free_func (g_free);
  self->log = g_string_new (NULL);
  self->lifetime = 90 * DAY;
  self->ingress = "ingress.example:8443";
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_question, self, NULL);
  g_assert_true (soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (self->server);
  self->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return self;
}

void
fake_account_free (FakeAccount *self)
{
  char *texts[] = { self->url,        self->last_body, self->last_version,
                    self->last_agent, self->last_type, self->last_authorization };

  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_ptr_array_unref (self->machines);
  g_ptr_array_unref (self->endpoints);
  g_string_free (self->log, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_free (self);
}
