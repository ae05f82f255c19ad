/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-archive.h"
#include "common/error.h"
#include "common/json-member.h"

#include <archive.h>
#include <archive_entry.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>

enum
{
  FORMAT = 1,
  MANIFEST_MAX = 64 * 1024,
  SMALL_MAX = 64 * 1024,
  DATABASE_MAX = 256 * 1024 * 1024,
  READ_BLOCK = 64 * 1024,
};

#define MANIFEST "bamgate-hub.json"

static const struct
{
  const char *name;
  gsize max;
  gboolean is_needed;
} table[BG_HUB_PARTS] = {
  [BG_HUB_PART_TOKEN] = { "token", SMALL_MAX, TRUE },
  [BG_HUB_PART_TURN_SECRET] = { "turn-secret", SMALL_MAX, FALSE },
  [BG_HUB_PART_CERTIFICATE] = { "tls.pem", SMALL_MAX, FALSE },
  [BG_HUB_PART_DATABASE] = { "hub.sqlite", DATABASE_MAX, TRUE },
};

typedef struct archive Archive;
typedef struct archive_entry Entry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Entry, archive_entry_free)

const char *
bg_hub_part_name (BgHubPart part)
{
  return table[part].name;
}

gsize
bg_hub_part_max (BgHubPart part)
{
  return table[part].max;
}

gboolean
bg_hub_part_is_needed (BgHubPart part)
{
  return table[part].is_needed;
}

void
bg_hub_parts_clear (BgHubParts *parts)
{
  for (int i = 0; i < BG_HUB_PARTS; i++)
    g_clear_pointer (&parts->of[i], g_bytes_unref);
}

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "no whole backup of a hub: %s", why);
  return FALSE;
}

/* --- The manifest --- */

static void
describe_part (JsonBuilder *builder, BgHubPart part, GBytes *bytes)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  json_builder_set_member_name (builder, bg_hub_part_name (part));
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) g_bytes_get_size (bytes));
  json_builder_set_member_name (builder, "sha256");
  json_builder_add_string_value (builder, sum);
  json_builder_end_object (builder);
}

static GBytes *
make_manifest (const BgHubParts *parts)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *made_at = g_date_time_format_iso8601 (now);
  g_autoptr (JsonNode) root = NULL;
  char *text;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_int_value (builder, FORMAT);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, BG_VERSION);
  json_builder_set_member_name (builder, "made_at");
  json_builder_add_string_value (builder, made_at);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_object (builder);
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (parts->of[i])
      describe_part (builder, i, parts->of[i]);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  return g_bytes_new_take (text, strlen (text));
}

/* NULL where it has none that is an object. */
static JsonObject *
object_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gint64
number_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;
}

static JsonNode *
parse_manifest (GBytes *bytes, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  JsonNode *root;
  gint64 format;

  if (!json_parser_load_from_data (parser, text, (gssize) len, NULL)
      || (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root)
      || object_member (json_node_get_object (root), "files") == NULL)
    {
      refuse (error, "%s in it cannot be read", MANIFEST);
      return NULL;
    }
  format = number_member (json_node_get_object (root), "format");
  if (format == FORMAT)
    return json_node_ref (root);
  refuse (error,
          "it has the format %" G_GINT64_FORMAT ", ours is %d: use the bamgate-hub that made it",
          format, FORMAT);
  return NULL;
}

static gboolean
is_as_described (GBytes *bytes, JsonObject *described)
{
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  return number_member (described, "size") == (gint64) g_bytes_get_size (bytes)
         && g_strcmp0 (bg_json_member_text (described, "sha256"), sum) == 0;
}

static gboolean
check_part (BgHubPart part, GBytes *bytes, JsonObject *files, GError **error)
{
  JsonObject *described = object_member (files, bg_hub_part_name (part));

  if (bytes == NULL && (described != NULL || bg_hub_part_is_needed (part)))
    return refuse (error, "%s is missing", bg_hub_part_name (part));
  if (bytes != NULL && (described == NULL || !is_as_described (bytes, described)))
    return refuse (error, "%s is not what was saved", bg_hub_part_name (part));
  return TRUE;
}

static gboolean
check_parts (const BgHubParts *parts, JsonNode *manifest, GError **error)
{
  JsonObject *files = object_member (json_node_get_object (manifest), "files");

  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (!check_part (i, parts->of[i], files, error))
      return FALSE;
  return TRUE;
}

/* --- libarchive in our terms --- */

static gboolean
fail (Archive *archive, GError **error)
{
  const char *what = archive_error_string (archive);
  int code = archive_errno (archive);

  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s%s%s", what ? what : "libarchive",
               code > 0 ? ": " : "", code > 0 ? g_strerror (code) : "");
  return FALSE;
}

static gboolean
add (Archive *archive, const char *name, GBytes *bytes, GError **error)
{
  g_autoptr (Entry) entry = archive_entry_new ();
  gsize len;
  const void *data = g_bytes_get_data (bytes, &len);

  archive_entry_set_pathname (entry, name);
  archive_entry_set_size (entry, (la_int64_t) len);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0600);
  archive_entry_set_mtime (entry, g_get_real_time () / G_USEC_PER_SEC, 0);
  return (archive_write_header (archive, entry) == ARCHIVE_OK
          && archive_write_data (archive, data, len) == (la_ssize_t) len)
         || fail (archive, error);
}

gboolean
bg_hub_archive_write (int fd, const BgHubParts *parts, GError **error)
{
  g_autoptr (Archive) archive = archive_write_new ();
  g_autoptr (GBytes) manifest = make_manifest (parts);

  if (archive_write_set_format_ustar (archive) != ARCHIVE_OK
      || archive_write_open_fd (archive, fd) != ARCHIVE_OK)
    return fail (archive, error);
  if (!add (archive, MANIFEST, manifest, error))
    return FALSE;
  for (int i = 0; i < BG_HUB_PARTS; i++)
    if (parts->of[i] && !add (archive, bg_hub_part_name (i), parts->of[i], error))
      return FALSE;
  return archive_write_close (archive) == ARCHIVE_OK || fail (archive, error);
}

/* The data of the entry whose header was read. What says that it is larger than it may be is not read at all. */
static GBytes *
read_data (Archive *archive, Entry *entry, gsize max, GError **error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autofree guint8 *block = g_malloc (READ_BLOCK);
  la_ssize_t n;

  if (archive_entry_size (entry) < 0 || (guint64) archive_entry_size (entry) > max)
    {
      refuse (error, "%s is larger than %" G_GSIZE_FORMAT " bytes", archive_entry_pathname (entry),
              max);
      return NULL;
    }
  while ((n = archive_read_data (archive, block, READ_BLOCK)) > 0 && data->len + (gsize) n <= max)
    g_byte_array_append (data, block, (guint) n);
  if (n == 0)
    return g_byte_array_free_to_bytes (g_steal_pointer (&data));
  refuse (error, "%s: %s", archive_entry_pathname (entry),
          n > 0 ? "larger than it says" : archive_error_string (archive));
  return NULL;
}

static gboolean
is_plain (Entry *entry)
{
  return archive_entry_pathname (entry) && archive_entry_filetype (entry) == AE_IFREG
         && !archive_entry_hardlink (entry) && !archive_entry_symlink (entry)
         && archive_entry_size_is_set (entry);
}

static int
index_of (const char *name)
{
  int i = 0;

  while (i < BG_HUB_PARTS && !g_str_equal (name, table[i].name))
    i++;
  return i;
}

static gboolean
take_entry (Archive *archive, Entry *entry, BgHubParts *parts, GError **error)
{
  const char *name = archive_entry_pathname (entry);
  int i = name ? index_of (name) : BG_HUB_PARTS;
  g_autofree char *shown = g_strescape (name ? name : "", NULL);

  if (i == BG_HUB_PARTS || !is_plain (entry))
    return refuse (error, "“%s” has no place in one", shown);
  if (parts->of[i])
    return refuse (error, "“%s” is in it twice", shown);
  parts->of[i] = read_data (archive, entry, bg_hub_part_max (i), error);
  return parts->of[i] != NULL;
}

static GBytes *
read_manifest (Archive *archive, GError **error)
{
  Entry *entry;
  int status = archive_read_next_header (archive, &entry);

  if (status == ARCHIVE_OK && is_plain (entry)
      && g_str_equal (archive_entry_pathname (entry), MANIFEST))
    return read_data (archive, entry, MANIFEST_MAX, error);
  refuse (error, "it does not begin with %s", MANIFEST);
  return NULL;
}

static gboolean
read_entries (Archive *archive, BgHubParts *parts, GError **error)
{
  Entry *entry;
  int status;

  while ((status = archive_read_next_header (archive, &entry)) == ARCHIVE_OK)
    if (!take_entry (archive, entry, parts, error))
      return FALSE;
  return status == ARCHIVE_EOF || refuse (error, "%s", archive_error_string (archive));
}

static gboolean
read_all (Archive *archive, BgHubParts *parts, GError **error)
{
  g_autoptr (GBytes) bytes = read_manifest (archive, error);
  g_autoptr (JsonNode) manifest = bytes ? parse_manifest (bytes, error) : NULL;

  return manifest && read_entries (archive, parts, error) && check_parts (parts, manifest, error);
}

gboolean
bg_hub_archive_read (int fd, BgHubParts *parts, GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();

  if (archive_read_support_format_tar (archive) != ARCHIVE_OK)
    return fail (archive, error);
  if (archive_read_open_fd (archive, fd, READ_BLOCK) != ARCHIVE_OK)
    return refuse (error, "%s", archive_error_string (archive));
  if (read_all (archive, parts, error))
    return TRUE;
  bg_hub_parts_clear (parts);
  return FALSE;
}
