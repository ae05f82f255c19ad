/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported BamgateIndicator */
const {Gio, GLib, GObject, Shell} = imports.gi;
const {gettext: _, ngettext} = imports.gettext.domain('bamgate');
const Main = imports.ui.main;
const PopupMenu = imports.ui.popupMenu;
const QuickSettings = imports.ui.quickSettings;
const {Tunnel} = imports.misc.extensionUtils.getCurrentExtension().imports.tunnel;

const named = label => ({label});
const setSubtitle = () => {}; // later Shells have one

