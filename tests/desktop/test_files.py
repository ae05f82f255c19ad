# SPDX-License-Identifier: LGPL-2.1-or-later
"""A file that another machine offers, and one that a file manager hands over: real daemons, the applet on one of them."""
import contextlib
import hashlib

import gi
import pytest

from lab.bamgate import program
from lab.mesh import Mesh
from session_bus import own_connection

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

MANAGER = "org.freedesktop.FileManager1"
MANAGER_XML = f"""<node><interface name="{MANAGER}">
  <method name="ShowItems"><arg type="as" direction="in"/><arg type="s" direction="in"/></method>
</interface></node>"""


class FileManager:
    """What it is asked to show."""

    def __init__(self, desktop):
        self.shown = []
        self.connection = own_connection(desktop, MANAGER)
        info = Gio.DBusNodeInfo.new_for_xml(MANAGER_XML).interfaces[0]
        self.connection.register_object("/org/freedesktop/FileManager1", info, self.on_call, None, None)

    def on_call(self, _connection, _sender, _path, _interface, _method, arguments, invocation):
        self.shown += arguments.unpack()[0]
        invocation.return_value(None)

    def close(self):
        self.connection.close_sync(None)


@pytest.fixture
def manager(desktop):
    with contextlib.closing(FileManager(desktop)) as made:
        yield made


@pytest.fixture
def pair(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        yield a, b


def downloads(tmp_path):
    """Where a desktop of this person's says that downloads go."""
    inbox, config = tmp_path / "Downloads", tmp_path / "config"
    config.mkdir()
    (config / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{inbox}"\n')
    return inbox, {"XDG_CONFIG_HOME": str(config)}


def send(machine, path, to):
    return machine.host.start(f"send-{len(machine.host.processes)}", program("bamgatectl"), "send", path, f"{to}:")


def test_an_offer_is_asked_about(pair, open_applet, notifications, manager, tmp_path):
    a, b = pair
    inbox, environment = downloads(tmp_path)
    photo = a.host.dir / "<b>photo.jpg"
    photo.write_bytes(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(100)))
    applet = open_applet(b, "--background", environment=environment)
    sent, title = send(a, photo, "b"), "“a” wants to send a file"
    applet.wait("the question", lambda: title in notifications.titles)
    assert notifications.body(title) == "_b_photo.jpg (3.2\u00a0kB)" and not inbox.exists()
    notifications.press(title, "Decline")
    assert sent.wait(20) == 1 and "declined" in sent.text()
    sent = send(a, photo, "b")
    applet.wait("the question", lambda: title in notifications.titles)
    notifications.press(title, "Accept")
    here = "A file of “a” is here"
    applet.wait("that it is here", lambda: here in notifications.titles)
    assert sent.wait(20) == 0 and (inbox / "_b_photo.jpg").read_bytes() == photo.read_bytes()
    notifications.press(here, "Show in Folder")
    applet.wait("the folder", lambda: manager.shown)
    assert manager.shown == [GLib.filename_to_uri(str(inbox / "_b_photo.jpg"), None)]
    sent = send(a, photo, "b")
    applet.wait("the question", lambda: title in notifications.titles)
    sent.signal(2)
    applet.wait("that nobody asks any more", lambda: title not in notifications.titles)


def test_files_are_sent_from_a_file_manager(pair, open_applet, notifications, tmp_path):
    a, b = pair
    inbox, environment = downloads(tmp_path)
    note = tmp_path / "note.txt"
    note.write_text("hello")
    applet = open_applet(a, "--background", environment=environment)
    applet.call("Open", GLib.Variant("(asa{sv})", ([note.as_uri()], {})))
    applet.press("Send to “b”")
    asked = "“b” is asked to take a file"
    applet.wait("that it is offered", lambda: asked in notifications.titles)
    b.ctl("receive", "--all", "--directory", inbox)
    applet.wait("that it is there", lambda: "“b” has the file" in notifications.titles)
    assert (inbox / "note.txt").read_text() == "hello"
