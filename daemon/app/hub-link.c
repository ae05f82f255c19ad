/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-link.h"

#include "app/secret-store.h"
#include "common/error.h"
#include "common/hub-talk.h"
#include "common/json-member.h"
#include "common/printable.h"
#include "common/source.h"
#include "signaling/signaling-client.h"

#include <fcntl.h>
#include <gio/gunixfdmessage.h>
#include <gio/gunixsocketaddress.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define MAX_COMPLAINT 512

struct _BgHubLink
{
  GSocket *socket;
  GSource *source;
  const BgHubLinkEvents *events;
  gpointer owner;

  char line[BG_HUB_LINE_MAX];
  gsize len;
  gboolean is_over; /* the other end hung up, or says what nobody understands */

  char *url, *pin, *token, *complaint;
  BgHubInfo info;
  gboolean is_ready, took_files, has_forgotten;
};

int
bg_hub_link_connect (const char *path, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  int fd = -1;

  if (!socket)
    return -1;
  g_socket_set_blocking (socket, FALSE);
  if (!g_socket_connect (socket, address, NULL, error))
    {
      bg_error_wrap (error, ABOUT, path);
      return -1;
    }
  fd = fcntl (g_socket_get_fd (socket), F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    bg_error_set (error, BG_ERROR_FAILED, TOO_MANY_FILES, path);
  return fd;
}

/* --- What we say --- */

static void
add_names (JsonBuilder *builder, const char *const *names)
{
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (; names && *names; names++)
    json_builder_add_string_value (builder, *names);
  json_builder_end_array (builder);
}

static char *
wish_line (const BgHubWish *wish, const char *const *names)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  if (wish->forget)
    bg_json_add_boolean (builder, "forget", TRUE);
  else
    {
      bg_json_add_text (builder, "listen", wish->listen);
      bg_json_add_text (builder, "public_url", wish->public_url);
      bg_json_add_text (builder, "subnet", wish->subnet);
      bg_json_add_text (builder, "suffix", wish->suffix);
      bg_json_add_boolean (builder, "no_shared_token", wish->no_shared_token);
      bg_json_add_boolean (builder, "approve_devices", wish->approve_devices);
      add_names (builder, names);
    }
  root = json_builder_get_root (json_builder_end_object (builder));
  text = json_to_string (root, FALSE);
  return g_strconcat (text, "\n", NULL);
}

/* A fresh connection has room for more than a line; a part of one is an error. */
static gboolean
say (BgHubLink *self, const char *line, GUnixFDList *files, GError **error)
{
  g_autoptr (GSocketControlMessage) message = files ? g_unix_fd_message_new_with_fd_list (files)
                                                    : NULL;
  GOutputVector vector = { line, strlen (line) };
  gssize n = g_socket_send_message (self->socket, NULL, &vector, 1, message ? &message : NULL,
                                    message ? 1 : 0, G_SOCKET_MSG_NONE, NULL, error);

  if (n >= 0 && (gsize) n < vector.size)
    bg_error_set (error, BG_ERROR_FAILED, HUB_TAKES_NOTHING);
  return n == (gssize) vector.size;
}

void
bg_hub_link_say_stop (BgHubLink *self)
{
  (void) say (self, BG_HUB_STOP "\n", NULL, NULL); /* one that is gone needs no word */
}

/* --- What we hear --- */

static gboolean
take_description (BgHubLink *self, JsonObject *said, GError **error)
{
  const char *url = bg_json_member_text (said, "url"), *token = bg_json_member_text (said, "token");

  self->url = bg_server_url_connect (url ? url : "", error);
  if (!self->url)
    return FALSE;
  self->pin = g_strdup (bg_json_member_text (said, "pin"));
  self->token = g_strdup (token ? token : "");
  self->info = (BgHubInfo){ self->url, self->pin, self->token };
  self->is_ready = TRUE;
  return TRUE;
}

static gboolean
take_line (BgHubLink *self, const char *line, gsize len, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;
  const char *complaint;

  if (!json_parser_load_from_data (parser, line, (gssize) len, error))
    return FALSE;
  root = json_parser_get_root (parser);
  if (self->is_ready || !root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      bg_error_set (error, BG_ERROR_FAILED, NOT_A_HUB);
      return FALSE;
    }
  self->took_files = bg_json_member_is_true (json_node_get_object (root), "took_files");
  self->has_forgotten = bg_json_member_is_true (json_node_get_object (root), "forgotten");
  complaint = bg_json_member_text (json_node_get_object (root), "error");
  if (self->has_forgotten)
    return TRUE;
  if (!complaint)
    return take_description (self, json_node_get_object (root), error);
  g_free (self->complaint);
  self->complaint = bg_printable_start (complaint, MAX_COMPLAINT);
  return TRUE;
}

static void
take_lines (BgHubLink *self)
{
  char *end;

  while (!self->is_over && (end = memchr (self->line, '\n', self->len)))
    {
      gsize len = (gsize) (end - self->line);
      g_autoptr (GError) error = NULL;

      if (!take_line (self, self->line, len, &error))
        {
          g_free (self->complaint);
          self->complaint = g_strdup_printf ("it speaks another language: %s", error->message);
          self->is_over = TRUE;
        }
      self->len -= len + 1;
      memmove (self->line, end + 1, self->len);
    }
}

static void
hear (BgHubLink *self)
{
  while (!self->is_over)
    {
      g_autoptr (GError) error = NULL;
      gssize n = self->len < sizeof self->line
                   ? g_socket_receive (self->socket, self->line + self->len,
                                       sizeof self->line - self->len, NULL, &error)
                   : 0;

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return;
      if (n <= 0)
        {
          self->is_over = TRUE;
          return;
        }
      self->len += (gsize) n;
      take_lines (self);
    }
}

static gboolean
on_socket_ready (GSocket *socket, GIOCondition condition, gpointer data)
{
  BgHubLink *self = data;
  gboolean was_ready = self->is_ready;

  hear (self);
  if (!was_ready && self->is_ready)
    {
      if (self->is_over)
        g_source_set_ready_time (self->source, 0); /* the end is for the next turn */
      self->events->ready (self->owner);           /* after which we may be no more */
    }
  else if (self->is_over)
    {
      bg_source_drop (&self->source);
      self->events->ended (self->owner);
    }
  return G_SOURCE_CONTINUE;
}

void
bg_hub_link_drain (BgHubLink *self)
{
  hear (self);
}

/* --- Life --- */

BgHubLink *
bg_hub_link_new (int fd, const BgHubWish *wish, const char *const *names, GUnixFDList *files,
                 const BgHubLinkEvents *events, gpointer owner, GError **error)
{
  g_autoptr (BgHubLink) self = g_new0 (BgHubLink, 1);
  g_autofree char *line = wish_line (wish, names);

  self->events = events;
  self->owner = owner;
  self->socket = g_socket_new_from_fd (fd, error);
  if (!self->socket)
    {
      close (fd);
      return NULL;
    }
  g_socket_set_blocking (self->socket, FALSE);
  if (!say (self, line, files, error))
    return NULL;
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  bg_source_attach (self->source, G_SOURCE_FUNC (on_socket_ready), self);
  return g_steal_pointer (&self);
}

void
bg_hub_link_free (BgHubLink *self)
{
  if (!self)
    return;
  bg_source_drop (&self->source);
  g_clear_object (&self->socket);
  g_free (self->url);
  g_free (self->pin);
  bg_secret_free (self->token);
  explicit_bzero (self->line, sizeof self->line);
  g_free (self->complaint);
  g_free (self);
}

const BgHubInfo *
bg_hub_link_get_info (BgHubLink *self)
{
  return self->is_ready ? &self->info : NULL;
}

const char *
bg_hub_link_get_complaint (BgHubLink *self)
{
  return self->complaint;
}

gboolean
bg_hub_link_has_forgotten (BgHubLink *self)
{
  return self->has_forgotten;
}

gboolean
bg_hub_link_has_taken_files (BgHubLink *self)
{
  return self->took_files;
}
