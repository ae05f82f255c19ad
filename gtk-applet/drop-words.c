/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drop-words.h"

#include "common/printable.h"

#include <glib/gi18n.h>

/* As bg_drop_name() has them. */
static const struct
{
  const char *name, *words;
} table[] = {
  /* Translators: these are reasons why packets were thrown away, before a number: “no path: 12”. */
  { "no-buffer", N_ ("no memory left") },
  { "malformed", N_ ("malformed") },
  { "bad-inner", N_ ("malformed inside") },
  { "no-peer", N_ ("for no machine") },
  { "no-path", N_ ("no path") },
  { "staged-full", N_ ("too many waited for a session") },
  { "unknown-index", N_ ("of no session") },
  { "unauthentic", N_ ("not authentic") },
  { "replay", N_ ("repeated") },
  { "expired", N_ ("of a session that is over") },
  { "source-not-allowed", N_ ("not from its addresses") },
  { "rate-limited", N_ ("too many handshakes") },
  { "handshake-queue", N_ ("too many handshakes waited") },
  { "too-big", N_ ("too large") },
  { "ipv6-on-data-channel", N_ ("IPv6 on a data channel") },
  { "send-queue", N_ ("too many waited to be sent") },
  { "send-failed", N_ ("could not be sent") },
  { "inbox-full", N_ ("too many arrived at once") },
  { "tun-write", N_ ("not taken by the interface") },
  { "congestion", N_ ("congestion") },
  { "not-offered", N_ ("to networks that this machine does not offer") },
  { "refused", N_ ("not allowed by this machine's rules") },
  { "endpoint-inside", N_ ("would go round in the tunnel") },
};

static const char *
find_words (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].name, name))
      return _ (table[i].words);
  return name;
}

char *
applet_drop_words (GVariant *drops)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  guint64 packets;

  g_variant_iter_init (&iter, drops);
  while (g_variant_iter_next (&iter, "{&st}", &name, &packets))
    {
      g_autofree char *shown = bg_printable (find_words (name));

      g_string_append_printf (text, "%s%s: %" G_GUINT64_FORMAT, text->len > 0 ? ", " : "", shown,
                              packets);
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}
