/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is sent to an account's API, as JSON. Pure. Free each with g_bytes_unref(). */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *instance;          /* by which this machine knows its own registration again */
  const char *description;       /* for people who look at the account */
  const char *const *selectors;  /* which endpoints it wants; NULL-terminated */
} BgOperatorWish;

/* A registration, with a request for a certificate as PEM. */
GBytes *bg_operator_question_register (const BgOperatorWish *wish, const char *request);
/* Another certificate for the same registration; its selectors too. */
GBytes *bg_operator_question_certify (const BgOperatorWish *wish, const char *request);
/* The selectors alone. */
GBytes *bg_operator_question_select (const BgOperatorWish *wish);

G_END_DECLS
