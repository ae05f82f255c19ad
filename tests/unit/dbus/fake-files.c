/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the pretended application: one offer, "offer", which whoever takes it has then. */
#include "app/application-files.h"

#include "common/error.h"

#include <string.h>
#include <unistd.h>

#define NOBODY G_MAXUINT32

static guint32 taken_by = NOBODY;

static GVariant *
list_if (gboolean listed)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  if (listed)
    g_variant_builder_add_parsed (&list, "{'id': <'offer'>, 'name': <'a.txt'>, 'peer': <'home'>}");
  return g_variant_builder_end (&list);
}

static gboolean
fail_unless (gboolean ok, const char *id, GError **error)
{
  if (!ok)
    bg_error_set (error, BG_ERROR_NOT_FOUND, FILES_NO_OFFER, id);
  return ok;
}

/* The id is what the file holds. */
char *
bg_application_send_file (BgApplication *self, const char *peer, const char *name, int fd,
                          GVariant *options, guint32 uid, GError **error)
{
  char held[64] = "";
  gssize n = read (fd, held, sizeof held - 1);

  close (fd);
  return fail_unless (n >= 0, name, error) ? g_strdup_printf ("%u:%s", uid, held) : NULL;
}

gboolean
bg_application_accept_file (BgApplication *self, const char *id, int fd, GVariant *options,
                            guint32 uid, GError **error)
{
  gboolean ok = g_str_equal (id, "offer") && taken_by == NOBODY && write (fd, "taken", 5) == 5;

  close (fd);
  if (ok)
    taken_by = uid;
  return fail_unless (ok, id, error);
}

gboolean
bg_application_cancel_file (BgApplication *self, const char *id, guint32 uid, GError **error)
{
  gboolean ok = g_str_equal (id, "offer") && taken_by == uid;

  if (ok)
    taken_by = NOBODY;
  return fail_unless (ok, id, error);
}

GVariant *
bg_application_list_files (BgApplication *self, guint32 uid)
{
  return list_if (taken_by == uid);
}

gboolean
bg_application_decline_file (BgApplication *self, const char *id, GError **error)
{
  return fail_unless (FALSE, id, error);
}

GVariant *
bg_application_list_file_offers (BgApplication *self)
{
  return list_if (taken_by == NOBODY);
}
