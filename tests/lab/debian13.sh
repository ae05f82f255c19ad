#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# debian13.sh ROOT TOP COMMAND…: in mount and process namespaces of its own, makes ROOT their / with TOP as /src, and
# runs COMMAND there. Not a chroot, which nsenter would leave. All that is mounted goes with the namespaces.
set -e
exec 9>&- # a lock of ./dev, that is not for what runs there
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
mount -t tmpfs -o mode=755 tmpfs run
pivot_root . old
mount -t proc proc /proc
umount -l /old
cd /src
export PATH=/usr/lib/ccache:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"$@" # a child, since nothing would interrupt process 1
exit $?
