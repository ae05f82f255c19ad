/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network-rules.h"

#include <string.h>

#define MAX_RULES 500

static const char *const words[APPLET_N_RULES] = {
  [APPLET_RULE_NONE] = "none", [APPLET_RULE_OFF] = "off",   [APPLET_RULE_ON] = "on",
  [APPLET_RULE_ASK] = "ask",   [APPLET_RULE_EXIT] = "exit",
};

const char *
applet_rule_word (AppletRule rule)
{
  return words[rule < APPLET_N_RULES ? rule : APPLET_RULE_NONE];
}

AppletRule
applet_rule_read (const char *word)
{
  for (guint i = 0; i < APPLET_N_RULES; i++)
    if (g_strcmp0 (words[i], word) == 0)
      return i;
  return APPLET_RULE_NONE;
}

/* --- Networks --- */

void
applet_network_clear (AppletNetwork *network)
{
  g_clear_pointer (&network->id, g_free);
  g_clear_pointer (&network->ssid, g_free);
  network->is_open = FALSE;
}

static gboolean
is_plain (gunichar c)
{
  return c != '\\' && c != 0 && g_unichar_isprint (c);
}

char *
applet_network_ssid_text (const guint8 *bytes, gsize length)
{
  GString *text = g_string_new (NULL);
  const char *at = (const char *) bytes, *end = at + length;

  while (at < end)
    {
      gunichar c = g_utf8_get_char_validated (at, end - at);

      if (c < 0x110000 && is_plain (c))
        g_string_append_unichar (text, c);
      else
        g_string_append_printf (text, "\\x%02X", (guint8) *at);
      at += c < 0x110000 && is_plain (c) ? g_utf8_skip[(guint8) *at] : 1;
    }
  return g_string_free (text, FALSE);
}

AppletRule
applet_network_rules_find (GVariant *rules, AppletRule for_open, const AppletNetwork *network)
{
  GVariantIter iter;
  const char *ssid, *word;
  gboolean is_open;

  if (!network->ssid)
    return APPLET_RULE_NONE;
  g_variant_iter_init (&iter, rules);
  while (g_variant_iter_next (&iter, "(&sb&s)", &ssid, &is_open, &word))
    if (!is_open == !network->is_open && g_str_equal (ssid, network->ssid))
      return applet_rule_read (word);
  return network->is_open ? for_open : APPLET_RULE_NONE;
}

GVariant *
applet_network_rules_with (GVariant *rules, const char *ssid, gboolean is_open, AppletRule rule)
{
  GVariantBuilder made;
  GVariantIter iter;
  const char *other, *word;
  gboolean other_is_open;
  guint count = 0;

  g_variant_builder_init (&made, G_VARIANT_TYPE ("a(sbs)"));
  g_variant_iter_init (&iter, rules);
  while (g_variant_iter_next (&iter, "(&sb&s)", &other, &other_is_open, &word))
    if ((!other_is_open != !is_open || !g_str_equal (other, ssid)) && ++count < MAX_RULES)
      g_variant_builder_add (&made, "(sbs)", other, other_is_open, word);
  if (rule != APPLET_RULE_NONE)
    g_variant_builder_add (&made, "(sbs)", ssid, is_open, applet_rule_word (rule));
  return g_variant_builder_end (&made);
}

/* --- What follows --- */

/* On, or about to be. */
static gboolean
will_be_on (AppletRuleState *self)
{
  return self->is_acting ? self->acting_on : self->is_tunnel_known && self->is_on;
}

static AppletDeed
act (AppletRuleState *self, gboolean on)
{
  if (self->is_tunnel_known && will_be_on (self) == on)
    return APPLET_DEED_NOTHING;
  if (self->is_tunnel_known && !self->has_before)
    {
      self->has_before = TRUE;
      self->before = will_be_on (self);
    }
  self->is_acting = TRUE;
  self->acting_on = on;
  return on ? APPLET_DEED_UP : APPLET_DEED_DOWN;
}

/* The tunnel as it was before the rules. */
static AppletDeed
restore (AppletRuleState *self)
{
  gboolean before = self->before;
  AppletDeed deed;

  if (!self->has_before)
    return APPLET_DEED_NOTHING;
  deed = act (self, before);
  self->has_before = FALSE;
  return deed;
}

AppletDeed
applet_rules_meet (AppletRuleState *self, const AppletNetwork *network, AppletRule rule)
{
  if (!network->id || g_strcmp0 (network->id, self->network) == 0)
    return APPLET_DEED_NOTHING;
  g_free (self->network);
  self->network = g_strdup (network->id);
  switch (rule)
    {
    case APPLET_RULE_OFF:
      return act (self, FALSE);
    case APPLET_RULE_ON:
    case APPLET_RULE_EXIT:
      return act (self, TRUE);
    case APPLET_RULE_ASK:
      return will_be_on (self) ? APPLET_DEED_NOTHING : APPLET_DEED_ASK;
    default:
      return restore (self);
    }
}

AppletDeed
applet_rules_answer (AppletRuleState *self)
{
  return act (self, TRUE);
}

void
applet_rules_tunnel (AppletRuleState *self, gboolean is_on)
{
  gboolean is_ours = self->is_acting && self->acting_on == !!is_on;

  if (self->is_tunnel_known && self->is_on != !!is_on && !is_ours)
    self->has_before = FALSE; /* the person's choice */
  if (is_ours)
    self->is_acting = FALSE;
  self->is_tunnel_known = TRUE;
  self->is_on = !!is_on;
}

void
applet_rules_lost (AppletRuleState *self)
{
  self->is_tunnel_known = FALSE;
}

void
applet_rules_done (AppletRuleState *self, gboolean on, gboolean worked)
{
  if (!self->is_acting || self->acting_on != on)
    return;
  self->is_acting = FALSE;
  if (worked)
    self->is_on = on;
}

void
applet_rules_clear (AppletRuleState *self)
{
  g_clear_pointer (&self->network, g_free);
}
