/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gettext from 'gettext';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Shell from 'gi://Shell';

import * as Main from 'resource:///org/gnome/shell/ui/main.js';
import * as PopupMenu from 'resource:///org/gnome/shell/ui/popupMenu.js';
import * as QuickSettings from 'resource:///org/gnome/shell/ui/quickSettings.js';

import {Tunnel} from './tunnel.js';

const {gettext: _, ngettext} = Gettext.domain('bamgate');
const named = title => ({title});
const setSubtitle = (toggle, subtitle) => toggle.set({subtitle});

