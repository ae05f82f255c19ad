/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/secret-owner.h"

#include "common/printable.h"

#include <pwd.h>
#include <string.h>

static const char *const words[] = {
  [BG_SECRET_UNSAID] = "",
  [BG_SECRET_SYSTEM] = "system",
  [BG_SECRET_USER] = "user:",
  [BG_SECRET_ASK] = "ask:",
};

gboolean
bg_secret_owner_parse (const char *text, BgSecretOwner *owner)
{
  guint64 uid = 0;

  for (guint kind = 0; kind < G_N_ELEMENTS (words); kind++)
    {
      const char *rest = text + strlen (words[kind]);
      gboolean is_user = kind == BG_SECRET_USER || kind == BG_SECRET_ASK;

      /* the last number is “nobody at all” in calls of the kernel */
      if (!g_str_has_prefix (text, words[kind])
          || (is_user ? !g_ascii_string_to_unsigned (rest, 10, 0, G_MAXUINT32 - 1, &uid, NULL)
                      : *rest != '\0'))
        continue;
      *owner = (BgSecretOwner){ (BgSecretKind) kind, (guint32) uid };
      return TRUE;
    }
  return FALSE;
}

char *
bg_secret_owner_format (const BgSecretOwner *owner)
{
  return bg_secret_owner_is_user (owner) ? g_strdup_printf ("%s%u", words[owner->kind], owner->uid)
                                         : g_strdup (words[owner->kind]);
}

gboolean
bg_secret_owner_equal (const BgSecretOwner *a, const BgSecretOwner *b)
{
  return a->kind == b->kind && (!bg_secret_owner_is_user (a) || a->uid == b->uid);
}

gboolean
bg_secret_owner_is_user (const BgSecretOwner *owner)
{
  return owner->kind == BG_SECRET_USER || owner->kind == BG_SECRET_ASK;
}

char *
bg_secret_owner_person (const BgSecretOwner *owner)
{
  char room[4096];
  struct passwd entry, *found = NULL;

  if (getpwuid_r (owner->uid, &entry, room, sizeof room, &found) == 0 && found)
    return bg_printable (found->pw_name);
  return g_strdup_printf ("user %u", owner->uid);
}

char *
bg_secret_peer_of (const char *name)
{
  if (!g_str_has_prefix (name, "peer/") || !g_str_has_suffix (name, "/psk")
      || strlen (name) <= strlen ("peer//psk"))
    return NULL;
  return g_strndup (name + strlen ("peer/"), strlen (name) - strlen ("peer//psk"));
}

BgWords *
bg_secret_words (const char *name)
{
  g_autofree char *peer = bg_secret_peer_of (name), *shown = NULL;

  if (g_str_equal (name, "token"))
    return bg_words (SECRET_TOKEN);
  if (g_str_equal (name, "device-credential"))
    return bg_words (SECRET_CREDENTIAL);
  if (g_str_equal (name, "device-key"))
    return bg_words (SECRET_DEVICE_KEY);
  if (g_str_equal (name, "turn-secret"))
    return bg_words (SECRET_OF_TURN);
  shown = bg_printable (peer ? peer : name);
  return peer ? bg_words (SECRET_PRESHARED_KEY, shown) : bg_words (SECRET_NAMED, shown);
}
