/* SPDX-License-Identifier: LGPL-2.1-or-later */
import {Extension} from 'resource:///org/gnome/shell/extensions/extension.js';
import * as Main from 'resource:///org/gnome/shell/ui/main.js';

import {BamgateIndicator} from './toggle.js';

export default class BamgateExtension extends Extension {
    enable() {
        this._indicator = new BamgateIndicator();
        Main.panel.statusArea.quickSettings.addExternalIndicator(this._indicator);
    }

    disable() {
        this._indicator.destroy();
        this._indicator = null;
    }
}
