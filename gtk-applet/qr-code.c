/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qr-code.h"

#include <qrencode.h>
#include <string.h>

/* Of light modules all around, ISO 18004. */
#define QUIET_ZONE 4
#define SMALLEST 180

struct _AppletQrCode
{
  GtkWidget parent;
  char *text;
  QRcode *code; /* NULL: nothing to show */
};

enum
{
  PROP_TEXT = 1,
  PROPS
};
static GParamSpec *props[PROPS];

G_DEFINE_FINAL_TYPE (AppletQrCode, applet_qr_code, GTK_TYPE_WIDGET)

void
applet_qr_code_set_text (AppletQrCode *self, const char *text)
{
  if (g_strcmp0 (text, self->text) == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  g_clear_pointer (&self->code, QRcode_free);
  if (text && *text)
    self->code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TEXT]);
}

const char *
applet_qr_code_get_text (AppletQrCode *self)
{
  return self->text;
}

guint
applet_qr_code_get_modules (AppletQrCode *self)
{
  return self->code ? (guint) self->code->width : 0;
}

gboolean
applet_qr_code_is_dark (AppletQrCode *self, guint x, guint y)
{
  guint modules = applet_qr_code_get_modules (self);

  g_return_val_if_fail (x < modules && y < modules, FALSE);
  return self->code->data[y * modules + x] & 1;
}

static void
draw_modules (AppletQrCode *self, GtkSnapshot *snapshot, float left, float top, float module)
{
  guint modules = applet_qr_code_get_modules (self);
  const GdkRGBA dark = { 0, 0, 0, 1 };

  for (guint y = 0; y < modules; y++)
    for (guint x = 0; x < modules; x++)
      if (applet_qr_code_is_dark (self, x, y))
        {
          graphene_rect_t rect = GRAPHENE_RECT_INIT (left + module * (float) (x + QUIET_ZONE),
                                                     top + module * (float) (y + QUIET_ZONE),
                                                     module, module);

          gtk_snapshot_append_color (snapshot, &dark, &rect);
        }
}

static void
applet_qr_code_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AppletQrCode *self = APPLET_QR_CODE (widget);
  int room = MIN (gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  int count = (int) applet_qr_code_get_modules (self) + 2 * QUIET_ZONE;
  int module = MAX (room / count, 1), size = module * count;
  int left = (gtk_widget_get_width (widget) - size) / 2,
      top = (gtk_widget_get_height (widget) - size) / 2;
  const GdkRGBA light = { 1, 1, 1, 1 };
  graphene_rect_t ground = GRAPHENE_RECT_INIT ((float) left, (float) top, (float) size,
                                               (float) size);

  if (!self->code)
    return;
  gtk_snapshot_append_color (snapshot, &light, &ground);
  draw_modules (self, snapshot, (float) left, (float) top, (float) module);
}

/* Three pixels for each module are what a telephone reads at arm's length. */
static void
applet_qr_code_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  int count = (int) applet_qr_code_get_modules (APPLET_QR_CODE (widget)) + 2 * QUIET_ZONE;

  *minimum = MAX (SMALLEST, 3 * count);
  *natural = MAX (SMALLEST, 4 * count);
}

static void
applet_qr_code_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TEXT)
    g_value_set_string (value, APPLET_QR_CODE (object)->text);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_qr_code_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_TEXT)
    applet_qr_code_set_text (APPLET_QR_CODE (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_qr_code_finalize (GObject *object)
{
  AppletQrCode *self = APPLET_QR_CODE (object);

  g_free (self->text);
  g_clear_pointer (&self->code, QRcode_free);
  G_OBJECT_CLASS (applet_qr_code_parent_class)->finalize (object);
}

static void
applet_qr_code_class_init (AppletQrCodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = applet_qr_code_get_property;
  object_class->set_property = applet_qr_code_set_property;
  object_class->finalize = applet_qr_code_finalize;
  widget_class->snapshot = applet_qr_code_snapshot;
  widget_class->measure = applet_qr_code_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  props[PROP_TEXT] = g_param_spec_string (
    "text", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, PROPS, props);
}

static void
applet_qr_code_init (AppletQrCode *self)
{
}

GtkWidget *
applet_qr_code_new (void)
{
  return g_object_new (APPLET_TYPE_QR_CODE, NULL);
}
