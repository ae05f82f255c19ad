# SPDX-License-Identifier: LGPL-2.1-or-later
"""The medians as bars, an SVG without any library."""

from xml.sax.saxutils import escape

CHARTS = (("tcp_mbit_s", "TCP, one stream, Mbit/s"), ("udp1372_mbit_s", "UDP 1372 B whole, Mbit/s"),
          ("pps200", "200 B packets per second"), ("cpu_s_per_gb", "CPU seconds per GB"),
          ("ping_ms", "round trip, idle, ms"), ("ping_loaded_ms", "round trip, loaded, ms"))
WIDTH, BAR, GAP, LABEL = 760, 18, 6, 150


def chart(values, title, top):
    most = max(values.values())
    parts = [f'<text x="8" y="{top + 14}" font-weight="bold">{escape(title)}</text>']
    y = top + 24
    for name, value in values.items():
        length = (WIDTH - LABEL - 110) * value / most if most else 0
        parts.append(f'<text x="8" y="{y + 13}">{escape(name)}</text>'
                     f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" fill="#3584e4"/>'
                     f'<text x="{LABEL + length + 6:.1f}" y="{y + 13}">{value:,.2f}</text>')
        y += BAR + GAP
    return "\n".join(parts), y + 12


def svg(medians):
    parts, top = [], 8
    for name, title in CHARTS:
        values = {way: row[name] for way, row in medians.items() if name in row}
        if values:
            text, top = chart(values, title, top)
            parts.append(text)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" font-family="sans-serif" '
            f'font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
