#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# debian13.sh ROOT TOP COMMAND…: in mount and process namespaces of its own, makes ROOT their / with TOP as /src, and
# runs COMMAND there; BAMGATE_INSIDE tells it so. Not a chroot, which nsenter would leave. All that is mounted goes with the namespaces.
set -e
root=$1 top=$2
shift 2
mount --bind "$root" "$root"
cd "$root"
mkdir -p src old
mount --bind "$top" src
# a linked work tree names the repository that it is of
repository=$(git -C "$top" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || repository=$top/.git
case $repository in
  "$top"/*) ;;
  *) mkdir -p ".$repository"; mount --bind "$repository" ".$repository" ;;
esac
for folder in dev sys; do mount --rbind "/$folder" "$folder"; done
pivot_root . old
mount -t proc proc /proc
umount -l /old
cd /src
BAMGATE_INSIDE="./dev debian13" exec "$@"
