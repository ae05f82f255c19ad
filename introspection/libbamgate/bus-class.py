#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a class of libbamgate has of its bus interface, made from the XML: bus-class.py header|source CLASS XML >FILE

A property becomes a property of the class and a getter. A method becomes three functions: one that calls back, its _finish, and
one that blocks, _sync. What is said of them is the comment in the XML. `Since` is the annotation org.gtk.GDBus.Since.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

FIRST_VERSION = "0.1"
# The list model is better; what is said is translated already (bamgate-words.c).
SKIPPED = {"Peers", "Reasons", "ExplainError"}
RENAMED = {"Import": "import_text"}  # a keyword of Python and Vala
ENUMERATIONS = {("Client", "State"): "State", ("Client", "SignalingState"): "SignalingState",
                ("Peer", "State"): "PeerState", ("Peer", "Kind"): "PeerKind", ("Peer", "Path"): "Path"}
DEFAULTS = {("Peer", "Latency"): -1}
KEPT = {"SetStatisticsInterval": "bamgate_client_keep_interval (self, milliseconds)"}  # for a daemon that comes later

# Signature: C type, how the store calls it, and what is returned.
PROPERTY_TYPES = {
    "s": ("const char *", "string", "the text"),
    "as": ("const char *const *", "list", "(transfer none) (array zero-terminated=1): the list"),
    "b": ("gboolean ", "boolean", "the value"),
    "u": ("guint ", "uint", "the number"),
    "x": ("gint64 ", "int64", "microseconds"),
    "t": ("guint64 ", "uint64", "the number"),
    "a{st}": ("GVariant *", "variant", "(transfer full) (nullable): `a{st}`"),
    "a{sv}": ("GVariant *", "variant", "(transfer full) (nullable): `a{sv}`"),
    "a(sqs)": ("GVariant *", "variant", "(transfer full) (nullable): `a(sqs)`"),
}
# Signature: C type, its part of the format of g_variant_new(), annotation.
ARGUMENT_TYPES = {
    "s": ("const char *", "s", ""),
    "o": ("const char *", "o", ""),
    "u": ("guint ", "u", ""),
    "b": ("gboolean ", "b", ""),
    "a{sv}": ("GVariant *", "@a{sv}", "(nullable): `a{sv}`"),
}
# Signature: C type of the function, of an argument for what it returns, annotation, what is returned, and how it is taken.
RESULT_TYPES = {
    None: ("gboolean ", None, "", "whether it worked", "bamgate_call_take_nothing (%s)"),
    "a{sv}": ("GVariant *", None, "(transfer full): ", "`a{sv}`, see there", "bamgate_call_take_only (%s)"),
    "aa{sv}": ("GVariant *", None, "(transfer full): ", "`aa{sv}`, see there", "bamgate_call_take_only (%s)"),
    "t": ("gboolean ", "guint64 *", "", "whether it worked", "bamgate_call_take_uint64 (%s, {})"),
}
ABOUT_ARGUMENTS = {
    "self": "the {class}", "cancellable": "(nullable): ends the waiting, not the work",
    "callback": "(scope async): called when it is done", "user_data": "for @callback",
    "result": "what the callback got", "error": "what went wrong",
}
ENTRY = re.compile(r"^\s*\* ([a-z0-9-]+) \((\S+)\): ?", re.MULTILINE)


def split(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class BusClass:
    def __init__(self, name, xml):
        self.name, self.type, self.prefix = name, f"Bamgate{name}", f"bamgate_{name.lower()}_"
        self.own = "self->" if name == "Client" else "self->object."
        node = tree.parse(xml, tree.XMLParser(target=tree.TreeBuilder(insert_comments=True))).getroot()
        self.interface = node.find("interface")
        self.bus_name = self.interface.get("name")
        self.members = [*self.documented()]
        self.links = {}
        for member, _ in self.members:
            bus_name = member.get("name")
            if member.tag == "property" and bus_name not in SKIPPED:
                self.links[bus_name] = f"[property@{name}:{split(bus_name).replace('_', '-')}]"
            elif member.tag == "method":
                self.links[bus_name] = f"[method@{name}.{self.function(member)}]"

    def documented(self):
        comment = None
        for element in self.interface:
            if element.tag is tree.Comment:
                comment = element.text
            elif element.get("name") not in SKIPPED:
                assert comment, f"{self.bus_name}.{element.get('name')}: not documented in the XML"
                yield element, comment
                comment = None

    def each(self, tag):
        return [(element, comment) for element, comment in self.members if element.tag == tag]

    @staticmethod
    def function(method):
        return RENAMED.get(method.get("name"), split(method.get("name")))

    # --- Documentation ---

    def link(self, text):
        """Names of other members, but for words that begin a sentence."""
        return re.sub(r"(?<=[a-z,] )[A-Z]\w+\b", lambda found: self.links.get(found[0], found[0]), " ".join(text.split()))

    def paragraphs(self, comment):
        for block in re.split(r"\n\s*\n", comment.strip()):
            lead = ENTRY.search(block)
            if not lead or lead.start():
                yield self.link(block[:lead.start() if lead else None])
            if lead:
                entries = re.split(r"\n(?=\s*\* )", block[lead.start():])
                yield "\n".join(ENTRY.sub(r"- `\1` (`\2`): ", " ".join(e.split()).replace("* ", "* ", 1)) for e in entries)

    @staticmethod
    def since(member):
        for annotation in member.iter("annotation"):
            if annotation.get("name") == "org.gtk.GDBus.Since":
                return annotation.get("value")
        return FIRST_VERSION

    def block(self, head, parameters, body, returns, since):
        lines = [head, *(f"@{name}: {about}" for name, about in parameters), "", *"\n\n".join(body).split("\n")]
        if returns:
            lines += ["", f"Returns: {returns}"]
        lines += ["", f"Since: {since}"]
        print("/**", *(f" * {line}".rstrip() for line in lines), " */", sep="\n")

    # --- Properties ---

    def property_row(self, member):
        bus_name, signature = member.get("name"), member.get("type")
        enumeration = ENUMERATIONS.get((self.name, bus_name))
        kind = f"bamgate_{split(enumeration)}_get_type" if enumeration else "NULL"
        name = split(bus_name).replace("_", "-")
        return f'  {{ "{name}", "{bus_name}", "{signature}", {kind}, {DEFAULTS.get((self.name, bus_name), 0)} }},'

    def getter(self, member):
        """→ C type, name, what the store calls it, what is returned."""
        bus_name, signature = member.get("name"), member.get("type")
        enumeration = ENUMERATIONS.get((self.name, bus_name))
        c_type, kind, returns = PROPERTY_TYPES[signature]
        if enumeration:
            c_type, kind, returns = f"Bamgate{enumeration} ", "enum", "the value"
        verb = "dup" if kind == "variant" else "get"
        return c_type, f"{self.prefix}{verb}_{split(bus_name)}", kind, returns

    def write_property(self, index, member, comment):
        c_type, function, kind, returns = self.getter(member)
        body, since = [*self.paragraphs(comment)], self.since(member)
        name = split(member.get("name")).replace("_", "-")
        self.block(f"{self.type}:{name}: (getter {function.removeprefix(self.prefix)})", [], body, None, since)
        self.block(f"{function}: (get-property {name})", [self.about("self")], body, returns, since)
        print(f"{c_type.rstrip()}\n{function} ({self.type} *self)\n{{")
        nothing = " NULL" if c_type.endswith("*") else " 0"
        print(f"  g_return_val_if_fail (BAMGATE_IS_{self.name.upper()} (self),{nothing});")
        print(f"  return bamgate_properties_get_{kind} (&{self.own}properties, {index});\n}}\n")

    # --- Methods ---

    def about(self, name, signature=None, options=""):
        if signature == "a{sv}":
            return name, f"(nullable): `a{{sv}}`{options}"
        if name in ABOUT_ARGUMENTS:
            return name, ABOUT_ARGUMENTS[name].replace("{class}", self.name.lower())
        return name, f"the {name}"

    @staticmethod
    def arguments(method, direction):
        return [(a.get("name"), a.get("type")) for a in method.iter("arg") if a.get("direction", "in") == direction]

    def forms(self, method):
        """→ suffix, C type, parameters (C declaration, name, signature) of the three functions."""
        given = [(f"{ARGUMENT_TYPES[s][0]}{n}", n, s) for n, s in self.arguments(method, "in")]
        results = self.arguments(method, "out")
        assert len(results) < 2, f"{method.get('name')}: more than one result"
        c_type, out_type, *_ = RESULT_TYPES[results[0][1] if results else None]
        out = [(f"{out_type}{results[0][0]}", results[0][0], "out")] if out_type else []
        me = [(f"{self.type} *self", "self", None)]
        cancellable, error = ("GCancellable *cancellable", "cancellable", None), ("GError **error", "error", None)
        callback = [("GAsyncReadyCallback callback", "callback", None), ("gpointer user_data", "user_data", None)]
        yield "", "void ", me + given + [cancellable] + callback
        yield "_finish", c_type, me + [("GAsyncResult *result", "result", None)] + out + [error]
        yield "_sync", c_type, me + given + out + [cancellable, error]

    def parameters(self, method, form):
        for _, name, signature in form:
            if signature == "out":
                yield name, "(out): " + ("microseconds" if name == "latency" else f"the {name}")
            else:
                yield self.about(name, signature, ", see there" if method else "")

    def write_method(self, method, comment):
        name, since = self.function(method), self.since(method)
        results = self.arguments(method, "out")
        _, out_type, annotation, about, take = RESULT_TYPES[results[0][1] if results else None]
        if out_type:
            take = take.format(results[0][0])
        there = f"[method@{self.name}.{name}]"
        bodies = {"": [*self.paragraphs(comment)], "_finish": [f"Ends {there}."],
                  "_sync": [f"{there} that blocks until it is done."]}
        for suffix, c_type, form in self.forms(method):
            parameters = [*self.parameters(suffix, form)]
            returns = annotation + about if suffix else None
            self.block(f"{self.prefix}{name}{suffix}:", parameters, bodies[suffix], returns, since)
            print(f"{c_type.rstrip()}\n{self.prefix}{name}{suffix} ({', '.join(declaration for declaration, *_ in form)})\n{{")
            self.write_body(method, suffix, take)
            print("}\n")

    def write_body(self, method, suffix, take):
        given = self.arguments(method, "in")
        packed = "NULL"
        if given:
            formats = "".join(ARGUMENT_TYPES[s][1] for _, s in given)
            values = ", ".join(f"bamgate_call_dict ({n})" if s == "a{sv}" else n for n, s in given)
            packed = f'g_variant_new ("({formats})", {values})'
        if suffix == "_finish":
            print(f"  return {take % 'bamgate_call_finish (self, result, error)'};")
            return
        results = self.arguments(method, "out")
        reply = f'"({results[0][1]})"' if results else "NULL"  # a newer daemon may say more
        called = f'&{self.own}target, "{method.get("name")}", {reply}, {packed}, cancellable'
        guard = "g_return_val_if_fail (%s, " + ("NULL" if "take_only" in take else "FALSE") + ");" if suffix \
            else "g_return_if_fail (%s);"
        print("  " + guard % f"BAMGATE_IS_{self.name.upper()} (self)")
        for name, signature in given:
            if signature in ("s", "o"):
                print("  " + guard % f"{name} != NULL")
        if method.get("name") in KEPT:
            print(f"  {KEPT[method.get('name')]};")
        if suffix:
            print(f"  return {take % f'bamgate_call_sync ({called}, error)'};")
        else:
            print(f"  bamgate_call (self, {called}, callback, user_data);")

    # --- Files ---

    def write_header(self):
        print(f'#pragma once\n\n#include "bamgate-types.h"\n\nG_BEGIN_DECLS\n')
        for member, _ in self.each("property"):
            c_type, function, *_ = self.getter(member)
            print(f"{c_type}{function} ({self.type} *self);")
        for method, _ in self.each("method"):
            print()
            for suffix, c_type, form in self.forms(method):
                print(f"{c_type}{self.prefix}{self.function(method)}{suffix} ({', '.join(d for d, *_ in form)});")
        print("\nG_END_DECLS")

    def write_source(self):
        lower = self.name.lower()
        print(f'#include "bamgate-{lower}-bus.h"\n\n#include "bamgate-enum-types.h"\n#include "bamgate-{lower}-private.h"\n')
        print(f"const BamgateProperty {self.prefix}bus_properties[] = {{")
        print("\n".join(self.property_row(member) for member, _ in self.each("property")))
        print("  { NULL },\n};\n")
        for index, (member, comment) in enumerate(self.each("property")):
            self.write_property(index, member, comment)
        for method, comment in self.each("method"):
            self.write_method(method, comment)


def main(what, name, xml):
    made = BusClass(name, xml)
    print(f"/* Made from {pathlib.Path(xml).name}. SPDX-License-Identifier: LGPL-2.1-or-later */")
    made.write_header() if what == "header" else made.write_source()


if __name__ == "__main__":
    main(*sys.argv[1:])
