/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether the program was built with AddressSanitizer or ThreadSanitizer, whose checks look into it from another process:
 * it must then be one that may be looked into. gcc says so by macros, clang by features. */

#ifdef __has_feature
#define BG_SANITIZER_IS(name) __has_feature (name)
#else
#define BG_SANITIZER_IS(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)                                  \
  || BG_SANITIZER_IS(address_sanitizer) || BG_SANITIZER_IS(thread_sanitizer)                       \
  || BG_SANITIZER_IS(leak_sanitizer)
#define BG_IS_SANITIZED 1
#else
#define BG_IS_SANITIZED 0
#endif
