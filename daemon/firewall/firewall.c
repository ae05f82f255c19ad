/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/firewall.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "firewall/foreign-chain.h"
#include "firewall/nft-watch.h"
#include "firewall/nft.h"

#define SETTLE_MS 100u /* a firewall is rebuilt by many changes */
#define MAX_DOUBLED 8u /* 25 s */
#define PATIENCE 8u    /* a person who sets a firewall up does it step by step */
#define COST_FACTOR 10
#define CALM_US (30 * G_USEC_PER_SEC)

struct _BgFirewall
{
  char *interface, *table;
  BgFirewallChanged changed;
  gpointer data;

  char *text;       /* of our table; NULL: none is wanted */
  char **passes[2]; /* by family; NULL as `text` */

  char *seen; /* our table as the kernel had it when it was made; NULL: it was not */
  BgWords *complaint;
  GPtrArray *obstacles; /* BgWords */

  BgNftWatch *watch;
  GSource *settle;
  guint n_mended;   /* in a row */
  gint64 mended_us; /* monotonic; 0: never */
  gint64 cost_us;   /* of the last look */
};

/* --- Our own table --- */

static char *
list_own (BgFirewall *self, GError **error)
{
  g_autofree char *command = g_strdup_printf ("list table inet %s", self->table);

  return bg_nft_list (command, error);
}

static gboolean
is_own_intact (BgFirewall *self)
{
  g_autofree char *now = list_own (self, NULL);

  return now && g_strcmp0 (now, self->seen) == 0;
}

static gboolean
put_own (BgFirewall *self, GError **error)
{
  g_clear_pointer (&self->seen, g_free);
  if (!bg_nft_run (self->text, error))
    return FALSE;
  self->seen = list_own (self, error);
  return self->seen != NULL;
}

static void
remove_own (BgFirewall *self)
{
  g_autofree char *command = g_strdup_printf ("delete table inet %s", self->table);

  (void) bg_nft_run (command, NULL); /* it may never have been there */
  g_clear_pointer (&self->seen, g_free);
}

/* --- Chains of others --- */

static char **
passes_of (BgFirewall *self, const BgForeignChain *chain)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (self->passes); i++)
    if (self->passes[i]
        && (g_str_equal (chain->family, "inet")
            || g_str_equal (chain->family, i == 0 ? "ip" : "ip6")))
      g_strv_builder_addv (all, (const char **) self->passes[i]);
  return g_strv_builder_end (all);
}

/* Brings our rules in it in line. FALSE where it goes on to drop what is to pass. */
static gboolean
mend_chain (BgFirewall *self, BgForeignChain *chain, gboolean *mended)
{
  g_autofree char *command = bg_foreign_chain_list_command (chain), *json = NULL, *changes = NULL;
  g_auto (GStrv) passes = passes_of (self, chain);
  g_autoptr (GError) error = NULL;

  if (command)
    json = bg_nft_list (command, NULL);
  if (json)
    bg_foreign_chain_read (chain, json, self->interface);
  changes = json ? bg_foreign_chain_mend (chain, (const char *const *) passes, self->interface)
                 : NULL;
  if (changes && bg_nft_run (changes, &error))
    *mended = TRUE;
  else if (changes)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "chain %s of %s %s: %s", chain->name, chain->family,
            chain->table, error->message);
  return !*passes || !bg_foreign_chain_blocks (chain) || (chain->is_open && json && !error);
}

static gboolean
mend_foreign (BgFirewall *self, GPtrArray *obstacles, GError **error)
{
  g_autofree char *json = bg_nft_list ("list chains", error);
  g_autoptr (GPtrArray) chains = json ? bg_foreign_chains_parse (json) : NULL;
  gboolean mended = FALSE;

  for (guint i = 0; chains && i < chains->len; i++)
    if (!mend_chain (self, chains->pdata[i], &mended))
      g_ptr_array_add (obstacles, bg_foreign_chain_say (chains->pdata[i], self->interface));
  return mended;
}

/* --- Wanted against actual --- */

static void
take_findings (BgFirewall *self, GPtrArray *obstacles, BgWords *complaint)
{
  gboolean is_news = !bg_words_equal (self->complaint, complaint)
                     || !bg_words_list_equal (self->obstacles, obstacles);

  bg_words_take (&self->complaint, complaint);
  g_ptr_array_unref (self->obstacles);
  self->obstacles = obstacles;
  for (guint i = 0; is_news && i < obstacles->len; i++)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", bg_words_get_text (obstacles->pdata[i]));
  if (is_news && complaint)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", complaint->text);
  if (is_news)
    self->changed (self->data);
}

static gboolean on_settled (gpointer data);

static gboolean
is_calm (const BgFirewall *self)
{
  return self->mended_us == 0 || g_get_monotonic_time () - self->mended_us > CALM_US;
}

/* Growing with what looking costs, so that a machine whose firewall never rests is not busy with it. */
static guint
pause_of (const BgFirewall *self)
{
  guint doubled = MIN (self->n_mended - MIN (self->n_mended, PATIENCE), MAX_DOUBLED);

  return MAX (SETTLE_MS << doubled, (guint) (self->cost_us * COST_FACTOR / 1000));
}

static void
look_again (BgFirewall *self)
{
  if (is_calm (self))
    self->n_mended = 0;
  if (!self->settle)
    bg_source_arm (&self->settle, pause_of (self), on_settled, self);
}

/* What is put back and gone again, and again, has somebody behind it who will not give in. */
static void
note_mended (BgFirewall *self, gboolean failed)
{
  self->n_mended = failed ? MAX (self->n_mended, PATIENCE) + 1 : self->n_mended + 1;
  self->mended_us = g_get_monotonic_time ();
  if (failed)
    look_again (self);
}

static void
bring_in_line (BgFirewall *self, gboolean is_event)
{
  g_autoptr (GPtrArray) obstacles = bg_words_list_new ();
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();
  gboolean mended = FALSE;

  bg_source_drop (&self->settle);
  if (!self->text)
    remove_own (self);
  else if (!is_own_intact (self))
    mended = put_own (self, &error);
  if (!error)
    mended |= mend_foreign (self, obstacles, &error);
  self->cost_us = g_get_monotonic_time () - before;
  if (is_event && mended)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "%s: rules of the packet filter were put back",
            self->interface);
  if (error || (is_event && mended))
    note_mended (self, error != NULL && self->text);
  take_findings (self, g_steal_pointer (&obstacles),
                 error && self->text ? bg_words (FIREWALL_FAILED, error) : NULL);
}

static gboolean
on_settled (gpointer data)
{
  bring_in_line (data, TRUE);
  return G_SOURCE_REMOVE;
}

static void
on_changed (gpointer data)
{
  look_again (data);
}

/* --- Life --- */

BgFirewall *
bg_firewall_new (const char *interface, BgFirewallChanged changed, gpointer data)
{
  BgFirewall *self = g_new0 (BgFirewall, 1);

  self->interface = g_strdup (interface);
  self->table = bg_firewall_plan_table (interface);
  self->changed = changed;
  self->data = data;
  self->obstacles = bg_words_list_new ();
  return self;
}

static void
forget_plan (BgFirewall *self)
{
  g_clear_pointer (&self->text, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (self->passes); i++)
    g_clear_pointer (&self->passes[i], g_strfreev);
}

/* Without a plan nobody listens. */
static void
watch (BgFirewall *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->text)
    g_clear_pointer (&self->watch, bg_nft_watch_free);
  else if (!self->watch)
    self->watch = bg_nft_watch_new (on_changed, self, &error);
  if (error)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", error->message);
}

void
bg_firewall_set_plan (BgFirewall *self, const BgFirewallPlan *plan)
{
  gboolean is_empty = bg_firewall_plan_is_empty (plan);
  g_autofree char *text = is_empty ? NULL : bg_firewall_plan_text (plan);

  if (g_strcmp0 (text, self->text) == 0)
    return;
  forget_plan (self);
  self->text = g_steal_pointer (&text);
  if (!is_empty)
    {
      self->passes[0] = bg_firewall_plan_passes (plan, BG_FAMILY_4);
      self->passes[1] = bg_firewall_plan_passes (plan, BG_FAMILY_6);
    }
  g_clear_pointer (&self->seen, g_free); /* whatever is there is another */
  watch (self);
  bring_in_line (self, FALSE);
}

void
bg_firewall_free (BgFirewall *self)
{
  if (!self)
    return;
  if (self->text)
    bg_firewall_set_plan (self, &(BgFirewallPlan){ .interface = self->interface });
  bg_source_drop (&self->settle);
  bg_nft_watch_free (self->watch);
  bg_words_unref (self->complaint);
  g_ptr_array_unref (self->obstacles);
  g_free (self->seen);
  g_free (self->table);
  g_free (self->interface);
  g_free (self);
}

BgWords *
bg_firewall_get_complaint (BgFirewall *self)
{
  return self->complaint;
}

GPtrArray *
bg_firewall_list_obstacles (BgFirewall *self)
{
  return self->obstacles;
}
