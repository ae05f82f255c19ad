/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mdns-names.h"

#include "common/log.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  QUESTIONS_MAX = 64,              /* in the process */
  TIMEOUT_MS = 6000,               /* Avahi gives up after 5 s */
  RESOLVED_MDNS = 1 << 3 | 1 << 4, /* SD_RESOLVED_MDNS_IPV4 and _IPV6: nothing else may be asked */
};

struct BgMdnsNames
{
  BgMdnsFunc found;
  gpointer data;
  GCancellable *cancellable;
  guint asked;
};

typedef struct
{
  BgMdnsNames *names;
  BgIceCandidate *candidate;
  GCancellable *cancellable; /* the names are gone where this is cancelled */
  GDBusConnection *bus;
} Question;

static guint questions; /* that are open */

BgMdnsNames *
bg_mdns_names_new (BgMdnsFunc found, gpointer data)
{
  BgMdnsNames *self = g_new0 (BgMdnsNames, 1);

  self->found = found;
  self->data = data;
  self->cancellable = g_cancellable_new ();
  return self;
}

void
bg_mdns_names_free (BgMdnsNames *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_free (self);
}

gboolean
bg_mdns_name_is_usual (const char *name)
{
  g_autofree char *label = NULL;

  if (!g_str_has_suffix (name, ".local"))
    return FALSE;
  label = g_strndup (name, strlen (name) - strlen (".local"));
  return g_uuid_string_is_valid (label);
}

static void
end (Question *self)
{
  questions--;
  g_clear_pointer (&self->candidate, bg_ice_candidate_free);
  g_clear_object (&self->bus);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* The address (taken, NULL: none), unless nobody waits for it any more. */
static void
answer (Question *self, GInetAddress *address)
{
  g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;

  if (!g_cancellable_is_cancelled (self->cancellable))
    {
      bg_log (BG_TOPIC_ICE, DEBUG, NULL, "%s: %s", self->candidate->name,
              text ? text : "not found");
      g_set_object (&self->candidate->address, address);
      if (address)
        self->names->found (g_steal_pointer (&self->candidate), self->names->data);
    }
  g_clear_object (&address);
  end (self);
}

static GInetAddress *
address_of_bytes (gint32 family, GVariant *bytes)
{
  gsize len;
  const guint8 *data = g_variant_get_fixed_array (bytes, &len, 1);

  if (family == AF_INET && len == 4)
    return g_inet_address_new_from_bytes (data, G_SOCKET_FAMILY_IPV4);
  if (family == AF_INET6 && len == 16)
    return g_inet_address_new_from_bytes (data, G_SOCKET_FAMILY_IPV6);
  return NULL;
}

static GInetAddress *
first_address (GVariant *reply)
{
  g_autoptr (GVariant) list = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) bytes = NULL;
  gint32 ifindex, family;

  if (g_variant_n_children (list) == 0)
    return NULL;
  g_variant_get_child (list, 0, "(ii@ay)", &ifindex, &family, &bytes);
  return address_of_bytes (family, bytes);
}

static void
on_resolved_answer (GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, NULL);

  answer (data, reply ? first_address (reply) : NULL);
}

static void
ask_resolved (Question *self)
{
  g_dbus_connection_call (
    self->bus, "org.freedesktop.resolve1", "/org/freedesktop/resolve1",
    "org.freedesktop.resolve1.Manager", "ResolveHostname",
    g_variant_new ("(isit)", 0, self->candidate->name, AF_UNSPEC, (guint64) RESOLVED_MDNS),
    G_VARIANT_TYPE ("(a(iiay)st)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, self->cancellable,
    on_resolved_answer, self);
}

static void
on_avahi_answer (GObject *bus, GAsyncResult *result, gpointer data)
{
  Question *self = data;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, NULL);
  const char *address;

  if (!reply && !g_cancellable_is_cancelled (self->cancellable))
    {
      ask_resolved (self);
      return;
    }
  if (reply)
    g_variant_get (reply, "(iisi&su)", NULL, NULL, NULL, NULL, &address, NULL);
  answer (self, reply ? g_inet_address_new_from_string (address) : NULL);
}

static void
ask_avahi (Question *self)
{
  g_dbus_connection_call (
    self->bus, "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "ResolveHostName",
    g_variant_new ("(iisiu)", -1, -1, self->candidate->name, -1, 0), G_VARIANT_TYPE ("(iisisu)"),
    G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, self->cancellable, on_avahi_answer, self);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Question *self = data;

  self->bus = g_bus_get_finish (result, NULL);
  if (self->bus && !g_cancellable_is_cancelled (self->cancellable))
    ask_avahi (self);
  else
    answer (self, NULL);
}

void
bg_mdns_names_ask_take (BgMdnsNames *self, BgIceCandidate *candidate)
{
  Question *question;

  if (!candidate->name || !bg_mdns_name_is_usual (candidate->name)
      || self->asked >= BG_MDNS_NAMES_MAX || questions >= QUESTIONS_MAX)
    {
      bg_ice_candidate_free (candidate);
      return;
    }
  self->asked++;
  questions++;
  question = g_new0 (Question, 1);
  question->names = self;
  question->candidate = candidate;
  question->cancellable = g_object_ref (self->cancellable);
  /* Not to be cancelled: others may be waiting for the same connection to be made. */
  g_bus_get (G_BUS_TYPE_SYSTEM, NULL, on_bus, question);
}
