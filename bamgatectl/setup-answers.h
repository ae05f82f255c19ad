/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What people answer to the questions of setup, judged where they sit; the daemon has the last word. All but the last are of the
 * shape of AskCheck (ask.h): the tidied answer, or NULL and an error for people. */

#include <gio/gio.h>

char *setup_check_name (const char *answer, GError **error);
/* "8443", "192.0.2.7:8443": where nothing listens yet. */
char *setup_check_listen (const char *answer, GError **error);
/* How others reach this machine: a name, an address, or a URL. */
char *setup_check_reach (const char *answer, GError **error);
/* A private network, without host bits. */
char *setup_check_subnet (const char *answer, GError **error);
char *setup_check_address (const char *answer, GError **error);
char *setup_check_server (const char *answer, GError **error);
/* A file that can be read as text; "~/" is home. */
char *setup_check_file (const char *answer, GError **error);

/* The URL that setup_check_reach() and setup_check_listen() come to; `listen` may be NULL. Free with g_free(). */
char *setup_public_url (const char *reach, const char *listen);
