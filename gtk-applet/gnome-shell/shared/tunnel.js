/* What the Shell knows of the tunnel: its state, by a proxy that wakes nobody, and its peers when somebody asks. */

const NAME = 'org.bamgate.Tunnel1';
const PATH = '/org/bamgate/Tunnel1';
const PEER = 'org.bamgate.Tunnel1.Peer';
const PATIENCE_MS = 120000; // a person may have to type a password
const ICON = 'org.bamgate.Applet-';

/* By the state of the tunnel: icon, whether a switch shows it as on, and the words. */
const STATES = {
    'off': ['off', false, () => _('Off')],
    'starting': ['connecting', true, () => _('Connecting…')],
    'online': ['online', true, () => _('Online')],
    'degraded': ['attention', true, () => _('Online, with trouble')],
    'stopping': ['connecting', false, () => _('Turning off…')],
    'failed': ['attention', false, () => _('Could not connect')],
};
const UNKNOWN = ['off', false, () => _('The daemon is not running')];

/* What is said of an exit, by how it is. */
const EXITS = {
    'active': name => fillIn(_('Exit: %s'), name),
    'connecting': name => fillIn(_('Exit: %s (waiting)'), name),
    'lost': name => fillIn(_('Exit: %s (lost)'), name),
};

const PEER_STATES = {
    'disconnected': () => _('not connected'),
    'connecting': () => _('connecting…'),
    'connected': () => _('connected'),
    'refused': () => _('refused'),
    'idle': () => _('ready'),
};

function fillIn(words, name) {
    return words.replace('%s', () => name);
}

function unpackPeer(interfaces) {
    const {Id, State, Relayed} = interfaces[PEER];
    const state = State.unpack();

    return {
        id: Id.unpack(),
        isConnected: state === 'connected',
        words: Relayed.unpack() && state === 'connected' ? _('connected through a relay') : PEER_STATES[state]?.() ?? '',
    };
}

function comparePeers(one, other) {
    return other.isConnected - one.isConnected || GLib.utf8_collate(one.id, other.id);
}

var Tunnel = class {
    /* `connection`: the system bus; `onChanged` is called when there is something else to show. */
    constructor(connection, onChanged) {
        this._cancellable = new Gio.Cancellable();
        this._onChanged = onChanged;
        Gio.DBusProxy.new(connection, Gio.DBusProxyFlags.DO_NOT_AUTO_START, null, NAME, PATH, NAME, this._cancellable,
            (_source, result) => this._onProxyMade(result));
    }

    _onProxyMade(result) {
        try {
            this._proxy = Gio.DBusProxy.new_finish(result);
        } catch (error) {
            return; // no bus, or not wanted any more
        }
        this._ids = [
            this._proxy.connect('g-properties-changed', () => this._onChanged()),
            this._proxy.connect('notify::g-name-owner', () => this._onChanged()),
        ];
        this._onChanged();
    }

    destroy() {
        this._cancellable.cancel();
        for (const id of this._ids ?? [])
            this._proxy.disconnect(id);
        this._proxy = null;
        this._ids = null;
        this._onChanged = () => {};
    }

    _property(name) {
        const running = this._proxy?.g_name_owner;

        return running ? this._proxy.get_cached_property(name)?.unpack() ?? '' : '';
    }

    get _row() {
        return STATES[this._property('State')] ?? UNKNOWN;
    }

    /* How the exit is, in the bus's words; '' while none is used. */
    get _exit() {
        return this._property('ExitNode') ? this._property('ExitState') : '';
    }

    get iconName() {
        const [icon] = this._row;
        const exits = this._exit === 'active' && icon === 'online' ? 'exit' : icon;

        return `${ICON}${this.isBlocked ? 'blocked' : exits}-symbolic`;
    }

    /* Nothing goes out, for want of the exit. */
    get isBlocked() {
        return this._exit !== '' && this._exit !== 'active';
    }

    get isOn() {
        return this._row[1];
    }

    get words() {
        return EXITS[this._exit]?.(this._property('ExitNode')) ?? this._row[2]();
    }

    /* Why is the window's to say: the daemon's own words are English, and those of a terminal. */
    get needsHelp() {
        return this.isBlocked || ['degraded', 'failed'].includes(this._property('State'));
    }

    /* Promise of nothing; rejects with words for people. */
    turn(on) {
        return on ? this._call('Up', new GLib.Variant('(a{sv})', [{}])) : this._call('Down', null);
    }

    /* Promise of peers, connected ones first. */
    async listPeers() {
        if (!this._proxy?.g_name_owner)
            return [];
        const answer = await this._call('org.freedesktop.DBus.ObjectManager.GetManagedObjects', null);
        const [objects] = answer.deepUnpack();
        return Object.values(objects).filter(interfaces => PEER in interfaces).map(unpackPeer).sort(comparePeers);
    }

    _call(method, parameters) {
        if (!this._proxy)
            return Promise.reject(new Error(_('The daemon is not running')));
        return new Promise((resolve, reject) => {
            this._proxy.call(method, parameters, Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION, PATIENCE_MS,
                this._cancellable, (proxy, result) => {
                    try {
                        resolve(proxy.call_finish(result));
                    } catch (error) {
                        Gio.DBusError.strip_remote_error(error);
                        reject(error);
                    }
                });
        });
    }
};
