/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of endpoints and of what this machine publishes. */
#include "load-config.h"

static void
test_endpoints (TestDir *dir, gconstpointer data)
{
  static const struct
  {
    const char *line, *said;
  } bad[] = {
    { "[publish]\nsubnet=10.107.0.0/31\n",
      "[publish] subnet: “10.107.0.0/31” is not an IPv4 network of 8 to 30 bits (as in 10.107.0.0/16)" },
    { "[publish]\nsubnet=10.107.0.1/16\n",
      "[publish] subnet: “10.107.0.1/16” is not an IPv4 network of 8 to 30 bits (as in 10.107.0.0/16)" },
    { "[publish]\nsubnet6=10.0.0.0/8\n",
      "[publish] subnet6: “10.0.0.0/8” is neither auto, none nor an IPv6 network (as in fd00:107::/112)" },
    { "[publish]\nlisten=a/b\n",
      "[publish] listen: “a/b” is neither virtual, all, an address nor the name of an interface" },
    { "[publish]\nlisten-each=db.prod all;all\n",
      "[publish] listen-each: “all” is not a name of endpoints and where they are to be had (as in db.prod:5432 all)" },
    { "[publish]\non-conflict=network\n",
      "[publish] on-conflict: “network” is neither refuse nor port" },
    { "[publish]\nfirst-port=2\nlast-port=1\n", "[publish] first-port: it is above last-port" },
    { "[ngrok]\napi-url=http://api.example.org\n",
      "[ngrok] api-url: “http://api.example.org” is no address of an API (https://HOST, or http:// on this machine)" },
    { "[ngrok]\ningress=a:b:c\n",
      "[ngrok] ingress: “a:b:c” is no HOST or HOST:PORT of an ingress" },
    { "[ngrok]\ningress-ca=ca.pem\n",
      "[ngrok] ingress-ca: “ca.pem” is not a path from the root on (as in /etc/ssl/ca.pem)" },
    { "[ngrok]\nnames=a b\n", "[ngrok] names: “a b” is not a domain (as in corp.example.org)" },
  };
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[publish]\nsubnet=10.9.0.0/20\nsubnet6=none\nlisten=eth0\nlisten-each=db.prod:5432 all;app.prod "
    "10.0.0.1\n[ngrok]\nselector=endpoint.url in [\"a\", \"b\"]; true\nnames=*\n");
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpstr (config->publish_listen_each[1], ==, "app.prod 10.0.0.1");
  g_assert_cmpstr (config->ngrok_selector, ==, "endpoint.url in [\"a\", \"b\"]; true");
  g_assert_cmpstr (config->ngrok_api_url, ==, "https://api.ngrok.com");
  g_assert_cmpuint (config->publish_drain, ==, 30);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *said = g_strconcat ("bamgate.conf: ", bad[i].said, NULL);

      assert_refused (dir, bad[i].line, said);
    }
}

static void
test_services (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf",
    "[service web]\ntcp=127.0.0.1:8080\nudp=[::1]:53\npeers=a;b\n"
    "[service wiki]\nunix=/run/wiki\nport=80\nhttp-headers=true\ntls=true\n");
  g_autoptr (BgConfig) config = load_ok (dir);
  const BgService *web = config->services->pdata[0], *wiki = config->services->pdata[1];

  g_assert_cmpuint (config->services->len, ==, 2);
  g_assert_cmpuint (bg_service_port (web), ==, 8080);
  g_assert_true (bg_service_is_stream (web));
  g_assert_cmpstr (web->peers[1], ==, "b");
  g_assert_cmpuint (web->peer_connections, ==, 256);
  g_assert_cmpuint (bg_service_port (wiki), ==, 80);
  g_assert_true (wiki->http_headers && wiki->tls && !web->tls && !wiki->proxy_protocol);
}

static void
test_services_that_cannot_be (TestDir *dir, gconstpointer data)
{
#define IN "bamgate.conf: [service b] "
  assert_refused (dir, "[service a]\ntcp=127.0.0.1:80\n[service b]\nunix=/x\nport=80\n",
                  IN "port: the service “a” has port 80 already: give this one another port");
  assert_refused (dir, "[service b]\nport=80\n",
                  IN "tcp: a service needs one of tcp, unix and udp");
  assert_refused (dir, "[service b]\ntcp=127.0.0.1:80\nunix=/x\n",
                  IN "unix: a service has either tcp or unix");
  assert_refused (dir, "[service b]\nunix=/x\n",
                  IN "port: a service at a Unix socket needs a port at which peers reach it");
  assert_refused (dir, "[service b]\nudp=127.0.0.1:53\ntls=true\n",
                  IN "tls: this is for services that are reached by TCP, with tcp or unix");
  assert_refused (dir, "[service b]\nudp=127.0.0.1:53\nhttp-headers=true\n",
                  IN
                  "http-headers: this is for services that are reached by TCP, with tcp or unix");
  assert_refused (
    dir, "[service b]\ntcp=example.org:80\n",
    IN "tcp: “example.org:80” does not say where a service is (an address and a port, as in "
       "127.0.0.1:8080 or [::1]:8080)");
  assert_refused (dir, "[service b]\nunix=x\nport=1\n",
                  IN "unix: “x” is not the path of a Unix socket (as in /run/app/socket)");
  assert_refused (
    dir, "[service B.c]\ntcp=127.0.0.1:80\n",
    "bamgate.conf: [service B.c] port: “B.c” is not a name for a service (letters in lower "
    "case, digits and “-”, as in web)");
}

/* By TCP and by UDP are two. */
static void
test_services_beside_each_other (TestDir *dir, gconstpointer data)
{
  g_autofree char *path = test_dir_write (
    dir, "bamgate.conf", "[service a]\ntcp=127.0.0.1:53\n[service b]\nudp=127.0.0.1:53\n");
  g_autoptr (BgConfig) config = load_ok (dir);

  g_assert_cmpuint (config->services->len, ==, 2);
}

#define ADD(path, func) g_test_add (path, TestDir, NULL, test_dir_setup, func, test_dir_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/config-services/endpoints", test_endpoints);
  ADD ("/config-services/services", test_services);
  ADD ("/config-services/that-cannot-be", test_services_that_cannot_be);
  ADD ("/config-services/beside-each-other", test_services_beside_each_other);
  return g_test_run ();
}
