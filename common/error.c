/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"

typedef struct
{
  BgWords *words; /* NULL: made from a bare text */
} BgErrorPrivate;

static void
bg_error_private_init (BgErrorPrivate *self)
{
  if (self)
    self->words = NULL;
}

static void
bg_error_private_copy (const BgErrorPrivate *from, BgErrorPrivate *to)
{
  if (from && to)
    to->words = bg_words_ref (from->words);
}

static void
bg_error_private_clear (BgErrorPrivate *self)
{
  if (self)
    g_clear_pointer (&self->words, bg_words_unref);
}

G_DEFINE_EXTENDED_ERROR (BgError, bg_error)

GError *
bg_error_new_take (BgError code, BgWords *take)
{
  GError *error = g_error_new_literal (BG_ERROR, (int) code, take->text);

  BgErrorPrivate *own = bg_error_get_private (error);

  if (own)
    own->words = take;
  return error;
}

void
bg_error_set_take (GError **error, BgError code, BgWords *take)
{
  g_propagate_error (error, bg_error_new_take (code, take));
}

const GError *
bg_error_get (GError **error)
{
  return error ? *error : NULL;
}

void
bg_error_wrap_take (GError **error, BgWords *take)
{
  GError *inner;

  if (!take)
    return;
  inner = *error;
  *error = NULL;
  *error = bg_error_new_take (inner->domain == BG_ERROR ? (BgError) inner->code : BG_ERROR_FAILED,
                              take);
  g_error_free (inner);
}

BgWords *
bg_error_dup_words (const GError *error)
{
  BgErrorPrivate *own = error->domain == BG_ERROR ? bg_error_get_private (error) : NULL;

  if (own && own->words && g_str_equal (own->words->text, error->message))
    return bg_words_ref (own->words);
  return bg_words_new_text (error->message);
}

GVariant *
bg_arg_error (const GError *error)
{
  g_autoptr (BgWords) words = bg_error_dup_words (error);

  return g_variant_ref (words->wire);
}
