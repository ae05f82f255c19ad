#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""House rules that no compiler checks. One function per rule; prints file:line: what, and exits with 1 for any."""

import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parent.parent

PROGRAM_ROOMS = ("common", "daemon", "transfers", "bamgatectl", "introspection", "gtk-applet", "nm-plugin", "worker")

# Who may include whom (docs/architecture.md, Doors). A room may always include itself.
DOORS = {
    "common": (),
    "daemon/packet": (),
    "daemon/wg": ("packet",),
    "daemon/transport": ("packet", "common"),
    "daemon/net": ("packet", "common"),
    "daemon/netstack": ("net/tun-device.h", "common"),
    "daemon/firewall": ("net", "common"),
    "daemon/dataplane": ("packet", "wg", "transport", "net/tun-device.h", "common/ip-prefix.h", "common/key-text.h"),
    "daemon/signaling": ("common",),
    "daemon/relay": ("signaling", "common"),
    "daemon/mapping": ("net", "common"),
    "daemon/names": ("common",),
    "daemon/membership": ("worker/core", "common"),
    "daemon/publish": ("net", "signaling/backoff.h", "common"),
    "daemon/ground": ("publish", "net", "common"),
    "daemon/files": ("common",),
    "daemon/peer": ("packet", "wg", "transport", "dataplane", "net", "signaling", "relay", "mapping", "membership", "common",
                    "worker/core/membership.h"),
    "daemon/uapi": ("packet", "wg", "dataplane", "common"),
    "daemon/doctor": ("net", "mapping", "signaling", "relay", "names", "common"),
    "secrets": ("introspection",),
    "daemon/app": ("packet", "wg", "transport", "net", "netstack", "firewall", "dataplane", "signaling", "relay", "mapping", "names", "membership", "publish", "ground", "files",
                   "peer", "uapi", "doctor", "common", "secrets/keyring.h", "worker/core/membership-entry.h"),
    "daemon/dbus": ("app", "common", "introspection"),
    "daemon/metrics": ("app", "dataplane/dataplane.h", "common"),
    "worker/core": (),
    "worker/hub": ("common", "worker/core"),
    "worker/cloudflare": ("worker/core",),
    "transfers": ("common",),
    "bamgatectl": ("common", "introspection", "secrets", "transfers", "wg/wg.h"),
    "introspection": ("common/words.h",),
    "gtk-applet": ("common", "secrets", "transfers"),
    "nm-plugin": ("common",),
}
PLAIN_C = ("daemon/packet/", "daemon/wg/", "daemon/dataplane/", "daemon/transport/path.", "daemon/transport/transport.",
           "daemon/transport/transport-udp.", "worker/core/", "worker/cloudflare/")

SOURCE_IDS = re.compile(r"\b(g_source_remove|g_(?:timeout|idle)_add(?:_seconds)?(?:_full|_once)?)\s*\(")
UNBOUNDED = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|system|popen|strtok|alloca)\s*\(")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")  # the rule itself
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
PROTOTYPE = re.compile(r"^[A-Za-z_][\w \t*]*?\**\s*\b([a-z]\w*) \(.*", re.ASCII)
PROSE = re.compile(r"README\.md|CONTRIBUTING\.md|docs/.*\.md|data/.*\.(?:[158]|in|conf|policy|bash|fish|zsh)|data/man/.*"
                   r"|introspection/.*\.xml|tests/cli/expected/.*\.txt")
# bamgated is the daemon, bamgate-hub or a Worker the hub. Not words: file names, D-Bus names, one word in quotes.
SERVICE = re.compile(r"(?<![\w.@/-])[Ss]ervices?(?![\w/-]|\.\w)|\b(?:[Ss]ignall?ing|[Bb]amgate|[Mm]esh) servers?\b|(?<![\w-])[Ss]erver (?:URL|pin)\b")
OTHER_SERVICES = re.compile(r"\[(?:D-BUS )?Service\]|\b(?:system|systemd|name|[Pp]ublished) services?\b|a\s+service or a server"
                            r"|[\"`\[][Ss]ervices?\b|^\.B services$", re.MULTILINE)
# About what machines publish, where a service is just that.
PUBLISHED = re.compile(r"docs/services\.md|bamgatectl/cmd-(?:publish|services)\.c|common/(?:service-item|words-services)\..*|daemon/publish/.*"
                       r"|gtk-applet/(?:ui/)?(?:publish-|services?-).*"
                       r"|daemon/app/(?:config-service|service-doors|tunnel-services)\..*|tests/cli/expected/(?:publish|services|help(?:-publish|-services)?\.txt|peers-show\.txt).*")
COMMENT_REACH = 6  # lines
SELF_EXPLAINING = re.compile(r"(_(new|ref|unref|free|clear|init|get_type|finish|quark|name)|_(get|is|has)_\w+)$")
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def tracked_files():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in names if (TOP / name).is_file()]


def read(name):
    return (TOP / name).read_text(encoding="utf-8")


def code_only(text):
    """The text with comments and string contents blanked, line numbers kept."""
    def blank(found):
        kept = found.group(0)
        return '""' if kept.startswith('"') else re.sub(r"[^\n]", " ", kept)
    return COMMENT_OR_TEXT.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def is_c(name):
    return name.endswith((".c", ".h"))


def is_worker_script(name):
    return name.startswith("worker/") and name.endswith(".js")


def is_program(name):
    return is_c(name) and name.startswith(PROGRAM_ROOMS)


def check_licence(name, text):
    if name.endswith((".c", ".h", ".py", ".xml", ".sh")) or is_worker_script(name) or name in ("dev", ".ci/run"):
        if text and "SPDX-License-Identifier: LGPL-2.1-or-later" not in "\n".join(text.splitlines()[:4]):
            yield 1, "no SPDX line at the top"


def check_marks(name, text):
    if not (is_c(name) or name.endswith((".js", ".py"))) or name == "tests/check-source.py":
        return
    for found in MARKS.finditer(text):
        yield line_of(text, found.start()), f"{found.group(1)}: do it, or file an issue"


def check_calls(name, text):
    if not is_program(name):
        return
    code = code_only(text)
    for found in SOURCE_IDS.finditer(code):
        yield line_of(code, found.start()), f"{found.group(1)}: timers are GSource *, never integer ids"
    for found in UNBOUNDED.finditer(code):
        yield line_of(code, found.start()), f"{found.group(1)}: has no bound, or runs a shell"


def room_of(name):
    rooms = [room for room in DOORS if name.startswith(room + "/")]
    return max(rooms, key=len) if rooms else None


def check_doors(name, text):
    room = room_of(name)
    if not is_c(name) or room is None:
        return
    own = room.removeprefix("daemon/")
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, path = found.groups()
        if quote == "<" and name.startswith(PLAIN_C) and path.startswith(("glib", "gio", "gobject", "gst/", "json-glib")):
            yield number, f"<{path}>: this room is plain C"
        if quote == '"' and "/" in path:
            allowed = any(path == door or path.startswith((door + "/")) for door in (own, room, *DOORS[room]))
            if not allowed and not path.startswith(PROGRAM_ROOMS_OF_OWN.get(room, ())):
                yield number, f'"{path}": no door leads there from {room}'


PROGRAM_ROOMS_OF_OWN = {"introspection": ("libbamgate/",), "worker/hub": ("hub/",)}


def check_documented(name, text):
    """Every function of a header has a comment beside it, or above it, or above the few lines it stands among."""
    if not (name.endswith(".h") and is_program(name)) or name.endswith("-private.h"):
        return
    last_comment, inside = -COMMENT_REACH, False
    for number, line in enumerate(text.splitlines(), 1):
        if "/*" in line or inside:
            last_comment = number
            inside = "*/" not in line[line.rfind("/*") if "/*" in line else 0:]
            continue
        found = PROTOTYPE.match(line)
        if found and number - last_comment > COMMENT_REACH and not SELF_EXPLAINING.search(found.group(1)) \
                and not line.startswith(("G_", "typedef", "static", "return", "#")):
            yield number, f"{found.group(1)}: no doc comment"


def check_rights(names):
    """A method that is missing in the table of rights is refused to all: name it."""
    table = TOP / "daemon/dbus/dbus-rights.c"
    rows = table.read_text(encoding="utf-8") if table.exists() else ""
    for name in names:
        if not re.fullmatch(r"introspection/org\.bamgate\..*\.xml", name):
            continue
        for interface in xml.etree.ElementTree.parse(TOP / name).iter("interface"):
            if interface.get("name").startswith("org.bamgate.SecretAgent"):
                continue  # of agents, which the daemon calls
            wanted = [method.get("name") for method in interface.iter("method")]
            wanted += [prop.get("name") for prop in interface.iter("property") if "write" in prop.get("access")]
            for method in wanted:
                if f'"{method}"' not in rows:
                    yield name, 1, f"{interface.get('name')}.{method}: no row in {table.relative_to(TOP)}"


def said(name, text):
    """What people read of a file, the rest blanked: of C the comments and the texts of more than a word."""
    if not is_program(name):
        return text if PROSE.fullmatch(name) else ""
    kept = [found.span() for found in COMMENT_OR_TEXT.finditer(text) if " " in found.group(0)]
    blank = list(re.sub(r"[^\n]", " ", text))
    for start, end in kept:
        blank[start:end] = text[start:end]
    return "".join(blank)


def check_words(name, text):
    if PUBLISHED.fullmatch(name):
        return
    words = said(name, text)
    others = [found.span() for found in OTHER_SERVICES.finditer(words)]
    for found in SERVICE.finditer(words):
        if not any(start <= found.start() < end for start, end in others):
            yield line_of(words, found.start()), f"“{found.group(0)}”: say daemon for bamgated, hub for where machines meet, unit for systemd's"


CHECKS = (check_licence, check_marks, check_calls, check_doors, check_documented, check_words)


def complaints():
    names = tracked_files()
    for name in names:
        if not (name.endswith((".c", ".h", ".js", ".py", ".xml", ".sh", "dev", ".ci/run")) or PROSE.fullmatch(name)):
            continue
        text = read(name)
        for check in CHECKS:
            for number, what in check(name, text):
                yield name, number, what
    yield from check_rights(names)


def main():
    found = sorted(set(complaints()))
    for name, number, what in found:
        print(f"{name}:{number}: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
