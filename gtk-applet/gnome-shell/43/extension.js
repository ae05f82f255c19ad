/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported init */
const Main = imports.ui.main;
const Me = imports.misc.extensionUtils.getCurrentExtension();

class BamgateExtension {
    enable() {
        const quickSettings = Main.panel.statusArea.quickSettings;

        this._indicator = new Me.imports.toggle.BamgateIndicator();
        quickSettings._indicators.insert_child_at_index(this._indicator, 0);
        quickSettings._addItems(this._indicator.quickSettingsItems);
    }

    disable() {
        this._indicator.destroy();
        this._indicator = null;
    }
}

function init() {
    return new BamgateExtension();
}
