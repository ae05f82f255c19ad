/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-link.h"

struct BgSessionLink
{
  GMainContext *context;
  GObject *owner; /* owner's thread only; NULL once cut */
};

typedef struct
{
  BgSessionLink *link;
  BgSessionFunc func;
  gpointer payload;
  GDestroyNotify destroy;
} Post;

BgSessionLink *
bg_session_link_new (GObject *owner)
{
  BgSessionLink *link = g_atomic_rc_box_new0 (BgSessionLink);

  link->context = g_main_context_ref_thread_default ();
  link->owner = owner;
  return link;
}

void
bg_session_link_cut (BgSessionLink *link)
{
  link->owner = NULL;
}

gboolean
bg_session_link_is_cut (BgSessionLink *link)
{
  return !link->owner;
}

GMainContext *
bg_session_link_get_context (BgSessionLink *link)
{
  return link->context;
}

BgSessionLink *
bg_session_link_ref (BgSessionLink *link)
{
  return g_atomic_rc_box_acquire (link);
}

static void
link_clear (gpointer data)
{
  BgSessionLink *link = data;

  g_main_context_unref (link->context);
}

void
bg_session_link_unref (BgSessionLink *link)
{
  g_atomic_rc_box_release_full (link, link_clear);
}

static gboolean
on_post (gpointer data)
{
  Post *post = data;
  g_autoptr (GObject) owner = post->link->owner ? g_object_ref (post->link->owner) : NULL;

  if (owner)
    post->func (owner, post->payload);
  return G_SOURCE_REMOVE;
}

static void
post_free (gpointer data)
{
  Post *post = data;

  if (post->destroy)
    post->destroy (post->payload);
  bg_session_link_unref (post->link);
  g_free (post);
}

void
bg_session_link_post (BgSessionLink *link, BgSessionFunc func, gpointer payload,
                      GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Post *post = g_new0 (Post, 1);

  *post = (Post){ bg_session_link_ref (link), func, payload, destroy };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_post, post, post_free);
  g_source_attach (source, link->context);
}
