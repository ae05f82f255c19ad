/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-carry.h"

#include "app/hub-place.h"
#include "common/error.h"
#include "common/json-member.h"
#include "common/printable.h"
#include "common/secret-text.h"
#include "signaling/service-request.h"

#include <string.h>

enum
{
  VERSION = 1,
  MAX_ROWS = 65536,
  PAGE = 32 * 1024, /* bytes of rows that go at once */
  ROUNDS = 5,       /* that begin anew, where somebody else reads or gives at the same time */
};

typedef struct
{
  char *url, *pin, *bearer;
} Hub;

typedef struct
{
  Hub from, to;
  GPtrArray *rows, *kept; /* JsonNode; `kept` NULL: not looked at yet */
  GBytes *entry;          /* of the log, which the old hub gets with its last word; NULL: none */
  char *digest;
  guint sent, rounds;
  BgHubCarryNote note;
  gpointer owner;
} Carry;

static void
hub_copy (Hub *hub, const BgServiceHub *from)
{
  *hub = (Hub){ g_strdup (from->url), g_strdup (from->pin), g_strdup (from->bearer) };
}

static void
hub_clear (Hub *hub)
{
  g_free (hub->url);
  g_free (hub->pin);
  bg_secret_free (hub->bearer);
}

static void
carry_free (gpointer data)
{
  Carry *self = data;

  hub_clear (&self->from);
  hub_clear (&self->to);
  g_ptr_array_unref (self->rows);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
  g_clear_pointer (&self->entry, g_bytes_unref);
  g_free (self->digest);
  g_free (self);
}

static GPtrArray *
rows_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
}

static BgServiceHub
as_hub (const Hub *hub, const char *bearer)
{
  return (BgServiceHub){ hub->url, hub->pin, bearer };
}

/* --- What they answer --- */

/* The old hub's network has gone; where to? */
static void
end_gone (GTask *task, JsonObject *body)
{
  Carry *self = g_task_get_task_data (task);
  const char *url = body ? bg_json_member_text (body, "url") : NULL;
  const char *pin = body ? bg_json_member_text (body, "pin") : NULL;
  g_autofree char *shown = bg_printable (url ? url : "");

  if (bg_hub_place_is_same (url, pin && *pin ? pin : NULL, self->to.url, self->to.pin))
    g_task_return_pointer (task, g_strdup (""), g_free);
  else
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, MOVED_ELSEWHERE, shown);
}

static GError *
error_of_absence (gboolean is_new)
{
  return is_new ? bg_error (BG_ERROR_SERVICE, NEW_HUB_CANNOT_TAKE)
                : bg_error (BG_ERROR_SERVICE, HUB_CANNOT_GO);
}

static GError *
error_of (const BgServiceAnswer *answer, gboolean is_new)
{
  g_autofree char *why = bg_printable (bg_service_answer_why_not (answer));
  GError *error = NULL;

  if (answer->status == SOUP_STATUS_NOT_FOUND || answer->status == SOUP_STATUS_METHOD_NOT_ALLOWED)
    return error_of_absence (is_new);
  if (answer->status == SOUP_STATUS_UNAUTHORIZED && is_new)
    return bg_error (BG_ERROR_NOT_AUTHORIZED, NEW_HUB_REFUSES_TOKEN);
  if (*why)
    return is_new ? bg_error (BG_ERROR_SERVICE, NEW_HUB_REFUSES, why)
                  : bg_error (BG_ERROR_SERVICE, HUB_REFUSES_MOVE, why);
  if (bg_service_answer_read (answer, &error))
    bg_error_set (&error, BG_ERROR_SERVICE, NOT_AS_A_HUB);
  return error;
}

/* --- Reading --- */

static void read_page (GTask *task);
static void send_page (GTask *task);
static void end_reading (GTask *task);

static void
begin (GTask *task)
{
  Carry *self = g_task_get_task_data (task);

  if (self->rounds++ >= ROUNDS)
    {
      bg_task_return_error (task, BG_ERROR_SERVICE, NETWORK_KEEPS_CHANGING);
      return;
    }
  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
  g_clear_pointer (&self->digest, g_free);
  self->sent = 0;
  self->note (self->owner, "reading");
  read_page (task);
}

static GPtrArray *
rows_of (Carry *self)
{
  return self->kept ? self->kept : self->rows;
}

/* FALSE: it says nothing that can be gone on with. */
static gboolean
take_page (Carry *self, JsonObject *body, gint64 *count)
{
  GPtrArray *rows = rows_of (self);
  JsonArray *page = bg_json_member_list (body, "rows");
  const char *digest = bg_json_member_text (body, "digest");
  gint64 version = 0;

  if (!page || !digest || !bg_json_member_number (body, "version", &version) || version != VERSION
      || !bg_json_member_number (body, "count", count) || *count <= 0 || *count > MAX_ROWS
      || json_array_get_length (page) == 0
      || rows->len + json_array_get_length (page) > (guint64) *count)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (page); i++)
    g_ptr_array_add (rows, json_node_copy (json_array_get_element (page, i)));
  if (!self->kept && !self->digest)
    self->digest = g_strdup (digest);
  return TRUE;
}

static void
take_rows (GTask *task, const BgServiceAnswer *answer)
{
  Carry *self = g_task_get_task_data (task);
  gint64 count = 0;

  if (answer->status == BG_SERVICE_MISDIRECTED && !self->kept)
    end_gone (task, answer->body);
  else if (answer->status == SOUP_STATUS_CONFLICT)
    begin (task);
  else if (answer->status != SOUP_STATUS_OK)
    g_task_return_error (task, error_of (answer, self->kept != NULL));
  else if (!answer->body || !take_page (self, answer->body, &count))
    bg_task_return_error (task, BG_ERROR_SERVICE, NOT_AS_A_HUB);
  else if (rows_of (self)->len < count)
    read_page (task);
  else
    end_reading (task);
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, &error);

  if (answer)
    take_rows (task, answer);
  else
    g_task_return_error (task, error);
}

static void
read_page (GTask *task)
{
  Carry *self = g_task_get_task_data (task);
  const BgServiceHub hub = as_hub (self->kept ? &self->to : &self->from, self->from.bearer);
  g_autofree char *path = g_strdup_printf ("/network/export?from=%u", rows_of (self)->len);
  const BgServiceRequest request = {
    .method = "GET", .path = path, .limit_s = BG_SERVICE_LIMIT_S, .body_limit = BG_SERVICE_LONG_BODY
  };

  bg_service_request_async (&hub, &request, g_task_get_cancellable (task), on_page,
                            g_object_ref (task));
}

/* --- Has it kept all of it? --- */

/* As a text in which order means nothing; NULL for what need not be the same. */
static char *
text_of_row (JsonNode *node)
{
  JsonObject *row = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autoptr (GList) names = row ? g_list_sort (json_object_get_members (row),
                                               (GCompareFunc) (void (*) (void)) g_strcmp0)
                                : NULL;
  GString *text;

  if (!row || g_strcmp0 (bg_json_member_text (row, "row"), "seen") == 0)
    return NULL;
  text = g_string_new (NULL);
  for (GList *l = names; l; l = l->next)
    {
      g_autofree char *value = json_to_string (json_object_get_member (row, l->data), FALSE);

      g_string_append_printf (text, "%s=%s\n", (const char *) l->data, value);
    }
  return g_string_free (text, FALSE);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
texts_of (GPtrArray *rows)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      char *text = text_of_row (rows->pdata[i]);

      if (text)
        g_ptr_array_add (texts, text);
    }
  g_ptr_array_sort (texts, compare_texts);
  return texts;
}

static gboolean
is_kept (Carry *self)
{
  g_autoptr (GPtrArray) ours = texts_of (self->rows), theirs = texts_of (self->kept);

  if (ours->len != theirs->len)
    return FALSE;
  for (guint i = 0; i < ours->len; i++)
    if (!g_str_equal (ours->pdata[i], theirs->pdata[i]))
      return FALSE;
  return TRUE;
}

static char *
text_of_entry (GBytes *entry)
{
  gsize len;
  const guchar *bytes = g_bytes_get_data (entry, &len);

  return g_base64_encode (bytes, len);
}

static void
append_entry (Carry *self)
{
  g_autoptr (JsonBuilder) row = json_builder_begin_object (json_builder_new ());
  g_autofree char *text = self->entry ? text_of_entry (self->entry) : NULL;

  if (!text)
    return;
  bg_json_add_text (row, "entry", text);
  bg_json_add_text (row, "row", "log");
  g_ptr_array_add (self->rows, json_builder_get_root (json_builder_end_object (row)));
}

static void
end_reading (GTask *task)
{
  Carry *self = g_task_get_task_data (task);

  if (!self->kept)
    {
      append_entry (self);
      self->note (self->owner, "giving");
      send_page (task);
    }
  else if (is_kept (self))
    g_task_return_pointer (task, g_steal_pointer (&self->digest), g_free);
  else
    bg_task_return_error (task, BG_ERROR_SERVICE, NEW_HUB_KEPT_OTHERS);
}

/* --- Giving --- */

static guint
add_rows (Carry *self, JsonBuilder *builder)
{
  gsize len = 0;
  guint n = 0;

  for (guint i = self->sent; i < self->rows->len; i++, n++)
    {
      g_autofree char *text = json_to_string (self->rows->pdata[i], FALSE);

      len += strlen (text) + 1;
      if (n > 0 && len > PAGE)
        break;
      json_builder_add_value (builder, json_node_copy (self->rows->pdata[i]));
    }
  return n;
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, number);
}

static GBytes *
page_of (Carry *self, guint *n)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  add_number (builder, "version", VERSION);
  add_number (builder, "from", self->sent);
  add_number (builder, "count", self->rows->len);
  json_builder_set_member_name (builder, "rows");
  json_builder_begin_array (builder);
  *n = add_rows (self, builder);
  json_builder_end_array (builder);
  return bg_service_body_new (builder);
}

static void
take_receipt (GTask *task, const BgServiceAnswer *answer)
{
  Carry *self = g_task_get_task_data (task);
  gboolean is_done = answer->body && bg_json_member_is_true (answer->body, "done");

  if (answer->status != SOUP_STATUS_OK)
    g_task_return_error (task, error_of (answer, TRUE));
  else if (!answer->body || is_done != (self->sent == self->rows->len))
    bg_task_return_error (task, BG_ERROR_SERVICE, NOT_AS_A_HUB);
  else if (!is_done)
    send_page (task);
  else
    {
      self->kept = rows_new ();
      self->note (self->owner, "checking");
      read_page (task);
    }
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, &error);

  if (answer)
    take_receipt (task, answer);
  else
    g_task_return_error (task, error);
}

static void
send_page (GTask *task)
{
  Carry *self = g_task_get_task_data (task);
  const BgServiceHub hub = as_hub (&self->to, self->to.bearer);
  guint n;
  g_autoptr (GBytes) body = page_of (self, &n);
  const BgServiceRequest request = {
    .method = "PUT", .path = "/network/import", .body = body, .limit_s = BG_SERVICE_LIMIT_S
  };

  self->sent += n;
  bg_service_request_async (&hub, &request, g_task_get_cancellable (task), on_sent,
                            g_object_ref (task));
}

void
bg_hub_carry_async (const BgServiceHub *from, const BgServiceHub *to, GBytes *entry,
                    BgHubCarryNote note, gpointer owner, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Carry *self = g_new0 (Carry, 1);

  g_task_set_source_tag (task, bg_hub_carry_async);
  hub_copy (&self->from, from);
  hub_copy (&self->to, to);
  self->rows = rows_new ();
  self->note = note;
  self->owner = owner;
  self->entry = entry ? g_bytes_ref (entry) : NULL;
  g_task_set_task_data (task, self, carry_free);
  begin (task);
}

char *
bg_hub_carry_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Telling --- */

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, &error);

  if (!answer)
    g_task_return_error (task, error);
  else if (answer->status == SOUP_STATUS_OK || answer->status == SOUP_STATUS_CONFLICT)
    g_task_return_boolean (task, answer->status == SOUP_STATUS_OK);
  else
    g_task_return_error (task, error_of (answer, FALSE));
}

static void
add_entry (JsonBuilder *builder, GBytes *entry)
{
  g_autofree char *text = text_of_entry (entry);

  json_builder_set_member_name (builder, "entries");
  json_builder_begin_array (builder);
  json_builder_add_string_value (builder, text);
  json_builder_end_array (builder);
}

void
bg_hub_carry_tell_async (const BgServiceHub *from, const char *url, const char *pin,
                         const char *digest, GBytes *entry, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autoptr (GBytes) body = NULL;
  BgServiceRequest request = { .method = "PUT",
                               .path = "/network/moved",
                               .limit_s = BG_SERVICE_LIMIT_S };

  g_task_set_source_tag (task, bg_hub_carry_tell_async);
  bg_json_add_text (builder, "url", url);
  bg_json_add_text (builder, "pin", pin ? pin : "");
  bg_json_add_text (builder, "digest", digest);
  if (entry)
    add_entry (builder, entry);
  request.body = body = bg_service_body_new (builder);
  bg_service_request_async (from, &request, cancellable, on_told, task);
}

gboolean
bg_hub_carry_tell_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
