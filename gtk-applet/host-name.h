/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bamgate.h>

/* The name that this machine may have in a network: the one it had, else its host name made to fit. Free with g_free(). */
char *applet_host_name_suggest (BamgateClient *client);
