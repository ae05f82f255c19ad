/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* bamgatectl hub deploy, and update: how things are is looked at, and what is missing done, until nothing is. A run that ended
 * anywhere is continued by the next in the same way. */

#include "bamgatectl/hub-work.h"
#include "bamgatectl/input.h"
#include "bamgatectl/worker-upload.h"
#include "bamgatectl/worker-version.h"

#include <string.h>

enum
{
  ROUNDS = 4,
  BETWEEN_ROUNDS_MS = 1000,
};

typedef struct
{
  HubWork *work;
  gboolean is_update;
  GPtrArray *said; /* WorkerVariable, by options */
  gboolean is_new; /* something was changed now, and takes its time to be seen everywhere */
  gboolean was_there;
} Deploying;

/* --- Variables --- */

/* docs/worker.md has them. */
static const char *const settings[] = { "SUBNET",          "SUFFIX",        "PUBLIC_URL",
                                        "INVITE_LIFETIME", "SHARED_TOKEN",  "APPROVE_DEVICES",
                                        "GITHUB_OWNER",    "RELAY",         "RELAY_RATE",
                                        "RELAY_CEILING",   "MAX_PEERS",     "MAX_SOCKETS",
                                        "JOIN_TIMEOUT",    "PING_INTERVAL", NULL };

const char *
hub_check_setting (const char *assignment)
{
  const char *end = strchr (assignment, '=');
  g_autofree char *name = end ? g_strndup (assignment, (gsize) (end - assignment)) : NULL;

  if (!name)
    return _ ("hub: --set takes NAME=VALUE");
  if (g_str_equal (name, WORKER_TOKEN) || g_str_equal (name, WORKER_TURN_SECRET))
    return _ ("hub: secrets come from files: --token-file, --turn-secret-file");
  return g_strv_contains (settings, name) ? NULL
                                          : _ ("hub: --set knows no setting of this name; "
                                               "docs/worker.md lists them");
}

static void
say_setting (GPtrArray *said, const char *assignment)
{
  const char *end = strchr (assignment, '=');
  g_autofree char *name = g_strndup (assignment, (gsize) (end - assignment));

  g_ptr_array_add (said, worker_variable_new (name, g_strdup (end + 1), FALSE));
}

/* FALSE: the file will not do. */
static gboolean
read_variables (Deploying *self, GError **error)
{
  const HubOptions *options = self->work->options;
  char *secret;

  for (guint i = 0; options->set && options->set[i]; i++)
    say_setting (self->said, options->set[i]);
  if (!options->turn_secret_file)
    return TRUE;
  secret = input_read_secret (options->turn_secret_file, error);
  if (!secret)
    return FALSE;
  g_ptr_array_add (self->said, worker_variable_new (WORKER_TURN_SECRET, secret, TRUE));
  if (hub_token_is_fine (secret))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("%s: the relay's secret is one word of 16 to 256 ASCII characters"),
               options->turn_secret_file);
  return FALSE;
}

/* The token and secret of a Worker of the Go program stood where they can be read; they stay what they are. */
static void
take_over (GPtrArray *variables, const char *name, const char *text)
{
  if (text && hub_token_is_fine (text))
    g_ptr_array_add (variables, worker_variable_new (name, g_strdup (text), TRUE));
}

static gboolean
has_token (const WorkerSite *site)
{
  return worker_found_has (&site->found, WORKER_TOKEN)
         && (!site->found.plain_token || hub_token_is_fine (site->found.plain_token));
}

static void
copy_variable (gpointer variable, gpointer into)
{
  const WorkerVariable *from = variable;

  g_ptr_array_add (into, worker_variable_new (from->name, g_strdup (from->text), from->is_secret));
}

/* Those that an upload says; NULL: the token cannot be kept here. */
static GPtrArray *
collect_variables (Deploying *self, GError **error)
{
  g_autoptr (GPtrArray) variables = g_ptr_array_new_with_free_func (worker_variable_free);
  HubToken *token = &self->work->token;
  const WorkerSite *site = self->work->site;

  g_ptr_array_foreach (self->said, copy_variable, variables);
  take_over (variables, WORKER_TOKEN, site->found.plain_token);
  take_over (variables, WORKER_TURN_SECRET, site->found.plain_turn_secret);
  if (!has_token (site))
    {
      if (!hub_token_make (token, error))
        return NULL;
      g_ptr_array_add (variables, worker_variable_new (WORKER_TOKEN, g_strdup (token->text), TRUE));
    }
  return g_steal_pointer (&variables);
}

/* --- A round --- */

static gboolean
upload (Deploying *self, GError **error)
{
  HubWork *work = self->work;
  g_autoptr (GPtrArray) variables = collect_variables (self, error);
  g_autofree char *path = worker_site_path (work->site, "?bindings_inherit=strict");
  g_autoptr (JsonObject) answer = NULL;
  char *metadata = variables ? worker_upload_metadata (work->folder, work->site, variables) : NULL;
  SoupMultipart *form;

  if (!metadata)
    return FALSE;
  cloudflare_say (work->cloudflare, _ ("Uploading the Worker"));
  form = worker_upload_form (work->folder, metadata);
  input_free_secret (metadata);
  self->is_new = TRUE;
  answer = cloudflare_put_form (work->cloudflare, path, form, error);
  soup_multipart_free (form);
  if (answer)
    work->site->found.exists = TRUE;
  return answer != NULL;
}

static gboolean
publish (Deploying *self, GError **error)
{
  cloudflare_say (self->work->cloudflare, _ ("Letting the Worker be reached"));
  self->is_new = TRUE;
  return worker_site_publish (self->work->site, self->work->cloudflare, error);
}

static WorkerAge
age_of (const HubWork *work)
{
  if (!work->site->found.exists)
    return WORKER_ABSENT;
  return worker_version_compare (work->site->found.version,
                                 worker_folder_get_version (work->folder));
}

static WorkerDeed
decide (Deploying *self)
{
  gboolean is_changed = self->said->len > 0 || !has_token (self->work->site);

  return worker_version_decide (self->is_update ? WORKER_UPDATE : WORKER_DEPLOY,
                                age_of (self->work), is_changed, self->work->options->force);
}

/* NULL: nothing speaks against it. */
static char *
objection_to (Deploying *self, WorkerDeed deed, CtlExit *code)
{
  const WorkerSite *site = self->work->site;
  const char *here = worker_folder_get_version (self->work->folder);

  *code = deed == WORKER_REFUSE_ABSENT ? CTL_NOT_FOUND : CTL_FAILED;
  switch (deed)
    {
    case WORKER_REFUSE_ABSENT:
      return g_strdup_printf (
        _ ("hub: there is no Worker “%s” in the account: bamgatectl hub deploy "
           "makes it"),
        site->name);
    case WORKER_REFUSE_OLDER:
      return g_strdup_printf (_ ("hub: the Worker “%s” is there in version %s, and %s is here: "
                                 "bamgatectl hub update brings it up to date"),
                              site->name, site->found.version, here);
    case WORKER_REFUSE_NEWER:
      return g_strdup_printf (
        _ ("hub: the Worker “%s” is there in version %s, which is newer than %s "
           "here: bring bamgate up to date on this machine. --force puts the "
           "older one there; what the newer one stored it may not understand"),
        site->name, site->found.version, here);
    case WORKER_REFUSE_STRANGE:
      return g_strdup_printf (
        _ ("hub: the Worker “%s” that is there is no hub of this program, or was "
           "not put there by it: --name chooses another name, and --force "
           "replaces it"),
        site->name);
    default:
      if (deed == WORKER_LEAVE
          || worker_upload_knows_migration (self->work->folder, site->found.tag))
        return NULL;
      return g_strdup_printf (
        _ ("hub: what the Worker “%s” stored is of another program, or of a newer "
           "version (migration “%s”), and cannot be taken over: --name chooses "
           "another name"),
        site->name, site->found.tag);
    }
}

/* Something that another look explains. */
static gboolean
is_passing (const GError *error)
{
  return g_error_matches (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_UNSURE)
         || g_error_matches (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_CHANGED)
         || g_error_matches (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND);
}

static gboolean
act (Deploying *self, WorkerDeed deed, GError **error)
{
  if (deed == WORKER_UPLOAD && !upload (self, error))
    return FALSE;
  return self->work->site->found.is_public || publish (self, error);
}

/* CTL_OK with an error: another round may help. */
static CtlExit
round_once (Deploying *self, GError **error)
{
  HubWork *work = self->work;
  g_autofree char *objection = NULL;
  WorkerDeed deed;
  CtlExit code;

  cloudflare_say (work->cloudflare, _ ("Looking at the Worker that is there"));
  if (!worker_site_look (work->site, work->cloudflare, error))
    return CTL_OK;
  if (!self->is_new)
    self->was_there = work->site->found.exists;
  deed = decide (self);
  objection = objection_to (self, deed, &code);
  if (objection)
    {
      hub_work_end (work);
      return ctl_fail_with (code, "%s", objection);
    }
  act (self, deed, error);
  return CTL_OK;
}

static CtlExit
go_round (Deploying *self)
{
  for (guint i = 0;; i++)
    {
      GError *error = NULL;
      CtlExit code = round_once (self, &error);

      if (code != CTL_OK || !error)
        return code;
      if (!is_passing (error) || i + 1 == ROUNDS
          || !cloudflare_pause (self->work->cloudflare, BETWEEN_ROUNDS_MS))
        return hub_work_fail (self->work, error);
      g_error_free (error);
    }
}

/* --- What came of it --- */

static const char *
what_was_done (const Deploying *self)
{
  if (!self->is_new)
    return "nothing";
  return self->was_there ? "updated" : "deployed";
}

/* As a shell takes it, and people read it. */
static char *
quote_path (const char *path)
{
  return path[strspn (path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-+")] == '\0'
           ? g_strdup (path)
           : g_shell_quote (path);
}

/* The line that makes the first machine. */
static void
show_setup (const HubWork *work, Out *out)
{
  g_autofree char *file = quote_path (work->token.path);
  g_autofree char *command = g_strdup_printf (
    "bamgatectl setup --server https://%s --token-file %s", work->site->host, file);

  out_text (out, "setup_command", NULL, command);
  out_note (out, _ ("\nThe first machine of the network, as root:\n\n  %s\n"), command);
}

/* Does the token let in, after what was said now? */
static gboolean
is_token_enough (const Deploying *self)
{
  gboolean is_enough = !self->work->site->found.needs_credentials;

  for (guint i = 0; i < self->said->len; i++)
    {
      const WorkerVariable *variable = self->said->pdata[i];

      if (g_str_equal (variable->name, WORKER_SHARED_TOKEN))
        is_enough = !g_str_equal (variable->text, "no");
    }
  return is_enough;
}

static void
show (const Deploying *self, const WorkerStatus *door, Out *out)
{
  const HubWork *work = self->work;
  gboolean has_file = work->token.text && work->token.path;

  hub_work_show (work, out);
  out_text (out, "version", _ ("Version"), worker_folder_get_version (work->folder));
  out_text (out, "token_file", _ ("Token"), has_file ? work->token.path : "");
  out_text (out, "done", NULL, what_was_done (self));
  out_flag (out, "answers", NULL, door->answers);
  out_flag (out, "token_accepted", NULL, door->knows_token);
  if (!self->is_new)
    out_note (out, _ ("It was there already, in this version: nothing was changed."));
  if (!work->token.text)
    out_note (
      out, _ ("The network's token is not on this machine. Machines of the network let others in "
              "with: bamgatectl invite"));
  else if (has_file && door->knows_token && !self->is_update && is_token_enough (self))
    show_setup (work, out);
}

/* A token that is here, and another than the hub's. */
static CtlExit
judge_token (const Deploying *self, const WorkerStatus *door)
{
  const HubToken *token = &self->work->token;
  const char *where = token->path ? token->path : _ ("standard input");

  if (!token->text || door->knows_token)
    return CTL_OK;
  if (!self->is_update)
    return ctl_fail_with (CTL_FAILED, _ ("hub: the hub has another token than that of %s"), where);
  ctl_warn (_ ("hub: the hub has another token than that of %s"), where);
  return CTL_OK;
}

static CtlExit
fail_door (HubWork *work, const WorkerStatus *door)
{
  if (call_is_interrupted (work->call))
    return hub_work_fail (work, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, ""));
  hub_work_end (work);
  if (door->is_refusing)
    return ctl_fail_with (CTL_FAILED, _ ("hub: the Worker is there, and says: %s"), door->trouble);
  return ctl_fail_with (
    CTL_TIMEOUT,
    _ ("hub: the Worker is there, but does not answer at https://%s yet: %s. A new "
       "name may take some minutes; see: bamgatectl hub status"),
    work->site->host, door->trouble ? door->trouble : _ ("no answer"));
}

static CtlExit
wait_for_door (Deploying *self, Out *out)
{
  HubWork *work = self->work;
  g_auto (WorkerStatus) door = { 0 };
  gboolean is_ready;

  cloudflare_say (work->cloudflare, _ ("Waiting for the hub to answer"));
  is_ready = worker_door_wait (&door, work->cloudflare, work->site->host, work->token.text,
                               worker_folder_get_version (work->folder), self->is_new);
  if (!is_ready && !(door.answers && !call_is_interrupted (work->call)))
    return fail_door (work, &door);
  hub_work_end (work);
  if (out)
    show (self, &door, out);
  return judge_token (self, &door);
}

static CtlExit
put_there (Deploying *self)
{
  HubWork *work = self->work;
  GError *error = NULL;

  if (!read_variables (self, &error)
      || !hub_token_read (&work->token, work->options->token_file, work->site->host, &error))
    return hub_work_fail (work, error);
  return go_round (self);
}

CtlExit
hub_deploy_silently (HubWork *self)
{
  g_autoptr (GPtrArray) said = g_ptr_array_new_with_free_func (worker_variable_free);
  Deploying deploying = { .work = self, .said = said };
  CtlExit code = put_there (&deploying);

  return code == CTL_OK ? wait_for_door (&deploying, NULL) : code;
}

CtlExit
hub_deploy (HubWork *self, gboolean is_update)
{
  g_autoptr (GPtrArray) said = g_ptr_array_new_with_free_func (worker_variable_free);
  Deploying deploying = { .work = self, .is_update = is_update, .said = said };
  CtlExit code = put_there (&deploying);
  Out *out;

  if (code != CTL_OK)
    return code;
  out = out_new (self->ctl->json, FALSE);
  code = wait_for_door (&deploying, out);
  out_finish (out);
  return code;
}
