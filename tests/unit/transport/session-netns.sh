#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two session-peer programs on two machines (network namespaces):
#   here [192.0.2.1 fd11::1, and as a tunnel 10.89.0.1] ── veth ── other [192.0.2.2 fd11::2, 10.89.0.2]
# session-netns.sh PROGRAM [SECONDS]; a TAP test where meson runs it, figures for people in any case.
set -eu
program=$1
seconds=${2:-1}

if [ -z "${SESSION_NETNS-}" ]; then
  [ "$(id -u)" = 0 ] && user= || user='--user --map-root-user'
  if ! unshare $user --net true 2>/dev/null; then
    echo "1..0 # SKIP this kernel allows no network namespace here"
    exit 0
  fi
  SESSION_NETNS=1 exec unshare $user --net "$0" "$@"
fi

dir=$(mktemp -d)
unshare --net sleep 60 &
other=$!
trap 'kill $other 2>/dev/null; rm -rf "$dir"' EXIT INT TERM
in_other() { nsenter --target $other --net "$@"; }

# until unshare(1) has done its work
while [ "$(readlink /proc/self/ns/net)" = "$(readlink /proc/$other/ns/net)" ]; do sleep 0.02; done
ip link add veth0 type veth peer name veth0 netns $other
ip link set lo up
in_other ip link set lo up
ip link set veth0 up
in_other ip link set veth0 up
ip -4 addr add 192.0.2.1/24 dev veth0
ip -4 addr add 10.89.0.1/24 dev veth0
ip -6 addr add fd11::1/64 dev veth0 nodad
in_other ip -4 addr add 192.0.2.2/24 dev veth0
in_other ip -4 addr add 10.89.0.2/24 dev veth0
in_other ip -6 addr add fd11::2/64 dev veth0 nodad

mkfifo "$dir/there" "$dir/back"
"$program" offer "$seconds" 10.89.0.0/24 <"$dir/back" | tee "$dir/offerer" >"$dir/there" &
offerer=$!
in_other "$program" answer "$seconds" 10.89.0.0/24 <"$dir/there" | tee "$dir/answerer" >"$dir/back"
wait $offerer
sed -n 's/^report /# /p' "$dir/offerer" "$dir/answerer"

n=0
check() {
  n=$((n + 1))
  what=$1
  shift
  if "$@"; then echo "ok $n $what"; else echo "not ok $n $what"; fi
}
check "both sides open" test "$(cat "$dir/offerer" "$dir/answerer" | grep -c '^report open')" = 2
check "messages arrived" grep -q '^report received bytes=[1-9]' "$dir/answerer"
check "the answerer learned of the close" grep -q '^report state=6' "$dir/answerer"
check "host pair" grep -q 'pair=host udp .*/host udp \|pair=.*prflx udp ' "$dir/answerer"
check "no candidate inside the tunnel" sh -c "! grep -q '^candidate.* 10\.89\.' '$dir/offerer' '$dir/answerer'"
echo "1..$n"
