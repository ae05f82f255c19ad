/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Questions as a client of the DNS writes them, and answers as it reads them. */

#include <glib.h>
#include <ldns/ldns.h>

typedef struct
{
  const char *name;
  int type; /* LDNS_RR_TYPE_… */
  int klass;     /* 0: IN */
  guint id;      /* 0: 4711 */
  guint edns;    /* size; 0: none */
  int version;   /* of EDNS */
  int opcode;
  gboolean dnssec;
} DnsQuestion;

/* The message. */
GBytes *dns_ask (const DnsQuestion *question);
/* Reads an answer, which must be whole. Free with ldns_pkt_free(). */
ldns_pkt *dns_read (GBytes *answer);
/* The records of a section as sorted text, a blank between their fields and "|" between records. */
char *dns_text (ldns_rr_list *records);
/* An answer to `asked` with one record. */
GBytes *dns_answer (GBytes *asked, const char *record, int code);
