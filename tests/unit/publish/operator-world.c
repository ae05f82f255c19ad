/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operator-world.h"

#include <glib/gstdio.h>

void
operator_world_set_up (OperatorWorld *w, gconstpointer data)
{
  w->account = fake_account_new ();
  w->directory = g_dir_make_tmp ("operator-XXXXXX", NULL);
  w->timing = (BgOperatorTiming){
    .poll_ms = 20, .longest_ms = 40, .refused_ms = 60, .busy_ms = 60, .register_ms = 400
  };
  w->options = (BgOperatorOptions){ .name = "account",
                                    .directory = w->directory,
                                    .description = "a machine",
                                    .api_url = w->account->url,
                                    .timing = &w->timing };
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      remove_all (inside);
    }
  g_remove (path);
}

void
operator_world_tear_down (OperatorWorld *w, gconstpointer data)
{
  if (w->operator)
    g_assert_finalize_object (g_steal_pointer (&w->operator));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_account_free (w->account);
  remove_all (w->directory);
  g_free (w->directory);
}

static void
on_signal (guint *counter)
{
  (*counter)++;
}

void
operator_world_start (OperatorWorld *w)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&w->operator);
  w->operator= bg_operator_new (&w->options, &error);
  g_assert_no_error (error);
  g_signal_connect_swapped (w->operator, "changed", G_CALLBACK (on_signal), &w->changed);
  g_signal_connect_swapped (w->operator, "ingress-changed", G_CALLBACK (on_signal),
                            &w->ingress_changed);
}

void
operator_world_give_key (OperatorWorld *w)
{
  bg_operator_set_api_key (w->operator, FAKE_ACCOUNT_KEY);
}

void
operator_world_run (OperatorWorld *w)
{
  operator_world_start (w);
  operator_world_give_key (w);
  wait_for (bg_operator_get_polled_at (w->operator)
            && operator_world_state (w) == BG_SOURCE_RUNNING);
}

BgSourceState
operator_world_state (OperatorWorld *w)
{
  return bg_endpoint_source_get_state (BG_ENDPOINT_SOURCE (w->operator), NULL);
}

gboolean
operator_world_says (OperatorWorld *w, BgSaying saying)
{
  const BgWords *reason;

  bg_endpoint_source_get_state (BG_ENDPOINT_SOURCE (w->operator), &reason);
  return bg_words_is (reason, saying);
}

char *
operator_world_list (OperatorWorld *w)
{
  g_autoptr (GPtrArray) list = bg_endpoint_source_list (BG_ENDPOINT_SOURCE (w->operator));
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (text, "%s%s", i ? " " : "", ((BgWantedEndpoint *) list->pdata[i])->url);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
operator_world_await (OperatorWorld *w, const char *what, guint n)
{
  guint before = fake_account_count (w->account, what);

  wait_for (fake_account_count (w->account, what) >= before + n);
}

char *
operator_world_path (OperatorWorld *w, const char *name)
{
  return g_build_filename (w->directory, name, NULL);
}

char *
operator_world_read (OperatorWorld *w, const char *name)
{
  g_autofree char *path = operator_world_path (w, name);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}
