# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mesh whose machines, links and hub fail in turn, as a seed says: who is back when, what leaks, what is left behind."""
