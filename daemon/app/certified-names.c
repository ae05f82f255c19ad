/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/certified-names.h"

#include "common/device-name.h"
#include "publish/name-authority.h"

#include <string.h>

typedef struct
{
  const BgMembership *state;
  const char *suffix;
  GPtrArray *names;
  gsize len; /* of their text */
} Listing;

guint
bg_certified_names_count_own (const BgMembership *state, const char *label)
{
  guint n = 0;

  for (guint32 i = 0; i < bg_membership_n_members (state); i++)
    {
      const BgMember *member = bg_membership_member (state, i);
      g_autofree char *other = member->is_revoked ? NULL
                                                  : bg_device_name_to_label (member->record.name);

      n += other && g_str_equal (other, label) ? 1 : 0;
    }
  return n;
}

/* FALSE: a certificate takes no more. */
static gboolean
add (Listing *listing, const char *prefix, const char *label)
{
  g_autofree char *name = g_strconcat (prefix, label, ".", listing->suffix, NULL);

  listing->len += strlen (name);
  if (listing->names->len == BG_NAME_CERTIFICATE_NAMES || listing->len > BG_NAME_CERTIFICATE_TEXT)
    return FALSE;
  g_ptr_array_add (listing->names, g_steal_pointer (&name));
  return TRUE;
}

static gboolean
add_own (Listing *listing, const BgMember *member)
{
  g_autofree char *label = bg_device_name_to_label (member->record.name);

  return label && bg_certified_names_count_own (listing->state, label) == 1
         && add (listing, "", label) && add (listing, "*.", label);
}

/* No name that a machine has by itself. */
static void
add_given (Listing *listing, const BgMember *member)
{
  const BgMembership *state = listing->state;

  for (guint32 i = 0; i < bg_membership_n_names (state); i++)
    {
      const BgMemberName *name = bg_membership_name (state, i);

      if (memcmp (name->device, member->record.key, BG_ENTRY_KEY) == 0
          && bg_certified_names_count_own (state, name->label) == 0
          && !add (listing, "", name->label))
        return;
    }
}

char **
bg_certified_names_of (const BgMembership *state, const guint8 key[BG_ENTRY_KEY],
                       const char *suffix)
{
  const BgMember *member = bg_membership_find_key (state, key);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Listing listing = { state, suffix, names, 0 };

  if (!member || member->is_revoked || !*suffix || !add_own (&listing, member))
    return NULL;
  add_given (&listing, member);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
