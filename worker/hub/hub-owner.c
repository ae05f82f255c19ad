/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-owner.h"
#include "common/error.h"
#include "common/hub-talk.h"
#include "common/json-member.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <gio/gunixfdmessage.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  WISH_S = 10,
  LINGER_MS = 15 * 1000,
};

static const char *const state_files[] = BG_HUB_STATE_FILES;

/* One connection, of an owner or of one who would be it. */
typedef struct
{
  GSocket *socket;
  GSource *source;
  char line[BG_HUB_LINE_MAX];
  gsize len;
  GUnixFDList *files; /* what came with the line */
} Line;

struct _BgHubOwner
{
  GSocket *door; /* NULL: one connection, and no other */
  GSource *on_door;
  Line *line; /* NULL: nobody is there */
  Line *next; /* has not said yet what it wants */
  GSource *linger;
  GSource *early; /* looks at what came with the wish */

  JsonObject *said;
  BgHubOwnerWish wish;
  gboolean took_files;
  char *url, *pin, *token, *subnet;

  void (*on_end) (gpointer data);
  gpointer data;
};

/* --- One connection --- */

static void
line_free (Line *line)
{
  if (!line)
    return;
  bg_source_drop (&line->source);
  g_clear_object (&line->socket);
  g_clear_object (&line->files);
  g_free (line);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Line, line_free)

static Line *
line_new (GSocket *socket)
{
  Line *line = g_new0 (Line, 1);

  line->socket = g_object_ref (socket);
  return line;
}

static void
keep_files (Line *line, GSocketControlMessage **messages, int n)
{
  for (int i = 0; i < n; i++)
    {
      if (G_IS_UNIX_FD_MESSAGE (messages[i]) && !line->files)
        line->files = g_object_ref (
          g_unix_fd_message_get_fd_list (G_UNIX_FD_MESSAGE (messages[i])));
      g_object_unref (messages[i]);
    }
  g_free (messages);
}

/* Reads what there is; FALSE at the end, and for a line without end. */
static gboolean
line_receive (Line *line, GError **error)
{
  GInputVector vector = { line->line + line->len, sizeof line->line - line->len };
  GSocketControlMessage **messages = NULL;
  int n_messages = 0;
  gssize n = g_socket_receive_message (line->socket, NULL, &vector, 1, &messages, &n_messages, NULL,
                                       NULL, error);

  keep_files (line, messages, n_messages);
  if (n > 0)
    line->len += (gsize) n;
  else if (n == 0)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "the daemon went away");
  return n > 0;
}

/* The first line without its end, and off the buffer; NULL: not whole yet. */
static char *
line_take (Line *line)
{
  char *end = memchr (line->line, '\n', line->len), *text;
  gsize len = end ? (gsize) (end - line->line) : 0;

  if (!end)
    return NULL;
  text = g_strndup (line->line, len);
  line->len -= len + 1;
  memmove (line->line, end + 1, line->len);
  return text;
}

/* --- What the owner wants --- */

static JsonObject *
parse_wish (const char *text, GError **error)
{
  g_autoptr (JsonNode) root = json_from_string (text, error);
  JsonObject *said = root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;

  if (said && (bg_json_member_is_true (said, "forget") || bg_json_member_text (said, "listen")))
    return json_object_ref (said);
  if (!error || !*error)
    g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT,
                 "the daemon does not say where to listen");
  return NULL;
}

static BgHubOwnerWish
wish_of (JsonObject *said)
{
  if (bg_json_member_is_true (said, "forget"))
    return (BgHubOwnerWish){ .forget = TRUE };
  return (BgHubOwnerWish){ .listen = bg_json_member_text (said, "listen"),
                           .public_url = bg_json_member_text (said, "public_url"),
                           .subnet = bg_json_member_text (said, "subnet"),
                           .suffix = bg_json_member_text (said, "suffix"),
                           .no_shared_token = bg_json_member_is_true (said, "no_shared_token"),
                           .approve_devices = bg_json_member_is_true (said, "approve_devices") };
}

const BgHubOwnerWish *
bg_hub_owner_get_wish (BgHubOwner *self)
{
  return &self->wish;
}

static gboolean
wants_the_same (BgHubOwner *self, JsonObject *said)
{
  BgHubOwnerWish other = wish_of (said);

  return g_strcmp0 (self->wish.listen, other.listen) == 0
         && g_strcmp0 (self->wish.public_url, other.public_url) == 0
         && g_strcmp0 (self->wish.suffix, other.suffix) == 0
         && self->wish.no_shared_token == other.no_shared_token
         && self->wish.approve_devices == other.approve_devices
         && (!other.subnet || g_strcmp0 (self->subnet, other.subnet) == 0);
}

/* --- Files of an earlier state --- */

static gboolean
copy_all (int from, int to)
{
  char buf[16384];
  ssize_t n;

  while ((n = read (from, buf, sizeof buf)) != 0)
    {
      if (n < 0 && errno != EINTR)
        return FALSE;
      for (ssize_t done = 0, part; done < n; done += part)
        if ((part = write (to, buf + done, (size_t) (n - done))) < 0)
          return FALSE;
    }
  explicit_bzero (buf, sizeof buf);
  return fsync (to) == 0;
}

static gboolean
copy_file (int from, const char *state_dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, name, NULL),
                  *temporary = g_strconcat (path, ".new", NULL);
  int to = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok = to >= 0 && copy_all (from, to);

  if (to >= 0)
    ok = close (to) == 0 && ok;
  if (ok && g_rename (temporary, path) == 0)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

/* The daemon removes its files once we have ours, which a power loss must not take back. */
static gboolean
sync_directory (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (!ok)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Where in the list of descriptors a file stands; -1: it was not sent. */
static int
index_of (JsonArray *names, const char *name)
{
  for (guint i = 0; names && i < json_array_get_length (names); i++)
    {
      JsonNode *node = json_array_get_element (names, i);

      if (json_node_get_value_type (node) == G_TYPE_STRING
          && g_str_equal (json_node_get_string (node), name))
        return (int) i;
    }
  return -1;
}

static gboolean
take_file (BgHubOwner *self, JsonArray *names, const char *name, const char *state_dir,
           GError **error)
{
  int i = index_of (names, name), fd;
  gboolean ok;

  if (i < 0 || i >= g_unix_fd_list_get_length (self->line->files))
    return TRUE;
  fd = g_unix_fd_list_get (self->line->files, i, error);
  if (fd < 0)
    return FALSE;
  ok = copy_file (fd, state_dir, name, error);
  close (fd);
  return ok;
}

static gboolean
has_state (const char *state_dir)
{
  g_autofree char *last = g_build_filename (state_dir, state_files[G_N_ELEMENTS (state_files) - 1],
                                            NULL);

  return g_file_test (last, G_FILE_TEST_EXISTS);
}

gboolean
bg_hub_owner_take_files (BgHubOwner *self, const char *state_dir, GError **error)
{
  JsonNode *node = json_object_get_member (self->said, "files");
  JsonArray *names = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!self->line->files)
    return TRUE;
  if (has_state (state_dir))
    {
      bg_log (BG_TOPIC_HUB, WARNING, NULL,
              "there is state in %s already: what the daemon has of an earlier hub is not used",
              state_dir);
      g_clear_object (&self->line->files);
      return TRUE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (state_files); i++)
    if (!take_file (self, names, state_files[i], state_dir, error))
      return FALSE;
  if (!sync_directory (state_dir, error))
    return FALSE;
  g_clear_object (&self->line->files);
  self->took_files = TRUE;
  return TRUE;
}

/* --- What we tell --- */

/* And what is said either way: the files are ours now, whatever becomes of this run. */
static void
say (BgHubOwner *self, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL, *whole = NULL;
  gsize len;

  json_builder_set_member_name (builder, "took_files");
  json_builder_add_boolean_value (builder, self->took_files);
  root = json_builder_get_root (json_builder_end_object (builder));
  text = json_to_string (root, FALSE);
  whole = g_strconcat (text, "\n", NULL);
  len = strlen (whole);
  /* One that is gone, or does not read so little, is noticed when it hangs up. */
  (void) g_socket_send (self->line->socket, whole, len, NULL, NULL);
  explicit_bzero (text, len - 1);
  explicit_bzero (whole, len);
}

static void
add_member (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
bg_hub_owner_say_error (BgHubOwner *self, const char *why)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  if (!self->line)
    return;
  add_member (builder, "error", why);
  say (self, builder);
}

void
bg_hub_owner_say_forgotten (BgHubOwner *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  json_builder_set_member_name (builder, "forgotten");
  json_builder_add_boolean_value (builder, TRUE);
  say (self, builder);
}

static void
say_ready (BgHubOwner *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  add_member (builder, "url", self->url);
  add_member (builder, "pin", self->pin);
  add_member (builder, "token", self->token);
  say (self, builder);
}

/* --- In the main loop --- */

static void
end (BgHubOwner *self)
{
  bg_source_drop (&self->linger);
  if (self->on_end)
    g_steal_pointer (&self->on_end) (self->data);
}

static gboolean
on_linger (gpointer data)
{
  BgHubOwner *self = data;

  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "no daemon came back");
  end (self);
  return G_SOURCE_REMOVE;
}

static void
lose_owner (BgHubOwner *self)
{
  g_clear_pointer (&self->line, line_free);
  if (!self->door)
    end (self);
  else if (!self->linger)
    self->linger = bg_source_attach (g_timeout_source_new (LINGER_MS), on_linger, self);
}

static void
take_words (BgHubOwner *self)
{
  for (char *text; (text = line_take (self->line)); g_free (text))
    if (g_str_equal (text, BG_HUB_STOP))
      end (self);
}

static gboolean
on_early_words (gpointer data)
{
  BgHubOwner *self = data;

  bg_source_drop (&self->early);
  if (self->line)
    take_words (self);
  return G_SOURCE_REMOVE;
}

/* In the main loop, which must run before it can end. */
static void
expect_early_words (BgHubOwner *self)
{
  bg_source_drop (&self->early);
  self->early = bg_source_attach (g_timeout_source_new (0), on_early_words, self);
}

static gboolean
on_owner_speaks (GSocket *socket, GIOCondition condition, gpointer data)
{
  BgHubOwner *self = data;
  gboolean is_there = line_receive (self->line, NULL);

  take_words (self);
  if (!is_there)
    lose_owner (self);
  return G_SOURCE_CONTINUE;
}

static void
listen_to (BgHubOwner *self, Line *line, GSocketSourceFunc callback)
{
  bg_source_drop (&line->source);
  line->source = g_socket_create_source (line->socket, G_IO_IN, NULL);
  bg_source_attach (line->source, G_SOURCE_FUNC (callback), self);
}

static void
take_over (BgHubOwner *self)
{
  bg_source_drop (&self->linger);
  g_clear_pointer (&self->line, line_free);
  self->line = g_steal_pointer (&self->next);
  g_clear_object (&self->line->files);
  self->took_files = FALSE;
  listen_to (self, self->line, on_owner_speaks);
  say_ready (self);
  bg_log (BG_TOPIC_HUB, MESSAGE, NULL, "taken over by another daemon");
  expect_early_words (self);
}

static gboolean
on_next_speaks (GSocket *socket, GIOCondition condition, gpointer data)
{
  BgHubOwner *self = data;
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) said = NULL;

  if (!line_receive (self->next, NULL))
    {
      g_clear_pointer (&self->next, line_free);
      return G_SOURCE_CONTINUE;
    }
  text = line_take (self->next);
  if (!text)
    return G_SOURCE_CONTINUE;
  said = parse_wish (text, NULL);
  if (!said)
    g_clear_pointer (&self->next, line_free);
  else if (wants_the_same (self, said))
    take_over (self);
  else
    end (self); /* the next connection starts another hub */
  return G_SOURCE_CONTINUE;
}

static gboolean
on_knock (GSocket *door, GIOCondition condition, gpointer data)
{
  BgHubOwner *self = data;
  g_autoptr (GSocket) socket = g_socket_accept (door, NULL, NULL);

  if (!socket)
    return G_SOURCE_CONTINUE;
  g_socket_set_blocking (socket, FALSE);
  g_clear_pointer (&self->next, line_free);
  self->next = line_new (socket);
  listen_to (self, self->next, on_next_speaks);
  return G_SOURCE_CONTINUE;
}

void
bg_hub_owner_serve (BgHubOwner *self, const BgHubFacts *facts, void (*on_end) (gpointer data),
                    gpointer data)
{
  self->url = g_strdup (facts->url);
  self->pin = g_strdup (facts->pin);
  self->token = g_strdup (facts->token);
  self->subnet = g_strdup (facts->subnet);
  self->on_end = on_end;
  self->data = data;
  g_socket_set_blocking (self->line->socket, FALSE);
  listen_to (self, self->line, on_owner_speaks);
  say_ready (self);
  expect_early_words (self);
  if (!self->door)
    return;
  g_socket_set_blocking (self->door, FALSE);
  self->on_door = g_socket_create_source (self->door, G_IO_IN, NULL);
  bg_source_attach (self->on_door, G_SOURCE_FUNC (on_knock), self);
}

/* --- Life --- */

static GSocket *
open_door (BgHubOwner *self, int fd, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  int is_door = 0;

  if (!socket || !g_socket_get_option (socket, SOL_SOCKET, SO_ACCEPTCONN, &is_door, error))
    return NULL;
  g_socket_set_timeout (socket, WISH_S);
  if (!is_door)
    return g_steal_pointer (&socket);
  self->door = g_steal_pointer (&socket);
  return g_socket_accept (self->door, NULL, error);
}

static gboolean
hear_wish (BgHubOwner *self, GError **error)
{
  g_autofree char *text = NULL;

  while (!(text = line_take (self->line)))
    if (!line_receive (self->line, error))
      return FALSE;
  self->said = parse_wish (text, error);
  if (self->said)
    self->wish = wish_of (self->said);
  return self->said != NULL;
}

BgHubOwner *
bg_hub_owner_new (int fd, GError **error)
{
  g_autoptr (BgHubOwner) self = g_new0 (BgHubOwner, 1);
  g_autoptr (GSocket) socket = open_door (self, fd, error);

  if (socket)
    {
      self->line = line_new (socket);
      g_socket_set_timeout (socket, WISH_S);
    }
  if (!socket || !hear_wish (self, error))
    {
      g_prefix_error (error, "owner: ");
      return NULL;
    }
  g_socket_set_timeout (socket, 0);
  if (self->door)
    g_socket_set_timeout (self->door, 0);
  return g_steal_pointer (&self);
}

void
bg_hub_owner_free (BgHubOwner *self)
{
  if (!self)
    return;
  bg_source_drop (&self->on_door);
  bg_source_drop (&self->linger);
  bg_source_drop (&self->early);
  g_clear_object (&self->door);
  g_clear_pointer (&self->line, line_free);
  g_clear_pointer (&self->next, line_free);
  g_clear_pointer (&self->said, json_object_unref);
  g_free (self->url);
  g_free (self->pin);
  if (self->token)
    explicit_bzero (self->token, strlen (self->token));
  g_free (self->token);
  g_free (self->subnet);
  g_free (self);
}
