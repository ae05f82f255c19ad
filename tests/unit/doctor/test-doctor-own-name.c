/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether this machine finds its own name is asked as every program here asks, and not as the daemon does while an exit is in use. */
#include "doctor/checks.h"
#include "net/outside-names.h"

#define NAME "laptop.bamgate.internal"

static guint n_asked;

typedef struct
{
  GResolver parent;
} SystemResolver;

typedef struct
{
  GResolverClass parent;
} SystemResolverClass;

GType system_resolver_get_type (void);
G_DEFINE_TYPE (SystemResolver, system_resolver, G_TYPE_RESOLVER)

static void
lookup_async (GResolver *resolver, const char *name, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);

  g_assert_cmpstr (name, ==, NAME);
  n_asked++;
  g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string ("10.0.0.2")),
                         NULL);
}

static GList *
lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
system_resolver_class_init (SystemResolverClass *class)
{
  GResolverClass *resolver = G_RESOLVER_CLASS (class);

  resolver->lookup_by_name_async = lookup_async;
  resolver->lookup_by_name_finish = lookup_finish;
}

static void
system_resolver_init (SystemResolver *self)
{
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer answer)
{
  *(GAsyncResult **) answer = g_object_ref (result);
}

static char *
ask (void)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (GAsyncResult) answer = NULL;

  facts->state = BG_FACT_UP;
  facts->own_name = g_strdup (NAME);
  facts->dns_manager = "hosts";
  g_assert_true (bg_ip_prefix_parse ("10.0.0.2/24", &facts->addresses[facts->n_addresses++]));
  bg_check_dns_ask (facts, NULL, on_asked, &answer);
  while (!answer)
    g_main_context_iteration (NULL, TRUE);
  bg_check_dns_asked (facts, answer, findings);
  g_assert_cmpuint (findings->len, ==, 1);
  return g_strdup (((BgFinding *) findings->pdata[0])->found->text);
}

static void
test_with_an_exit (void)
{
  g_autoptr (GResolver) system = g_object_new (system_resolver_get_type (), NULL);
  g_autofree char *before = NULL, *with_exit = NULL;

  g_resolver_set_default (system);
  before = ask ();
  bg_outside_names_install ();
  bg_outside_names_use (TRUE);
  with_exit = ask ();
  g_assert_cmpstr (with_exit, ==, before);
  g_assert_cmpuint (n_asked, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/own-name/with-an-exit", test_with_an_exit);
  return g_test_run ();
}
