#!/bin/sh -e
# SPDX-License-Identifier: LGPL-2.1-or-later
# A person's session in a machine: a display, a session bus, and the applet, looked at by eye.py. session.sh FILE
export HOME=/home/$(id -un) DISPLAY=:9 GDK_BACKEND=x11 GSK_RENDERER=cairo LC_ALL=C.UTF-8
cd "$HOME"
Xvfb :9 -screen 0 1000x720x24 -nolisten tcp -ac &
until [ -S /tmp/.X11-unix/X9 ]; do sleep 0.05; done
exec dbus-run-session -- sh -c 'bamgate-applet & exec /usr/bin/python3 /srv/desktop/eye.py "$1"' sh "$1"
