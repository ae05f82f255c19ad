/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services as a peer names them: what is taken of an item says the same again, and nothing else. */
#include "common/service-item.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_texts[] = {
  "web 8080 http", "dns 53 udp", "a-b-c 65535 tcp", "web 0 tcp", "-web 80 tcp",
  "web 80 tcp x",  NULL,
};

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size), *again = NULL;
  BgServiceItem item, same;

  if (!bg_service_item_parse (text, &item))
    return 0;
  g_assert (bg_service_name_is_valid (item.name) && item.port > 0);
  again = bg_service_item_format (&item);
  g_assert (bg_service_item_parse (again, &same));
  g_assert (strcmp (item.name, same.name) == 0 && item.port == same.port
            && item.protocol == same.protocol);
  g_assert (strlen (again) <= BG_SERVICE_LABEL_MAX + strlen (" 65535 http"));
  return 0;
}
