/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Namespaces of a test program's own, which it is root in without being it. */

/* A user namespace, and those of `flags` (CLONE_NEW…). NULL, or why not, to be freed. */
char *test_enter_namespaces (int flags);
