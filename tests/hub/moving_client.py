# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an owner's machine says to both hubs while its network goes from one to the other (docs/devices.md, Moving)."""

import base64

from device_client import call

PAGE = 64  # rows that are sent at once
ELSEWHERE = "https://elsewhere.example"


def export(device, hub=None):
    """All rows, and what they come to."""
    rows, digest, count = [], None, 1
    while len(rows) < count:
        answer = call(hub or device.hub, "GET", f"/network/export?from={len(rows)}", token=device.access_token)
        assert answer.status == 200, answer.text
        assert digest in (None, answer["digest"]) and answer["version"] == 1
        rows, digest, count = rows + answer["rows"], answer["digest"], answer["count"]
        assert answer["next"] == len(rows)
    return rows, digest


def send(hub, rows, token=None, size=PAGE, **more):
    """Puts the rows there; the last answer."""
    answer = None
    for at in range(0, len(rows), size):
        body = {"version": 1, "from": at, "count": len(rows), "rows": rows[at:at + size], **more}
        answer = call(hub, "PUT", "/network/import", body, token or hub.token)
        if answer.status != 200:
            break
    return answer


def carry(device, other):
    """Takes the network of a device over; what it came to at the old hub."""
    rows, digest = export(device)
    answer = send(other, rows)
    assert answer.status == 200 and answer["done"], answer.text
    return digest


def moved(device, other=None, digest=None, entry=None, pin=""):
    body = {"url": other.url if other else ELSEWHERE, "pin": pin, "digest": digest}
    if entry:
        body["entries"] = [base64.b64encode(entry).decode()]
    return device.call("PUT", "/network/moved", body)


def move(device, other):
    digest = carry(device, other)
    answer = moved(device, other, digest)
    assert answer.status == 200, answer.text
