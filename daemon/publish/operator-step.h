/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine does next about an account, out of what it has. Pure: a table. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean has_pair;     /* a key and a certificate for it that could be read */
  gboolean has_id;       /* the account's name for this machine */
  gboolean has_api_key;
  gboolean has_asked;    /* it may have registered before, and not have heard of it */
  gboolean has_ended;    /* the certificate's time is over */
  gboolean is_due;       /* the certificate is old enough for a new one, and none was refused lately */
  gboolean is_unread;    /* what the account says of this machine has not been read since the start */
  gboolean wants_others; /* the account selects other endpoints than the settings say */
  gboolean has_polled;   /* the list of endpoints is as new as it has to be */
} BgOperatorFacts;

typedef enum
{
  BG_STEP_REST,     /* nothing, until time passes */
  BG_STEP_WAIT,     /* nothing, until there is an API key */
  BG_STEP_REGISTER, /* with a new key */
  BG_STEP_ADOPT,    /* look for a registration of this machine; register where there is none */
  BG_STEP_CERTIFY,  /* a new key, and a certificate for it under the same id */
  BG_STEP_POLL,
  BG_STEP_READ,     /* what the account says of this machine */
  BG_STEP_SELECT,   /* tell it which endpoints to select */
} BgOperatorStep;

/* The one that is due. */
BgOperatorStep bg_operator_step (const BgOperatorFacts *facts);
/* "register", for logs. */
const char *bg_operator_step_get_name (BgOperatorStep step);

G_END_DECLS
