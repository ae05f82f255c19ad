# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes over a connection to an ingress before its bytes do: a length of two bytes, lowest first, and a protobuf message. Written by hand,
so that it shares no mistake with the program that it tests."""

import struct

HEAD = struct.Struct("<H")
VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5


class Broken(Exception):
    """No message of protobuf."""


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, value):
    """`value`: int, text, bytes; what protobuf leaves out (0, "") is left out."""
    if value in (0, "", b"", None):
        return b""
    if isinstance(value, int):
        return varint(number << 3 | VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | BYTES) + varint(len(data)) + data


def frame(message):
    return HEAD.pack(len(message)) + message


def request(host, port, identity=b""):
    return frame(field(1, host) + field(2, port) + field(3, identity))


def identity(uid="", name="", namespace=""):
    return field(1, uid) + field(2, name) + field(3, namespace)


def response(endpoint_id="", proto="", error_code="", error_message="", notices=(), extra=b""):
    """`extra` is put before everything else: fields of next year."""
    message = extra + field(1, endpoint_id) + field(2, proto) + field(3, error_code) + field(4, error_message)
    return frame(message + b"".join(field(5, field(1, notice) or b"\x0a\x00") for notice in notices))


def take_varint(data, at):
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Broken("a number that does not end")
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number & (1 << 64) - 1, at


def take(data, at, size):
    if at + size > len(data):
        raise Broken("cut short")
    return data[at:at + size], at + size


def fields(data):
    """(number, value) of each field in order."""
    at = 0
    while at < len(data):
        tag, at = take_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = take_varint(data, at)
        elif kind == BYTES:
            size, at = take_varint(data, at)
            value, at = take(data, at, size)
        elif kind in (EIGHT, FOUR):
            value, at = take(data, at, 8 if kind == EIGHT else 4)
        else:
            raise Broken(f"wire type {kind}")
        if not number:
            raise Broken("field 0")
        yield number, value


def decode_request(message):
    """{"host", "port", "identity"}."""
    found = dict(fields(message))
    host, port, who = found.get(1, b""), found.get(2, 0), found.get(3, b"")
    if not isinstance(host, bytes) or not isinstance(port, int) or not isinstance(who, bytes):
        raise Broken("a field of another kind")
    return {"host": host.decode(), "port": port, "identity": {number: value.decode() for number, value in fields(who) if number < 4}}
