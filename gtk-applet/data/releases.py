#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""releases.py METAINFO CHANGELOG OUTPUT [developer]: the releases of debian/changelog, with what is new, in <releases/>; and who
the developers are as AppStream 1.0 wants it, which earlier ones refuse."""

import email.utils
import re
import sys
from xml.sax.saxutils import escape

ENTRY = re.compile(r"^bamgate \((?P<version>[^)]+)\).*?\n(?P<text>.*?)^ -- .*?>  (?P<date>.*?)$", re.MULTILINE | re.DOTALL)
POINT = re.compile(r"^  \* (.*(?:\n    .*)*)", re.MULTILINE)
MOST = 10


def release(entry):
    date = email.utils.parsedate_to_datetime(entry["date"]).date()
    points = [escape(" ".join(point.split())) for point in POINT.findall(entry["text"])]
    items = "".join(f"        <li>{point}</li>\n" for point in points)
    return (f'    <release version="{escape(entry["version"])}" date="{date}">\n      <description>\n        <ul>\n{items}'
            f"        </ul>\n      </description>\n    </release>\n")


def developer(text):
    return re.sub(r"<developer_name>(.*)</developer_name>", r'<developer id="org.bamgate"><name>\1</name></developer>', text)


def main(metainfo, changelog, output, *options):
    with open(changelog, encoding="utf-8") as file:
        found = [release(entry) for entry in ENTRY.finditer(file.read())][:MOST]
    with open(metainfo, encoding="utf-8") as file:
        text = file.read()
    assert found, f"{changelog}: no release"
    assert text.count("<releases/>") == 1, f"{metainfo}: no place for releases"
    text = developer(text) if "developer" in options else text
    with open(output, "w", encoding="utf-8") as file:
        file.write(text.replace("<releases/>", f"<releases>\n{''.join(found)}  </releases>"))


if __name__ == "__main__":
    main(*sys.argv[1:])
