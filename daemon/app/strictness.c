/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/strictness.h"

#include "common/error.h"
#include "common/log.h"
#include "common/whole-file.h"
#include "firewall/kill-switch.h"
#include "firewall/nft-watch.h"
#include "firewall/nft.h"
#include "net/own-mark.h"
#include "peer/main-timer.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "strict.nft"
#define LENT_NAME "strict-lent.nft" /* of an exit that is in no settings */
#define SETTLE_MS 20                /* a ruleset is replaced in several steps */
#define SETTLE_MOST_MS 1000         /* against somebody who takes it out again and again */
#define CALM_US (30 * G_USEC_PER_SEC)

static const char *const listings[] = { "list table inet " BG_KILL_SWITCH_TABLE,
                                        "list table arp " BG_KILL_SWITCH_TABLE };

struct _BgStrictness
{
  char *path, *lent_path;
  char *text;                            /* that is wanted; NULL: none */
  char *lasting;                         /* what the settings want; NULL: none */
  char *listed[G_N_ELEMENTS (listings)]; /* what the kernel said of it when it was set */
  BgNftWatch *watch;
  GSource *absence; /* of who chose the exit before */
  gboolean awaits;
  GSource *settle;
  guint settle_ms;
  gint64 mended_us; /* monotonic; 0: never */
  BgWords *complaint;
  BgStrictnessChanged changed;
  gpointer owner;
};

gboolean
bg_strictness_is_wanted (const BgConfig *config)
{
  return config->exit_strict && config->exit_node;
}

static char *
make_text (const BgConfig *config)
{
  BgIpPrefix addresses[2];
  BgKillSwitch wanted = { .interface = config->interface,
                          .mark = BG_OWN_MARK,
                          .uid = (guint) geteuid (),
                          .lan = config->exit_lan,
                          .addresses = addresses };

  if (config->has_address)
    addresses[wanted.n_addresses++] = config->address;
  if (config->has_address6)
    addresses[wanted.n_addresses++] = config->address6;
  return bg_kill_switch_text (&wanted);
}

gboolean
bg_strictness_check (const BgConfig *config, GError **error)
{
  g_autofree char *text = make_text (config);

  return bg_nft_check (text, error);
}

/* --- The kernel --- */

static void
remember (BgStrictness *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (listings); i++)
    {
      g_free (self->listed[i]);
      self->listed[i] = self->text ? bg_nft_list (listings[i], NULL) : NULL;
    }
}

static gboolean
is_as_set (BgStrictness *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (listings); i++)
    {
      g_autofree char *now = bg_nft_list (listings[i], NULL);

      if (!now || g_strcmp0 (now, self->listed[i]) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
complain (BgStrictness *self, BgWords *take)
{
  gboolean is_news = !bg_words_equal (take, self->complaint);

  if (is_news && take)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", take->text);
  bg_words_take (&self->complaint, take);
  if (is_news)
    self->changed (self->owner);
}

static gboolean
run (BgStrictness *self, GError **error)
{
  gboolean ok = bg_nft_run (self->text ? self->text : bg_kill_switch_removal (), error);

  remember (self);
  return ok;
}

static gboolean
on_settled (gpointer data)
{
  BgStrictness *self = data;
  g_autoptr (GError) error = NULL;

  bg_clear_source (&self->settle);
  if (!self->text || is_as_set (self))
    return G_SOURCE_REMOVE;
  bg_log (BG_TOPIC_NET, WARNING, NULL,
          "somebody changed what keeps packets from leaving: put back");
  self->mended_us = g_get_monotonic_time ();
  complain (self, run (self, &error) ? NULL : bg_words (STRICT_FAILED, error));
  return G_SOURCE_REMOVE;
}

static void
on_ruleset_changed (gpointer data)
{
  BgStrictness *self = data;
  gboolean calm = g_get_monotonic_time () - self->mended_us > CALM_US;

  if (self->settle)
    return;
  self->settle_ms = calm ? SETTLE_MS : MIN (self->settle_ms * 2, SETTLE_MOST_MS);
  bg_arm_timer (&self->settle, self->settle_ms, on_settled, self);
}

static void
follow (BgStrictness *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->text)
    g_clear_pointer (&self->watch, bg_nft_watch_free);
  else if (!self->watch)
    self->watch = bg_nft_watch_new (on_ruleset_changed, self, &error);
  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
}

/* --- The files --- */

static gboolean
is_kept (BgStrictness *self)
{
  return g_file_test (self->path, G_FILE_TEST_EXISTS)
         || g_file_test (self->lent_path, G_FILE_TEST_EXISTS);
}

static gboolean
is_in_file (const char *path, const char *text)
{
  g_autofree char *kept = NULL;

  return g_file_get_contents (path, &kept, NULL, NULL) && g_str_equal (kept, text);
}

static gboolean
keep (const char *path, const char *text, GError **error)
{
  return !text || is_in_file (path, text) || bg_whole_file_write (path, text, BG_SAY_ABOUT, error);
}

static gboolean
discard (const char *path, const char *text, GError **error)
{
  if (text || g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
  return FALSE;
}

/* What the kernel has and the settings do not want. */
static const char *
lent_text (BgStrictness *self)
{
  return g_strcmp0 (self->text, self->lasting) == 0 ? NULL : self->text;
}

static gboolean
keep_both (BgStrictness *self, GError **error)
{
  return keep (self->path, self->lasting, error) && keep (self->lent_path, lent_text (self), error);
}

static gboolean
discard_rest (BgStrictness *self, GError **error)
{
  return discard (self->path, self->lasting, error)
         && discard (self->lent_path, lent_text (self), error);
}

/* --- Both: files come first and go last, so that a daemon that dies in between leaves what can be undone --- */

static void
take_in (BgStrictness *self)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = keep_both (self, &error);

  ok = run (self, ok ? &error : NULL) && ok;
  ok = ok && discard_rest (self, &error);
  complain (self, ok ? NULL : bg_words (STRICT_FAILED, error));
}

static void
take_out (BgStrictness *self)
{
  g_autoptr (GError) error = NULL;

  if (is_kept (self) && (!run (self, &error) || !discard_rest (self, &error)))
    complain (self, bg_words (STRICT_STAYS, error));
  else
    complain (self, NULL);
}

/* --- Who chose an exit for a while, and may come back --- */

static gboolean
on_absence (gpointer data)
{
  bg_strictness_await_nobody (data);
  return G_SOURCE_REMOVE;
}

/* TRUE: what is in the kernel stays for now. */
static gboolean
leave_it (BgStrictness *self)
{
  if (!self->awaits || self->absence)
    return self->awaits;
  bg_log (BG_TOPIC_NET, WARNING, NULL,
          "nothing leaves but through an exit that NetworkManager chose: it has %d s to come back",
          BG_STRICTNESS_ABSENCE_S);
  bg_arm_timer (&self->absence, BG_STRICTNESS_ABSENCE_S * 1000, on_absence, self);
  return TRUE;
}

static void
stop_waiting (BgStrictness *self)
{
  self->awaits = FALSE;
  bg_clear_source (&self->absence);
}

void
bg_strictness_await_nobody (BgStrictness *self)
{
  gboolean awaited = self->awaits;

  stop_waiting (self);
  if (awaited && !self->text)
    take_out (self);
}

/* --- What is wanted --- */

static char *
text_of (const BgConfig *config)
{
  return bg_strictness_is_wanted (config) ? make_text (config) : NULL;
}

static gboolean
is_settled (BgStrictness *self, const char *before)
{
  return g_strcmp0 (before, self->text) == 0 && !self->complaint && (self->text || !is_kept (self));
}

void
bg_strictness_set_config (BgStrictness *self, BgConfig *config)
{
  g_autofree char *before = g_steal_pointer (&self->text);
  g_autofree char *lasting_before = g_steal_pointer (&self->lasting);

  self->text = text_of (config);
  self->lasting = text_of (bg_config_get_settings (config));
  if (g_strcmp0 (lasting_before, self->lasting) == 0 && is_settled (self, before))
    return;
  follow (self);
  if (self->text)
    stop_waiting (self);
  if (self->text)
    take_in (self);
  else if (!leave_it (self))
    take_out (self);
}

/* --- Life --- */

BgStrictness *
bg_strictness_new (const char *state_dir, BgStrictnessChanged changed, gpointer owner)
{
  BgStrictness *self = g_new0 (BgStrictness, 1);

  self->path = g_build_filename (state_dir, FILE_NAME, NULL);
  self->lent_path = g_build_filename (state_dir, LENT_NAME, NULL);
  self->awaits = g_file_test (self->lent_path, G_FILE_TEST_EXISTS);
  self->changed = changed;
  self->owner = owner;
  return self;
}

void
bg_strictness_free (BgStrictness *self)
{
  if (!self)
    return;
  bg_clear_source (&self->settle);
  bg_clear_source (&self->absence);
  bg_nft_watch_free (self->watch);
  bg_words_unref (self->complaint);
  for (gsize i = 0; i < G_N_ELEMENTS (listings); i++)
    g_free (self->listed[i]);
  g_free (self->text);
  g_free (self->lasting);
  g_free (self->path);
  g_free (self->lent_path);
  g_free (self);
}

BgWords *
bg_strictness_get_complaint (BgStrictness *self)
{
  return self->complaint;
}
