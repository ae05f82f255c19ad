/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>

/* One setting of the daemon as a row. */
typedef enum
{
  APPLET_SETTING_TEXT,   /* anything that is written as text: numbers, lists with ";" */
  APPLET_SETTING_SWITCH,
  APPLET_SETTING_CHOICE, /* one of some words */
} AppletSettingKind;

/* One of them; a list ends with NULL as value. */
typedef struct
{
  const char *value, *words;
} AppletChoice;

typedef struct
{
  const char       *key;   /* "device.mtu" */
  const char       *group; /* id in the window's .ui file */
  AppletSettingKind kind;
  const char       *title;
  const char       *subtitle; /* of switches; NULL for none */
  const AppletChoice *choices; /* of a choice */
} AppletSetting;

/* Called when the person has changed it; `value` is floating. */
typedef void (*AppletSettingChanged) (const AppletSetting *setting, GVariant *value, gpointer data);

GtkWidget *applet_setting_row_new (const AppletSetting *setting, AppletSettingChanged changed, gpointer data);
/* Shows what is so now, and no fault. */
void applet_setting_row_show (GtkWidget *row, GVariant *value);
/* The value was refused; what the person wrote stays. */
void applet_setting_row_refuse (GtkWidget *row);

/* Any value of the settings as text, lists with ";". Free with g_free(). */
char *applet_setting_to_text (GVariant *value);
