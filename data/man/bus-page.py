#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The man page of a bus interface, made from its XML: bus-page.py XML RIGHTS TAIL VERSION DATE >PAGE

What is written: the comment before a property, method, signal or interface. A blank line in it begins a paragraph, a line
that begins with “* name (type):” an entry of a dictionary. RIGHTS is daemon/dbus/dbus-rights.c, whose table says what polkit is
asked; TAIL is the rest of the page in roff. A member without a word about it is an error.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

ENTRY = re.compile(r"^\s*\* ([a-z0-9-]+) \((\S+)\): ?", re.MULTILINE)
ROW = re.compile(r'\{ (\w+), "(\w+)", (?:BG_ACTION_(\w+)|NULL) \}')
DEFINED = re.compile(r'#define (\w+) "([\w.]+)"')


def escape(text):
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


class Page:
    def __init__(self, names):
        self.lines, self.names = [], names

    def macro(self, name, *words):
        quoted = ('"' + escape(word).replace('"', r"\(dq") + '"' for word in words)
        self.lines.append(" ".join([f".{name}", *quoted]))

    def text(self, words):
        """Members of the interface in bold, a sentence a line."""
        marked = re.sub(r"\b[A-Z]\w+\b", lambda found: rf"\fB{found[0]}\fP" if found[0] in self.names else found[0],
                        escape(" ".join(words.split())))
        self.lines += re.split(r"(?<=[.:;]) (?=[A-Z])", marked)

    def entries(self, block):
        starts = [*ENTRY.finditer(block)]
        self.macro("RS")
        for found, after in zip(starts, [*starts[1:], None]):
            self.macro("TP")
            self.lines.append(rf"\fB{escape(found[1])}\fP (\fI{escape(found[2])}\fP)")
            self.text(block[found.end():after.start() if after else None])
        self.macro("RE")

    def documentation(self, comment, between="IP"):
        for number, block in enumerate(re.split(r"\n\s*\n", comment.strip())):
            lead = ENTRY.search(block)
            words = block[:lead.start()] if lead else block
            if words.strip():
                if number:
                    self.macro(between)
                self.text(words)
            if lead:
                self.entries(block[lead.start():])


def documented(interface):
    """Each member with the comment before it."""
    comment = None
    for element in interface:
        if element.tag is tree.Comment:
            comment = element.text
            continue
        if element.tag in ("property", "method", "signal"):
            if not comment:
                sys.exit(f"{interface.get('name')}.{element.get('name')}: not documented in the XML")
            yield element, comment
        comment = None


def about(node, name):
    """Summary and description of the interface, from the comment before it."""
    for comment in node.iter(tree.Comment):
        text = comment.text.strip()
        if text.startswith(name + ":"):
            lines = text.splitlines()
            summary = re.sub(r"^\s*@short_description:\s*", "", lines[1])
            return summary, "\n".join(lines[2:])
    sys.exit(f"{name}: not documented in the XML")


def rights(path, interface):
    """Method to action of polkit; None: free."""
    text = path.read_text()
    defined = dict(DEFINED.findall(text))
    return {method: f"org.bamgate.Tunnel1.{action.lower()}" if action else None
            for name, method, action in ROW.findall(text) if defined.get(name) == interface}


def signature(element):
    def listed(direction):
        arguments = [a for a in element.iter("arg") if a.get("direction", "in") == direction]
        return ", ".join(rf"{a.get('type')} \fI{escape(a.get('name'))}\fP" for a in arguments)

    results = listed("out")
    return rf"\fB{element.get('name')}\fP({listed('in')})" + (rf" \(-> {results}" if results else "")


def write_members(page, interface, actions):
    members = [*documented(interface)]
    for tag, title in (("property", "PROPERTIES"), ("method", "METHODS"), ("signal", "SIGNALS")):
        chosen = [(e, c) for e, c in members if e.tag == tag]
        if chosen:
            page.macro("SH", title)
        for element, comment in chosen:
            page.macro("TP")
            if tag == "property":
                page.lines.append(rf"\fB{element.get('name')}\fP (\fI{element.get('type')}\fP)")
            else:
                page.lines.append(signature(element))
            page.documentation(comment)
            action = actions.get(element.get("name"))
            if tag == "method" and action:
                page.macro("IP")
                page.lines.append(rf"Right: \fB{action}\fP.")


def main(xml, rights_table, tail, version, date):
    node = tree.parse(xml, tree.XMLParser(target=tree.TreeBuilder(insert_comments=True))).getroot()
    interface = node.find("interface")
    name = interface.get("name")
    summary, description = about(node, name)
    page = Page({e.get("name") for e in interface if e.get("name")})
    page.lines.append(r".\" Made from the XML of the interface. SPDX-License-Identifier: LGPL-2.1-or-later")
    page.lines.append(f'.TH "{name}" 5 {date} "bamgate {version}" "D\\-Bus interfaces"')
    page.macro("SH", "NAME")
    page.lines.append(rf"{name} \- {escape(summary[0].lower() + summary[1:])}")
    page.macro("SH", "DESCRIPTION")
    page.documentation(description, "PP")
    write_members(page, interface, rights(pathlib.Path(rights_table), name))
    print("\n".join(page.lines))
    print(pathlib.Path(tail).read_text(), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
