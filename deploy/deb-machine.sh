#!/bin/bash
# deb-machine.sh: runs a command in a folder that holds a Debian, as if the folder were a machine of its own.
# Never lets out what it mounts or starts: all of it ends with the command.
#
#   deploy/deb-machine.sh [--network] [--boot] <folder> <command> [argument...]
#
# Without --network it has its own loopback and nothing else. With --boot the folder's systemd is process 1 and the
# command is one of its services, so that units run as shipped; what it says is lost unless it keeps it.
set -euo pipefail
if [ -z "${IN_MACHINE:-}" ]; then
    spaces=(--mount --pid --fork --kill-child --uts --ipc --cgroup)
    case " $* " in *' --network '*) ;; *) spaces+=(--net) ;; esac
    IN_MACHINE=1 exec unshare "${spaces[@]}" "$0" "$@"
fi
unset IN_MACHINE
boot=
network=
while :; do
    case $1 in
        --network) network=1 ;;
        --boot) boot=1 ;;
        *) break ;;
    esac
    shift
done
root=$1
shift
clean=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive)

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
[ -n "$network" ] || ip link set lo up
if [ -z "$boot" ]; then exec chroot "$root" "${clean[@]}" "$@"; fi

mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/unified" "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
fi
cat > "$root/etc/systemd/system/machine.service" << END
[Unit]
After=multi-user.target
[Service]
Type=oneshot
Environment=${clean[*]:2}
ExecStart=$*
StandardOutput=null
ExecStopPost=sh -c 'systemctl --no-block exit \$\$EXIT_STATUS || systemctl --no-block exit 1'
END
# Units are found by links, as `systemctl enable` would make them.
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../machine.service "$root/etc/systemd/system/multi-user.target.wants/machine.service"
# Not chroot: the kernel lets no process that is in one make the user namespace of PrivateUsers=.
mkdir -p "$root/old"
cd "$root"
pivot_root . old
umount -l /old
exec "${clean[@]}" container=machine /lib/systemd/systemd --log-target=null
