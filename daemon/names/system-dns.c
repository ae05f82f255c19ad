/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/system-dns.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "names/bus-watch.h"
#include "names/hosts-text.h"
#include "names/nm-resolver.h"
#include "names/resolver-files.h"
#include "names/system-back-end.h"

#include <string.h>

#define RESOLVED "org.freedesktop.resolve1"
#define NETWORKMANAGER "org.freedesktop.NetworkManager"

enum
{
  ATTEMPTS = 4, /* a new interface is not seen by everybody at once */
  RETRY_MIN_MS = 250,
  ANEW_MS = 60000, /* after that one that failed may work again */
};

static const char *const names[] = { RESOLVED, NETWORKMANAGER, NULL };

static const BgDnsBackEnd *const back_ends[BG_DNS_KINDS] = {
  [BG_DNS_RESOLVED] = &bg_dns_resolved,
  [BG_DNS_NETWORKMANAGER] = &bg_dns_networkmanager,
  [BG_DNS_RESOLVCONF] = &bg_dns_resolvconf,
  [BG_DNS_HOSTS] = &bg_dns_hosts,
};

struct _BgSystemDns
{
  char *bus, *helper, *etc;
  BgSystemDnsChanged changed;
  gpointer owner;

  /* what is wanted */
  BgDnsWish wish;
  BgNamesPlan *plan; /* NULL: nothing */
  guint ifindex;

  /* who is there: only while something is wanted */
  BgBusWatch *watch;
  char *resolved, *manager; /* unique names, as they were last */
  BgNmResolver *nm;
  BgResolverFiles *files;

  /* who is told */
  BgDnsKind kind;
  gpointer back_end; /* of this kind; NULL for none */
  gboolean is_set;
  guint unfit; /* those that failed: bits of kinds */
  guint attempts;
  GSource *retry;
  GError *failure; /* the last one */
  gboolean is_disturbed;

  BgDnsKind said_kind;
  BgWords *said;
};

static void refresh (BgSystemDns *self);

/* --- What is said --- */

const char *
bg_system_dns_get_manager (BgSystemDns *self)
{
  return bg_dns_kind_name (self->is_set ? self->kind : BG_DNS_NONE);
}

static gboolean
is_looking (BgSystemDns *self)
{
  return self->watch && !bg_bus_watch_is_settled (self->watch);
}

BgWords *
bg_system_dns_dup_concern (BgSystemDns *self)
{
  const char *name = self->kind == BG_DNS_HOSTS ? "/etc/hosts" : bg_dns_kind_name (self->kind);

  if (!self->plan || self->wish == BG_DNS_OFF || is_looking (self))
    return NULL;
  if (self->failure && !self->back_end)
    return bg_words (DNS_NOT_TOLD, self->failure);
  if (self->is_set && self->is_disturbed)
    return bg_words (DNS_CHANGED_BY_OTHERS, name);
  if (self->kind == BG_DNS_NONE && self->wish != BG_DNS_AUTO)
    return bg_words (DNS_NOT_THERE, bg_dns_wish_word (self->wish));
  return NULL;
}

static void
say (BgSystemDns *self)
{
  BgDnsKind kind = self->is_set ? self->kind : BG_DNS_NONE;
  BgWords *concern = bg_system_dns_dup_concern (self);
  gboolean is_news = kind != self->said_kind || !bg_words_equal (concern, self->said);

  bg_words_take (&self->said, concern);
  if (kind != self->said_kind)
    bg_log (BG_TOPIC_NET, MESSAGE, NULL, "resolver of this machine: %s",
            kind == BG_DNS_NONE ? "not told of our names any more" : bg_dns_kind_name (kind));
  if (is_news && self->said)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", self->said->text);
  self->said_kind = kind;
  if (is_news)
    self->changed (self->owner);
}

/* --- Telling --- */

static void
forget_failures (BgSystemDns *self)
{
  self->unfit = 0;
  self->attempts = 0;
  bg_source_drop (&self->retry);
}

static void
ask (BgSystemDns *self)
{
  bg_source_drop (&self->retry);
  self->is_disturbed = FALSE;
  back_ends[self->kind]->ask (self->back_end, self->plan, self->ifindex);
}

static gboolean
on_retry (gpointer data)
{
  BgSystemDns *self = data;

  bg_source_drop (&self->retry);
  if (self->back_end)
    ask (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_anew (gpointer data)
{
  BgSystemDns *self = data;

  forget_failures (self);
  refresh (self);
  return G_SOURCE_REMOVE;
}

/* Another may do; all of them are tried again later. */
static void
give_up (BgSystemDns *self)
{
  self->unfit |= 1u << self->kind;
  self->attempts = 0;
  bg_log (BG_TOPIC_NET, INFO, NULL, "%s: %s", bg_dns_kind_name (self->kind),
          self->failure->message);
  refresh (self);
  if (!self->back_end)
    bg_source_arm (&self->retry, ANEW_MS, on_anew, self);
}

static void
handle_failure (BgSystemDns *self, const GError *error)
{
  g_clear_error (&self->failure);
  self->failure = g_error_copy (error);
  bg_error_wrap (&self->failure, ABOUT, bg_dns_kind_name (self->kind));
  self->is_set = FALSE;
  if (++self->attempts >= ATTEMPTS)
    give_up (self);
  else
    bg_source_arm (&self->retry, RETRY_MIN_MS << self->attempts, on_retry, self);
}

static void
on_settled (gpointer owner, const GError *error)
{
  BgSystemDns *self = owner;

  if (error)
    {
      handle_failure (self, error);
      return; /* said once it is clear that no other does */
    }
  g_clear_error (&self->failure);
  self->attempts = 0;
  self->is_set = TRUE;
  say (self);
}

static void
on_lost (gpointer owner)
{
  BgSystemDns *self = owner;
  g_autoptr (GError) error = bg_error (BG_ERROR_FAILED, TEXT, "it ended");

  handle_failure (self, error);
  say (self);
}

static void
on_disturbed (gpointer owner, gboolean is_disturbed)
{
  BgSystemDns *self = owner;

  self->is_disturbed = is_disturbed;
  say (self);
}

static const BgDnsEvents events = { on_settled, on_lost, on_disturbed };

static void
drop_back_end (BgSystemDns *self)
{
  if (self->back_end)
    back_ends[self->kind]->free (self->back_end);
  self->back_end = NULL;
  self->kind = BG_DNS_NONE;
  self->is_set = self->is_disturbed = FALSE;
  bg_source_drop (&self->retry);
}

static void
take_back_end (BgSystemDns *self, BgDnsKind kind)
{
  BgDnsPlace place = { bg_bus_watch_get_bus (self->watch), self->helper };

  self->kind = kind;
  self->attempts = 0;
  self->back_end = back_ends[kind]->make (&place, &events, self);
  ask (self);
}

/* --- Who is there --- */

static void
fill_facts (BgSystemDns *self, BgDnsFacts *facts)
{
  guint n_servers;

  bg_names_plan_get_servers (self->plan, &n_servers);
  *facts = (BgDnsFacts){
    .has_server = n_servers > 0,
    .has_helper = self->helper != NULL,
    .has_resolved = self->resolved != NULL,
    .has_networkmanager = self->manager != NULL,
    .nm_writes = self->nm && bg_nm_resolver_writes (self->nm),
  };
  bg_dns_facts_read (facts, self->etc);
}

static gboolean
is_settled (BgSystemDns *self)
{
  return bg_bus_watch_is_settled (self->watch) && (!self->nm || bg_nm_resolver_is_known (self->nm));
}

static void
refresh (BgSystemDns *self)
{
  BgDnsFacts facts;
  BgDnsKind kind;

  if (!self->plan || !is_settled (self))
    return;
  fill_facts (self, &facts);
  kind = bg_dns_choose (&facts, self->wish, self->unfit);
  if (kind != self->kind)
    {
      drop_back_end (self);
      if (kind != BG_DNS_NONE)
        take_back_end (self, kind);
    }
  if (!self->back_end)
    say (self);
}

static void
on_nm_changed (gpointer owner)
{
  refresh (owner);
}

/* Another process of the same name knows nothing of what the last one was told. */
static void
forget_restarted (BgSystemDns *self, BgDnsKind kind, char **old, const char *now)
{
  if (g_strcmp0 (*old, now) == 0)
    return;
  g_free (*old);
  *old = g_strdup (now);
  forget_failures (self);
  if (self->kind == kind)
    drop_back_end (self);
}

static void
follow_manager (BgSystemDns *self)
{
  g_clear_pointer (&self->nm, bg_nm_resolver_free);
  if (self->manager)
    self->nm = bg_nm_resolver_new (bg_bus_watch_get_bus (self->watch), on_nm_changed, self);
}

static void
on_bus_changed (gpointer owner)
{
  BgSystemDns *self = owner;
  const char *manager = bg_bus_watch_get_owner (self->watch, NETWORKMANAGER);
  gboolean is_other = g_strcmp0 (self->manager, manager) != 0;

  forget_restarted (self, BG_DNS_RESOLVED, &self->resolved,
                    bg_bus_watch_get_owner (self->watch, RESOLVED));
  forget_restarted (self, BG_DNS_NETWORKMANAGER, &self->manager, manager);
  if (is_other)
    follow_manager (self);
  refresh (self);
}

/* --- Files that others write --- */

static char *
read_text (BgSystemDns *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->etc, name, NULL);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* One with a resolver of this machine in front of it names that alone. */
static gboolean
leads_to_us (BgSystemDns *self)
{
  g_autofree char *text = read_text (self, "resolv.conf");
  char server[BG_IP_PREFIX_TEXT];
  guint n;

  bg_ip_prefix_format_address (bg_names_plan_get_servers (self->plan, &n), server);
  return text
         && (bg_resolv_has_server (text, server) || strstr (text, "nameserver 127.")
             || strstr (text, "nameserver ::1"));
}

static gboolean
has_our_lines (BgSystemDns *self)
{
  g_autofree char *text = read_text (self, "hosts");

  return bg_names_plan_n_hosts (self->plan) == 0 || (text && bg_hosts_text_has_section (text));
}

static void
on_files_changed (gpointer owner)
{
  BgSystemDns *self = owner;

  refresh (self);
  if (self->is_set && self->kind == BG_DNS_RESOLVCONF)
    on_disturbed (self, !leads_to_us (self));
  else if (self->is_set && self->kind == BG_DNS_HOSTS)
    on_disturbed (self, !has_our_lines (self));
}

/* --- What is wanted --- */

static void
start_looking (BgSystemDns *self)
{
  if (self->watch)
    return;
  self->watch = bg_bus_watch_new (self->bus, names, on_bus_changed, self);
  self->files = bg_resolver_files_new (self->etc, on_files_changed, self);
}

static void
stop_looking (BgSystemDns *self)
{
  drop_back_end (self);
  forget_failures (self);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->files, bg_resolver_files_free);
  g_clear_pointer (&self->nm, bg_nm_resolver_free);
  g_clear_pointer (&self->watch, bg_bus_watch_free);
  g_clear_pointer (&self->resolved, g_free);
  g_clear_pointer (&self->manager, g_free);
}

void
bg_system_dns_set_plan (BgSystemDns *self, BgNamesPlan *plan, guint ifindex)
{
  gboolean is_same = bg_names_plan_equal (self->plan, plan) && self->ifindex == ifindex;

  if (is_same)
    return;
  if (plan)
    bg_names_plan_ref (plan);
  bg_names_plan_unref (self->plan);
  self->plan = plan;
  self->ifindex = ifindex;
  if (plan && self->wish != BG_DNS_OFF)
    start_looking (self);
  else
    stop_looking (self);
  bg_system_dns_tell_again (self);
}

void
bg_system_dns_set_wish (BgSystemDns *self, BgDnsWish wish)
{
  if (self->wish == wish)
    return;
  self->wish = wish;
  forget_failures (self);
  g_clear_error (&self->failure);
  if (self->plan && wish != BG_DNS_OFF)
    start_looking (self);
  else
    stop_looking (self);
  if (self->watch)
    refresh (self);
  say (self);
}

void
bg_system_dns_tell_again (BgSystemDns *self)
{
  BgDnsKind kind = self->kind;

  if (self->watch)
    refresh (self);
  if (self->back_end && self->kind == kind)
    ask (self);
  say (self);
}

/* --- Life --- */

BgSystemDns *
bg_system_dns_new (const BgSystemDnsOptions *options, BgSystemDnsChanged changed, gpointer owner)
{
  BgSystemDns *self = g_new0 (BgSystemDns, 1);

  self->bus = g_strdup (options->bus);
  self->helper = g_strdup (options->helper);
  self->etc = g_strdup (options->etc ? options->etc : "/etc");
  self->changed = changed;
  self->owner = owner;
  return self;
}

void
bg_system_dns_free (BgSystemDns *self)
{
  if (!self)
    return;
  stop_looking (self);
  bg_names_plan_unref (self->plan);
  bg_words_unref (self->said);
  g_free (self->bus);
  g_free (self->helper);
  g_free (self->etc);
  g_free (self);
}
