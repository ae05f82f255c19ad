# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub that the test itself is, for machines that trust it: it passes on what they say, and may say anything else."""

import threading

from .bamgate import Machine
from .fake_hub import FakeHub


class LyingHub:
    """A hub that two machines trust; it passes on what they say, remembers it, and can say it, or anything else, again."""

    def __init__(self):
        self.doors, self.joins, self.heard, self.threads = {}, {}, [], []

    def machine(self, host, address):
        door = self.doors[host.name] = FakeHub(host)
        machine = Machine(host, {
            "network": {"server-url": door.url},
            "device": {"name": host.name, "address": f"{address}/24", "autostart": True},
        }, {"token": "let-me-in"})
        machine.write_secret("device-key", machine.keys.private)
        machine.address = address
        self.threads.append(threading.Thread(target=self.serve, args=(host.name, door), daemon=True))
        self.threads[-1].start()
        return machine.start()

    def serve(self, name, door):
        while (event := door.events.get())["event"] != "end":
            if event["event"] == "frame":
                self.take(name, event["message"])
            else:
                self.note(name, event)

    def note(self, name, event):
        """Something else than a frame."""

    def take(self, name, message):
        self.heard.append(message)
        if message["type"] == "join":
            entry = {key: value for key, value in message.items() if key != "type"}
            self.doors[name].send({"type": "peers", "peers": list(self.joins.values())})
            for other in self.joins:
                self.doors[other].send({"type": "peers", "peers": [entry]})
            self.joins[name] = entry
        else:
            self.say(message)

    def say(self, message):
        self.doors[message["to"]].send(message)

    def offer_of(self, name):
        return next(message for message in reversed(self.heard)
                    if message["type"] == "offer" and message["from"] == name)

    def close(self):
        for door in self.doors.values():
            door.events.put({"event": "end"})
        for thread in self.threads:
            thread.join(10)
        for door in self.doors.values():
            door.close()
