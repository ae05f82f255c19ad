/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bamgate-upnp GATEWAY CLIENT: maps UDP ports of the address CLIENT at the router GATEWAY by UPnP. A program of its own: the library
 * blocks, and takes apart whatever a router sends. Reads lines, and answers each with one:
 *
 *   "map PORT SECONDS"  "PORT ADDRESS OUTSIDE SECONDS" or "PORT none"
 *   "return PORT"       "PORT returned"
 *   "address"           "address ADDRESS" or "address none": nothing is mapped
 *
 * All that is still mapped at the end of its input is given back. */
#include "common/sanitizer.h"

#include <linux/capability.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTION "bamgate"
#define PROTOCOL "UDP"

enum
{
  DISCOVERY_MS = 1000,
  TTL = 2,
  PATIENCE_S = 12, /* with one question, or we end */
  FAREWELL_S = 20,
  MEMORY_BYTES = 64 * 1024 * 1024,
  FILES_MAX = 32,
  LINE_MAX_LEN = 64,
  PLACES_MAX = 256,
  PORT_TEXT = 8,
  ADDRESS_TEXT = 16, /* the library's */
  OTHER_PORTS = 5,
  PORT_FIRST = 20000, /* of those that are tried where ours is taken */
  PORTS = 40000,

  ONLY_PERMANENT = 725, /* WANIPConnection:1, 2.4.16 */
  CONFLICT = 718,
};

typedef struct
{
  unsigned inside, outside; /* 0: free */
} Place;

typedef struct
{
  const char *gateway, *client;
  bool is_known;
  struct UPNPUrls urls;
  struct IGDdatas data;
  Place places[PLACES_MAX];
} Router;

/* The router alone: what else answers on the network may be anybody. */

static bool
is_at (const char *url, const char *host)
{
  const char *rest = strncmp (url, "http://", 7) == 0 ? url + 7 : NULL;
  size_t len = strlen (host);

  return rest && strncmp (rest, host, len) == 0 && (rest[len] == ':' || rest[len] == '/');
}

static bool
try_device (Router *router, const struct UPNPDev *device)
{
  char own[ADDRESS_TEXT * 4];

  if (!device->descURL || !is_at (device->descURL, router->gateway)
      || !UPNP_GetIGDFromUrl (device->descURL, &router->urls, &router->data, own, sizeof own))
    return false;
  if (router->urls.controlURL && is_at (router->urls.controlURL, router->gateway)
      && router->data.first.servicetype[0] != '\0')
    return true;
  FreeUPNPUrls (&router->urls);
  return false;
}

static bool
find_router (Router *router)
{
  static const char *const types[] = {
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    NULL,
  };
  int error = 0;
  struct UPNPDev *devices;

  if (router->is_known)
    return true;
  devices = upnpDiscoverDevices (types, DISCOVERY_MS, router->client, NULL, UPNP_LOCAL_PORT_ANY, 0,
                                 TTL, &error, 0);
  for (struct UPNPDev *device = devices; device && !router->is_known; device = device->pNext)
    router->is_known = try_device (router, device);
  freeUPNPDevlist (devices);
  return router->is_known;
}

/* Places */

static Place *
find_place (Router *router, unsigned inside)
{
  for (int i = 0; i < PLACES_MAX; i++)
    if (router->places[i].inside == inside)
      return &router->places[i];
  return NULL;
}

static int
add (Router *router, unsigned inside, unsigned outside, unsigned seconds)
{
  char inside_text[PORT_TEXT], outside_text[PORT_TEXT], seconds_text[PORT_TEXT * 2];

  snprintf (inside_text, sizeof inside_text, "%u", inside);
  snprintf (outside_text, sizeof outside_text, "%u", outside);
  snprintf (seconds_text, sizeof seconds_text, "%u", seconds);
  return UPNP_AddPortMapping (router->urls.controlURL, router->data.first.servicetype, outside_text,
                              inside_text, router->client, DESCRIPTION, PROTOCOL, NULL,
                              seconds_text);
}

/* Some routers map for good or not at all. */
static int
add_for (Router *router, unsigned inside, unsigned outside, unsigned seconds)
{
  int code = add (router, inside, outside, seconds);

  return code == ONLY_PERMANENT ? add (router, inside, outside, 0) : code;
}

static unsigned
some_port (void)
{
  unsigned number = 0;

  if (getrandom (&number, sizeof number, GRND_NONBLOCK) != sizeof number)
    number = (unsigned) getpid ();
  return PORT_FIRST + number % PORTS;
}

/* The port outside; 0: none. */
static unsigned
map (Router *router, unsigned inside, unsigned seconds)
{
  Place *place = find_place (router, inside);
  unsigned outside = place ? place->outside : inside;
  int code = add_for (router, inside, outside, seconds);

  for (int i = 0; code == CONFLICT && i < OTHER_PORTS; i++)
    code = add_for (router, inside, outside = some_port (), seconds);
  if (!place)
    place = find_place (router, 0);
  if (code != UPNPCOMMAND_SUCCESS || !place)
    return 0;
  *place = (Place){ inside, outside };
  return outside;
}

static void
give_back (Router *router, Place *place)
{
  char outside[PORT_TEXT];

  if (place->inside == 0)
    return;
  snprintf (outside, sizeof outside, "%u", place->outside);
  UPNP_DeletePortMapping (router->urls.controlURL, router->data.first.servicetype, outside,
                          PROTOCOL, NULL);
  *place = (Place){ 0 };
}

/* Lines */

static bool
find_address (Router *router, char address[ADDRESS_TEXT])
{
  return find_router (router)
         && UPNP_GetExternalIPAddress (router->urls.controlURL, router->data.first.servicetype,
                                       address)
              == UPNPCOMMAND_SUCCESS;
}

static void
answer_address (Router *router)
{
  char address[ADDRESS_TEXT] = "";

  printf ("address %s\n", find_address (router, address) ? address : "none");
}

static void
answer_map (Router *router, unsigned port, unsigned seconds)
{
  char address[ADDRESS_TEXT] = "";
  unsigned outside = 0;

  if (find_address (router, address))
    outside = map (router, port, seconds);
  if (outside != 0)
    printf ("%u %s %u %u\n", port, address, outside, seconds);
  else
    printf ("%u none\n", port);
}

static void
answer_return (Router *router, unsigned port)
{
  Place *place = find_place (router, port);

  if (place)
    give_back (router, place);
  printf ("%u returned\n", port);
}

static bool
is_port (unsigned port)
{
  return port > 0 && port <= UINT16_MAX;
}

static void
answer (Router *router, const char *line)
{
  unsigned port, seconds;

  alarm (PATIENCE_S);
  if (sscanf (line, "map %u %u", &port, &seconds) == 2 && is_port (port))
    answer_map (router, port, seconds);
  else if (sscanf (line, "return %u", &port) == 1 && is_port (port))
    answer_return (router, port);
  else if (strcmp (line, "address\n") == 0)
    answer_address (router);
  fflush (stdout);
  alarm (0);
}

/* What it may: nothing but talk. */

static void
limit (int resource, rlim_t value)
{
  const struct rlimit both = { value, value };

  setrlimit ((__rlimit_resource_t) resource, &both);
}

static void
shed_rights (void)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

  if (!BG_IS_SANITIZED) /* which takes terabytes, of addresses */
    limit (RLIMIT_AS, MEMORY_BYTES);
  limit (RLIMIT_NOFILE, FILES_MAX);
  limit (RLIMIT_CORE, 0);
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  syscall (SYS_capset, &header, none);
}

/* Who ends all of a unit, or of a terminal, ends us with our input. */
static void
outlive_signals (void)
{
  signal (SIGPIPE, SIG_IGN);
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
}

static void
give_all_back (Router *router)
{
  alarm (FAREWELL_S);
  for (int i = 0; i < PLACES_MAX; i++)
    give_back (router, &router->places[i]);
}

int
main (int argc, char **argv)
{
  static Router router;
  char line[LINE_MAX_LEN];

  if (argc != 3)
    return 2;
  shed_rights ();
  outlive_signals ();
  router.gateway = argv[1];
  router.client = argv[2];
  while (fgets (line, sizeof line, stdin))
    answer (&router, line);
  give_all_back (&router);
  return 0;
}
