/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"

#include <libsoup/soup.h>
#include <stdio.h>

#define TIMEOUT_S 10

static char *opt_socket;

static const GOptionEntry entries[] = {
  { "socket", 0, 0, G_OPTION_ARG_FILENAME, &opt_socket,
    N_ ("Ask at this socket instead of the daemon's usual one"), N_ ("PATH") },
  { NULL },
};

static char *
socket_path (const Ctl *ctl)
{
  const char *directory = ctl->user ? g_get_user_runtime_dir () : "/run";

  return opt_socket ? g_strdup (opt_socket)
                    : g_build_filename (directory, "bamgate", "metrics.sock", NULL);
}

/* The path says which; the host only has to be one. */
static GBytes *
fetch (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("remote-connectable", address,
                                                                   "timeout", TIMEOUT_S, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_GET, "http://localhost/metrics");
  g_autoptr (GBytes) body = soup_session_send_and_read (session, message, NULL, error);

  if (body && soup_message_get_status (message) == SOUP_STATUS_OK)
    return g_steal_pointer (&body);
  if (body)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("the answer is HTTP status %u, and no metrics"),
                 soup_message_get_status (message));
  return NULL;
}

static void
show (gboolean json, GBytes *body)
{
  gsize len;
  const char *data = g_bytes_get_data (body, &len);

  if (json)
    {
      g_autoptr (Out) out = out_new (TRUE, FALSE);
      g_autofree char *text = g_utf8_make_valid (data, (gssize) len);

      out_text (out, "metrics", NULL, text);
    }
  else
    fwrite (data, 1, len, stdout);
}

static gboolean
is_nobody (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = NULL;

  if (!ctl_parse (ctl, &cmd_metrics, entries, 0, 0, &argc, &argv))
    return CTL_USAGE;
  path = socket_path (ctl);
  body = fetch (path, &error);
  if (body)
    show (ctl->json, body);
  else if (is_nobody (error))
    return ctl_fail_with (CTL_NOT_RUNNING, _ ("no daemon answers at %s"), path);
  else
    return ctl_fail_with (CTL_FAILED, "%s: %s", path, error->message);
  return CTL_OK;
}

const Command cmd_metrics = {
  "metrics",
  run,
  NULL,
  N_ ("Print the daemon's counters, as Prometheus reads them"),
  N_ ("Asks the daemon at its socket, /run/bamgate/metrics.sock, and prints what it says:\n"
      "states of tunnel, hub and peers, bytes and packets, handshakes, dropped packets,\n"
      "and what bamgated takes of this machine. Every user may ask, also while there is\n"
      "no bus. With metrics.listen in the settings Prometheus reads the same by HTTP.\n\n"
      "Example:\n"
      "  bamgatectl metrics | grep bamgate_peer_received_bytes_total"),
  1u << CTL_NOT_RUNNING,
};
