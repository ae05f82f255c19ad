/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-link.h"
#include "common/hub-talk.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  BgHubLink *link;
  int hub; /* the other end */
  int ready, ended;
} Fixture;

static void
on_ready (gpointer owner)
{
  ((Fixture *) owner)->ready++;
}

static void
on_ended (gpointer owner)
{
  ((Fixture *) owner)->ended++;
}

static const BgHubLinkEvents events = { on_ready, on_ended };

static void
set_up (Fixture *f, gconstpointer data)
{
  const BgHubWish wish = { .listen = "*:8443",
                           .public_url = "https://hub.example",
                           .suffix = "lab.internal",
                           .approve_devices = TRUE };
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  f->hub = fds[1];
  f->link = bg_hub_link_new (fds[0], &wish, NULL, NULL, &events, f, NULL);
  g_assert_nonnull (f->link);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_hub_link_free (f->link);
  if (f->hub >= 0)
    close (f->hub);
}

static void
answer (Fixture *f, const char *text)
{
  g_assert_cmpint (write (f->hub, text, strlen (text)), ==, (gssize) strlen (text));
}

static void
hang_up (Fixture *f)
{
  close (f->hub);
  f->hub = -1;
}

static void
run_until (const int *count)
{
  while (*count == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_wish (Fixture *f, gconstpointer data)
{
  char line[256] = "";

  g_assert_cmpint (read (f->hub, line, sizeof line - 1), >, 0);
  g_assert_cmpstr (
    line, ==,
    "{\"listen\":\"*:8443\",\"public_url\":\"https://hub.example\",\"suffix\":\"lab.internal\",\"no_shared_token\":false,\"approve_devices\":true,\"files\":[]}\n");
  bg_hub_link_say_stop (f->link);
  memset (line, 0, sizeof line);
  g_assert_cmpint (read (f->hub, line, sizeof line - 1), >, 0);
  g_assert_cmpstr (line, ==, "stop\n");
}

static void
test_ready (Fixture *f, gconstpointer data)
{
  const BgHubInfo *info;

  g_assert_null (bg_hub_link_get_info (f->link));
  answer (f, "{\"url\":\"wss://127.0.0.1:8443/conn");
  answer (f, "ect\",\"pin\":null,\"token\":\"secret\",\"took_files\":true}\n");
  hang_up (f); /* at once: both are heard, in this order */
  run_until (&f->ready);
  info = bg_hub_link_get_info (f->link);
  g_assert_cmpstr (info->url, ==, "wss://127.0.0.1:8443/connect");
  g_assert_cmpstr (info->token, ==, "secret");
  g_assert_null (info->pin);
  g_assert_true (bg_hub_link_has_taken_files (f->link));
  run_until (&f->ended);
  g_assert_null (bg_hub_link_get_complaint (f->link));
}

static void
test_complaint (Fixture *f, gconstpointer data)
{
  answer (f, "{\"error\":\"no \\u001b[31mport\"}\n");
  hang_up (f);
  run_until (&f->ended);
  g_assert_cmpint (f->ready, ==, 0);
  g_assert_cmpstr (bg_hub_link_get_complaint (f->link), ==, "no \\x1b[31mport");
}

static void
test_forgotten (Fixture *f, gconstpointer data)
{
  g_assert_false (bg_hub_link_has_forgotten (f->link));
  answer (f, "{\"forgotten\":true}\n");
  hang_up (f);
  run_until (&f->ended);
  g_assert_cmpint (f->ready, ==, 0);
  g_assert_true (bg_hub_link_has_forgotten (f->link));
  g_assert_null (bg_hub_link_get_complaint (f->link));
}

static const char *const rubbish[] = {
  "\n", "[]\n", "{\"url\":7}\n", "{\"url\":\"ftp://x\"}\n", "{\"took_files\":[]}\n", "\xff\xfe\n",
};

static void
test_rubbish (Fixture *f, gconstpointer data)
{
  answer (f, data);
  run_until (&f->ended);
  g_assert_cmpint (f->ready, ==, 0);
  g_assert_null (bg_hub_link_get_info (f->link));
  g_assert_nonnull (bg_hub_link_get_complaint (f->link));
}

static void
test_endless_line (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (BG_HUB_LINE_MAX + 1, 'x');

  answer (f, text);
  run_until (&f->ended);
  g_assert_null (bg_hub_link_get_info (f->link));
}

static void
test_drain (Fixture *f, gconstpointer data)
{
  answer (f, "{\"error\":\"its last words\"}\n");
  bg_hub_link_drain (f->link);
  g_assert_cmpstr (bg_hub_link_get_complaint (f->link), ==, "its last words");
  g_assert_cmpint (f->ended, ==, 0);
}

static void
test_nobody_there (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bg_hub_link_connect ("/nonexistent/daemon", &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "/nonexistent/daemon"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, function)                                                                       \
  g_test_add ("/app/hub-link/" name, Fixture, NULL, set_up, function, tear_down)
  TEST ("wish", test_wish);
  TEST ("ready", test_ready);
  TEST ("complaint", test_complaint);
  TEST ("forgotten", test_forgotten);
  TEST ("endless-line", test_endless_line);
  TEST ("drain", test_drain);
  for (gsize i = 0; i < G_N_ELEMENTS (rubbish); i++)
    {
      g_autofree char *name = g_strdup_printf ("/app/hub-link/rubbish/%" G_GSIZE_FORMAT, i);

      g_test_add (name, Fixture, rubbish[i], set_up, test_rubbish, tear_down);
    }
  g_test_add_func ("/app/hub-link/nobody-there", test_nobody_there);
  return g_test_run ();
}
