# SPDX-License-Identifier: LGPL-2.1-or-later
"""Benchmarks: our paths beside those of others."""
