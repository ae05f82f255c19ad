#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proofs of the key that a device registers with (docs/devices.md) by other means than ours: pyca/cryptography and hmac. Writes
registration.json beside itself; --check compares instead."""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    print("python3-cryptography is not installed")
    sys.exit(77)

FILE = pathlib.Path(__file__).with_suffix(".json")
LABEL = b"bamgate registration 1"
PIN = base64.b64encode(bytes(range(32))).decode()


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def prove(private, point, challenge, public_key, name, host, pin=""):
    """The proof as bytes: `private` and `point` are the two sides, the device's or the hub's."""
    shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(point))
    key = HKDF(SHA256(), 32, None, LABEL).derive(shared)
    fields = challenge, public_key, name.encode(), host.encode(), pin.encode()
    covered = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return hmac.new(key, covered, hashlib.sha256).digest()


def answer(private, challenge, name, host, pin=""):
    """The device's answer to a challenge, both in base64."""
    said = base64.b64decode(challenge)
    return base64.b64encode(prove(private, said[8:], said, public(private), name, host, pin)).decode()


ROWS = [
    ("with a name", bytes([0xA1] * 32), bytes([0x51] * 32), 1800000000, "laptop", "hub.example", ""),
    ("with a pin", bytes([0xB2] * 32), bytes([0x52] * 32), 1800000001, "b", "192.0.2.7", PIN),
    ("with IPv6", bytes([0xC3] * 32), bytes([0x53] * 32), 2 ** 40 + 1, "x" * 63, "2001:db8::7", ""),
]


def vectors():
    rows = []
    for title, device, hub, until, name, host, pin in ROWS:
        challenge = struct.pack(">Q", until) + public(hub)
        proof = prove(device, public(hub), challenge, public(device), name, host, pin)
        assert proof == prove(hub, public(device), challenge, public(device), name, host, pin)
        rows.append({"title": title, "device": device.hex(), "hub": hub.hex(), "until": until,
                     "key": base64.b64encode(public(device)).decode(), "name": name, "host": host, "pin": pin, "challenge": base64.b64encode(challenge).decode(),
                     "proof": base64.b64encode(proof).decode()})
    return {"comment": "Made by registration.py. device, hub: private keys.", "vectors": rows}


def main():
    text = json.dumps(vectors(), indent=2) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE.name} is not what it would be made as")


if __name__ == "__main__":
    main()
