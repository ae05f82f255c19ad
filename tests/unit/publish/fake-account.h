/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* The API of an account in this process, on loopback, which can be told to misbehave. */

#define FAKE_ACCOUNT_KEY "2abcDEF_key"

typedef struct
{
  char *id, *metadata, *certificate, *selectors; /* `selectors`: JSON */
} FakeMachine;

typedef struct
{
  SoupServer *server;
  char *url;
  GPtrArray *machines;  /* FakeMachine, newest first */
  GPtrArray *endpoints; /* URLs, newest first; "ep_N" is the id of the Nth from the end */
  int since, lifetime;  /* of certificates, s */
  const char *ingress;  /* NULL: none */
  const char *next;     /* what follows every page; NULL: the next one */
  const char *bindings; /* of every endpoint, JSON; NULL: none */
  gboolean forgets_certificates, gives_other_certificates;

  /* The next `fault_times` questions in whose "METHOD /path?query" `fault_on` stands get this. */
  const char *fault_on;
  guint fault_times, fault_status;
  const char *fault_body, *fault_retry_after;
  gboolean fault_is_loss; /* it is done, and the answer is lost */

  GString *log; /* "METHOD /path?query\n" */
  char *last_body, *last_version, *last_agent, *last_type, *last_authorization;
  guint made; /* machines, ever */
} FakeAccount;

FakeAccount *fake_account_new (void);
void fake_account_free (FakeAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAccount, fake_account_free)
/* How often `what` stands in the log. */
guint fake_account_count (FakeAccount *self, const char *what);
void fake_account_add_endpoint (FakeAccount *self, const char *url);
/* The next `times` questions with `on` in them are answered with `status`. */
void fake_account_fail (FakeAccount *self, const char *on, guint times, guint status);
/* A machine of somebody's with this metadata. */
void fake_account_add_machine (FakeAccount *self, const char *metadata);
FakeMachine *fake_account_newest (FakeAccount *self);
