/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "test-authority.h"

/* An ingress on loopback, a thread for each of its connections. What it does follows from the host that is asked for:
 *   echo       sends back what it gets, and ends when that ended
 *   early      answers and says "hello" in one record, then echo
 *   split      its answer comes byte by byte, then echo
 *   refuse     an error answer
 *   garbage    an answer that is none
 *   hang-up    ends the connection without an answer
 *   silent     never answers
 *   cut        answers, says "half", and closes the socket without saying so in TLS */

typedef struct _TestIngress TestIngress;

typedef struct
{
  guint connections, resumed, asked; /* handshakes done; of them resumed; requests read */
  guint with_alpn;
  char *sni;                         /* of the last one; g_free() */
} TestIngressSeen;

/* Shows `leaf`, then `chain` where that is not NULL; wants a certificate of `clients` unless that is NULL. */
TestIngress *test_ingress_new (const TestIdentity *leaf, const TestIdentity *chain, const TestIdentity *clients);
void test_ingress_free (TestIngress *ingress);
guint16 test_ingress_port (const TestIngress *ingress);
TestIngressSeen test_ingress_seen (TestIngress *ingress);
/* Waits until `n` handshakes are done. */
void test_ingress_wait (TestIngress *ingress, guint n);
/* Connections that wait without having asked are ended, from now on `at_once`. */
void test_ingress_end_idle (TestIngress *ingress, gboolean at_once);
