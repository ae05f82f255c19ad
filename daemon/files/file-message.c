/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-message.h"

#include "common/json-member.h"
#include "files/file-name.h"

#include <string.h>

/* Of a name as its sender writes it. */
#define NAME_MAX_SAID 1024

static const char *const state_names[] = {
  [BG_FILE_OFFERED] = "offered", [BG_FILE_WAITING] = "waiting",   [BG_FILE_RUNNING] = "running",
  [BG_FILE_DONE] = "done",       [BG_FILE_DECLINED] = "declined", [BG_FILE_CANCELLED] = "cancelled",
  [BG_FILE_FAILED] = "failed",
};

const char *
bg_file_state_name (BgFileState state)
{
  return state_names[state];
}

gboolean
bg_file_state_is_over (BgFileState state)
{
  return state >= BG_FILE_DONE;
}

static gboolean
is_hexadecimal (const char *text, gsize len)
{
  return strlen (text) == len && strspn (text, "0123456789abcdef") == len;
}

gboolean
bg_file_id_is_valid (const char *id)
{
  return is_hexadecimal (id, BG_FILE_ID_LEN);
}

/* --- Reading --- */

static JsonObject *
parse (const char *text, gsize len)
{
  return len <= BG_FILE_MESSAGE_MAX ? bg_json_object_parse (text, len) : NULL;
}

static gboolean
read_size (JsonObject *object, const char *key, guint64 *size)
{
  gint64 number = -1;

  if (!bg_json_member_number (object, key, &number) || number < 0
      || (guint64) number > BG_FILE_SIZE_MAX)
    return FALSE;
  *size = (guint64) number;
  return TRUE;
}

static gboolean
read_digest (JsonObject *object, char digest[BG_FILE_DIGEST_LEN + 1])
{
  const char *text = bg_json_member_text (object, "sha256");

  if (!text || !is_hexadecimal (text, BG_FILE_DIGEST_LEN))
    return FALSE;
  g_strlcpy (digest, text, BG_FILE_DIGEST_LEN + 1);
  return TRUE;
}

BgFileOffer *
bg_file_offer_parse (const char *text, gsize len)
{
  g_autoptr (JsonObject) object = parse (text, len);
  const char *id = object ? bg_json_member_text (object, "id") : NULL;
  const char *name = object ? bg_json_member_text (object, "name") : NULL;
  BgFileOffer *offer;
  guint64 size;

  if (!id || !bg_file_id_is_valid (id) || !name || strlen (name) > NAME_MAX_SAID
      || !read_size (object, "size", &size))
    return NULL;
  offer = g_new0 (BgFileOffer, 1);
  g_strlcpy (offer->id, id, sizeof offer->id);
  offer->name = bg_file_name_clean (name);
  offer->size = size;
  return offer;
}

static gboolean
read_state (JsonObject *object, BgFileState *state)
{
  const char *text = bg_json_member_text (object, "state");

  for (guint i = 0; text && i < G_N_ELEMENTS (state_names); i++)
    if (i != BG_FILE_WAITING && g_str_equal (text, state_names[i]))
      {
        *state = (BgFileState) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
bg_file_status_parse (const char *text, gsize len, BgFileStatus *status)
{
  g_autoptr (JsonObject) object = parse (text, len);

  memset (status, 0, sizeof *status);
  return object && read_state (object, &status->state) && read_size (object, "have", &status->have)
         && (status->have == 0 || read_digest (object, status->digest));
}

gboolean
bg_file_end_parse (const char *text, gsize len, char digest[BG_FILE_DIGEST_LEN + 1])
{
  g_autoptr (JsonObject) object = parse (text, len);

  return object && read_digest (object, digest);
}

/* --- Writing --- */

static JsonBuilder *
begin (void)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  return builder;
}

static void
add_size (JsonBuilder *builder, const char *key, guint64 size)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, (gint64) size);
}

static char *
end (JsonBuilder *take)
{
  g_autoptr (JsonBuilder) builder = take;
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

char *
bg_file_offer_format (const char *id, const char *name, guint64 size)
{
  JsonBuilder *builder = begin ();

  bg_json_add_text (builder, "id", id);
  bg_json_add_text (builder, "name", name);
  add_size (builder, "size", size);
  return end (builder);
}

char *
bg_file_status_format (const BgFileStatus *status)
{
  JsonBuilder *builder = begin ();

  add_size (builder, "have", status->have);
  if (status->have > 0)
    bg_json_add_text (builder, "sha256", status->digest);
  bg_json_add_text (builder, "state", bg_file_state_name (status->state));
  return end (builder);
}

char *
bg_file_end_format (const char *digest)
{
  JsonBuilder *builder = begin ();

  bg_json_add_text (builder, "sha256", digest);
  return end (builder);
}

void
bg_file_offer_free (BgFileOffer *offer)
{
  if (!offer)
    return;
  g_free (offer->name);
  g_free (offer);
}
