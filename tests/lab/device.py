# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an owner of a network does by HTTP (docs/devices.md), asked from a lab host with that machine's own credential."""

import json

CALL = """
import json, ssl, sys, urllib.error, urllib.request
call = json.load(sys.stdin)
context = ssl._create_unverified_context()  # the lab's own hub
body = None if call["body"] is None else json.dumps(call["body"]).encode()
request = urllib.request.Request(call["url"], body, {"Content-Type": "application/json", **call["headers"]}, method=call["method"])
try:
    answer = urllib.request.urlopen(request, timeout=10, context=context)
except urllib.error.HTTPError as error:
    answer = error
text = answer.read().decode()
print(json.dumps({"status": answer.status, "text": text}))
"""


class Answer:
    def __init__(self, status, text):
        self.status, self.text = status, text
        self.json = json.loads(text) if text.startswith("{") else None


def call(host, base, method, path, body=None, bearer=None):
    """One request from `host`."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    said = json.dumps({"url": base + path, "method": method, "body": body, "headers": headers})
    return Answer(**json.loads(host.out("/usr/bin/python3", "-c", CALL, input=said)))


class Credential:
    """A machine's, read from its secrets; renewing it here does not disturb the machine, since nothing is rotated."""

    def __init__(self, machine, base):
        self.machine, self.base = machine, base
        self.id, self.refresh_token = self.read(machine)[:2]

    @staticmethod
    def read(machine):
        """Id, refresh token and, where there is one, that of before; nothing where it has none."""
        file = machine.secrets / "device-credential"
        return file.read_text(encoding="ascii").split() if file.exists() else []

    def access(self):
        answer = call(self.machine.host, self.base, "POST", "/auth/refresh",
                      {"device_id": self.id, "refresh_token": self.refresh_token, "rotate": False})
        assert answer.status == 200, answer.text
        return answer.json["access_token"]

    def call(self, method, path, body=None):
        answer = call(self.machine.host, self.base, method, path, body, self.access())
        assert answer.status == 200, answer.text
        return answer.json

    def devices(self):
        """{name: what the hub says of it}, of those that are in the network or wait"""
        listed = self.call("GET", "/auth/devices")["devices"]
        return {device["device_name"]: device for device in listed if device["state"] in ("active", "pending")}

    def rename(self, device_id, name):
        self.call("PATCH", f"/auth/devices/{device_id}", {"device_name": name})

    def approve(self, device_id):
        self.call("PATCH", f"/auth/devices/{device_id}", {"state": "active"})

    def revoke(self, device_id):
        self.call("DELETE", f"/auth/devices/{device_id}")
