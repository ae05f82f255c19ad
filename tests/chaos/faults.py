# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines, and what a fault does to them and takes back."""

import signal

from lab.clock import Clock
from lab.mesh import Mesh

NAT_RULE = "flush chain ip nat out; add rule ip nat out oifname eth0 masquerade {}"
NAT_PORTS = {"kept": "", "random": "fully-random"}


class Stage:
    """A mesh; each machine, and the hub, behind a wire that can be impaired. `natted` names those behind a NAT of their own."""

    def __init__(self, net, names, natted, options=()):
        self.net, self.options = net, options
        self.mesh = Mesh(net)
        self.edges = {"hub": self.mesh.hub.host}  # the hosts at the router
        self.wires = {"hub": net.impair(self.mesh.hub.host)}
        self.mesh.__enter__()
        self.machines = {}
        self.clocks = {}
        for name in names:
            machine = self.mesh.machine(name, behind_nat=name in natted, start=False)
            self.machines[name] = machine
            self.clocks[name] = Clock(machine.host.dir)
            self.edges[name] = net.hosts[f"{name}-nat"] if name in natted else machine.host
            self.wires[name] = net.impair(self.edges[name])

    def start(self):
        for name in self.machines:
            self.start_daemon(name)
        for machine in self.machines.values():
            machine.wait_state("online")
        return self

    def start_daemon(self, name):
        self.machines[name].spawn(*self.options, env=self.clocks[name].env)

    def processes(self):
        return [self.mesh.hub.process, *(machine.daemon for machine in self.machines.values())]

    def complaints(self):
        """Of those that should run and do not."""
        return [f"{process.name} has ended: {process.crash() or process.output()}"
                for process in self.processes() if not process.is_running()]

    def begin(self, fault):
        BEGIN[fault.kind](self, fault)

    def end(self, fault):
        END.get(fault.kind, lambda stage, fault: None)(self, fault)


def kill(stage, fault):
    machine = stage.machines[fault.target]
    machine.kill()
    machine.wait_gone()


def start_again(stage, fault):
    stage.start_daemon(fault.target)


def freeze(stage, fault):
    stage.machines[fault.target].daemon.signal(signal.SIGSTOP)


def thaw(stage, fault):
    stage.machines[fault.target].daemon.signal(signal.SIGCONT)


def impair(stage, fault):
    stage.wires[fault.target].set(**fault.details)


def repair(stage, fault):
    stage.wires[fault.target].set()


def cut(stage, fault):
    stage.wires[fault.target].set(loss_percent=100)


def unplug(stage, fault):
    stage.wires[fault.target].box.run("ip", "link", "set", "in", "down")


def plug(stage, fault):
    stage.wires[fault.target].box.run("ip", "link", "set", "in", "up")


def move(stage, fault):
    stage.net.move(stage.machines[fault.target].host)


def move_edge(stage, fault):
    stage.net.move(stage.edges[fault.target])


def flush_nat(stage, fault):
    edge = stage.edges[fault.target]
    edge.run("nft", NAT_RULE.format(NAT_PORTS[fault.details["ports"]]))
    edge.run("conntrack", "-F")


def kill_hub(stage, fault):
    stage.mesh.hub.process.kill()


def stop_hub(stage, fault):
    stage.mesh.hub.stop()


def start_hub(stage, fault):
    stage.mesh.hub.start()


def step_clock(stage, fault):
    stage.clocks[fault.target].step(fault.details["by_s"])


BEGIN = {"kill": kill, "stop": freeze, "cut": cut, "unplug": unplug, "move": move, "nat-flush": flush_nat, "nat-move": move_edge,
         "hub-kill": kill_hub, "hub-restart": stop_hub, "hub-slow": impair, "clock-step": step_clock, "loss": impair,
         "reorder": impair, "duplicate": impair, "mtu": impair}
END = {"kill": start_again, "stop": thaw, "cut": repair, "unplug": plug, "hub-kill": start_hub, "hub-restart": start_hub,
       "hub-slow": repair, "loss": repair, "reorder": repair, "duplicate": repair, "mtu": repair}
