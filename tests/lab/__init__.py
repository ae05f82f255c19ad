# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small internet on one machine: hosts in network namespaces, joined by a router, with the real programs on them.

                      hub 198.51.100.18
                             |
    a 198.51.100.34 ---- r (router) ---- b 198.51.100.50
                             |
                      c 198.51.100.66 …

Every host has its own network and mount namespace, with a /run of its own; the whole lab lives in a process
namespace that ends with the program that opened it, so that nothing can outlive it.
"""

from .enter import NotOnThisMachine, enter
from .lab import Host, Lab
from .process import LabError, Process
from .wait import wait_for

__all__ = ["Host", "Lab", "LabError", "NotOnThisMachine", "Process", "enter", "wait_for"]
