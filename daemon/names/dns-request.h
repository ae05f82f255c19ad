/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What bamgated asks of bamgate-system-dns, which writes for it what is root's: names and addresses, and nothing else. Lines, ended by
 * one of a dot alone; the answer is a line, "ok" or "failed" and why.
 *
 *   hosts                                            resolvconf
 *   10.0.0.3 laptop.bamgate.internal laptop          interface bamgate0
 *   .                                                nameserver 10.0.0.2
 *                                                    search bamgate.internal
 *   nothing                                          exclusive
 *   .                                                .
 *
 * A request replaces what the one before asked for; "nothing" takes it back, as the end of the connection does. */

#include "names/names-plan.h"

G_BEGIN_DECLS

/* Longest request, in bytes: lines of thousands of peers. */
#define BG_DNS_REQUEST_MAX (4 * 1024 * 1024)

typedef struct
{
  char **hosts;     /* lines of a hosts file; NULL: none are wanted */
  char *interface;  /* for resolvconf; NULL: nothing is wanted */
  char *resolvconf; /* lines of a resolv.conf */
  gboolean exclusive; /* and no others */
} BgDnsRequest;

/* Texts of requests. Free with g_free(). */
char *bg_dns_request_hosts (const BgNamesPlan *plan);
char *bg_dns_request_resolvconf (const BgNamesPlan *plan);
char *bg_dns_request_nothing (void);

/* Reads one, with its last line: every address and name is checked, and what is odd anywhere refuses the whole. */
BgDnsRequest *bg_dns_request_parse (const char *text, GError **error);
void bg_dns_request_free (BgDnsRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDnsRequest, bg_dns_request_free)

G_END_DECLS
