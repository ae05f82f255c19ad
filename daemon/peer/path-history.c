/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/path-history.h"

struct _BgPathHistory
{
  GPtrArray *stays; /* BgPathStay */
};

static void
stay_free (gpointer data)
{
  BgPathStay *stay = data;

  g_free (stay->local);
  g_free (stay->remote);
  g_free (stay);
}

BgPathHistory *
bg_path_history_new (void)
{
  BgPathHistory *self = g_new (BgPathHistory, 1);

  self->stays = g_ptr_array_new_with_free_func (stay_free);
  return self;
}

void
bg_path_history_free (BgPathHistory *self)
{
  g_ptr_array_unref (self->stays);
  g_free (self);
}

/* Without a path nothing else matters, and a peer that never had one has no history. */
static gboolean
is_as_before (const BgPathHistory *self, const BgPathStay *now)
{
  const BgPathStay *last = self->stays->len > 0 ? self->stays->pdata[self->stays->len - 1] : NULL;

  if (!last || now->path == BG_TRANSPORT_NONE)
    return now->path == (last ? last->path : BG_TRANSPORT_NONE);
  return last->path == now->path && last->relayed == now->relayed
         && g_str_equal (last->local, now->local) && g_str_equal (last->remote, now->remote);
}

void
bg_path_history_note (BgPathHistory *self, gint64 now_us, BgTransportKind path, gboolean relayed,
                      guint mtu, const char *local, const char *remote)
{
  const gboolean has_path = path != BG_TRANSPORT_NONE;
  BgPathStay now = { .since_us = now_us,
                     .path = path,
                     .relayed = has_path && relayed,
                     .mtu = has_path ? mtu : 0,
                     .local = (char *) (has_path && local ? local : ""),
                     .remote = (char *) (has_path && remote ? remote : "") };

  if (is_as_before (self, &now))
    {
      if (self->stays->len > 0)
        ((BgPathStay *) self->stays->pdata[self->stays->len - 1])->mtu = now.mtu;
      return;
    }
  if (self->stays->len >= BG_PATH_HISTORY_MAX)
    g_ptr_array_remove_index (self->stays, 0);
  now.local = g_strdup (now.local);
  now.remote = g_strdup (now.remote);
  g_ptr_array_add (self->stays, g_memdup2 (&now, sizeof now));
}

guint
bg_path_history_length (const BgPathHistory *self)
{
  return self->stays->len;
}

const BgPathStay *
bg_path_history_get (const BgPathHistory *self, guint n)
{
  return self->stays->pdata[n];
}
