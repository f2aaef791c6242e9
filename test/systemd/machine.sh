#!/bin/sh
# A machine with a real systemd in namespaces of its own: machine.sh FOLDER PROJECT SECONDS, as root. FOLDER: empty, and scratch.
#
# It sees this machine's files and writes to none: an overlay in memory lies above them. PROJECT is its /opt/jrctl. Processes, mounts, network, host name
# and cgroups are its own. It ends when our stdin does, or after SECONDS: with its first process all others die. Prints "life PID":
# the only child of that process is its systemd.
set -eu

outside() {
  folder=$1 project=$2 seconds=$3 cgroup=
  # The one hierarchy that systemd works with by itself; on a machine of the old kind it lies beside the others.
  while read -r _ point kind _; do
    if [ "$kind" = cgroup2 ]; then
      cgroup=$point/jrctl-systemd-$$
      break
    fi
  done </proc/mounts
  if [ -z "$cgroup" ]; then
    echo 'no cgroup2 hierarchy is mounted' >&2
    exit 1
  fi
  mkdir "$cgroup"
  exec 3<&0
  unshare --fork --kill-child=KILL --pid --mount --uts --ipc --net --propagation private \
    sh "$0" --inside "$folder" "$project" "$cgroup" </dev/null 3<&- &
  life=$!
  (timeout "$seconds" cat <&3 >/dev/null || true; kill -KILL "$life" 2>/dev/null) &
  watch=$!
  echo "life $life"
  wait "$life" || true
  # Its pid may be somebody else's from now on.
  kill "$watch" 2>/dev/null || true
  # Its processes are on their way out still.
  tries=0
  while ! remove "$cgroup" && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}

remove() {
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [ ! -d "$1" ]
}

inside() {
  folder=$1 project=$2 cgroup=$3
  echo 0 >"$cgroup/cgroup.procs"
  exec unshare --cgroup sh "$0" --enclosed "$folder" "$project"
}

enclosed() {
  folder=$1 project=$2 root=$1/root
  mount -t tmpfs -o mode=0755,size=2g tmpfs "$folder"
  mkdir "$folder/upper" "$folder/work" "$root"
  mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
  for hidden in run tmp root home etc/systemd/system etc/systemd/user etc/init.d var/lib/systemd var/spool/cron var/log; do
    mkdir -p "$root/$hidden"
    mount -t tmpfs -o mode=0755 tmpfs "$root/$hidden"
  done
  chmod 1777 "$root/tmp"
  chmod 0700 "$root/root"
  # Nothing of the kernel's own may be changed for the machine around: its settings are there to be read.
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  for fixed in sys sysrq-trigger irq bus; do
    [ -e "$root/proc/$fixed" ] || continue
    mount --bind "$root/proc/$fixed" "$root/proc/$fixed"
    mount -o remount,bind,ro "$root/proc/$fixed"
  done
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  devices "$root/dev"
  # What is being built meanwhile stays as it is; an overlay is not asked about files that change below it.
  mkdir -p "$root/opt/jrctl"
  mount --bind "$project" "$root/opt/jrctl"
  mount -o remount,bind,ro "$root/opt/jrctl"
  settings "$root"
  ip link set lo up
  echo jrctl-test >"$root/etc/hostname"
  cd "$root"
  mkdir .outside
  pivot_root . .outside
  umount -l /.outside
  rmdir /.outside
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=jrctl-test \
    setpriv --bounding-set=-sys_time,-sys_boot,-sys_module,-sys_rawio,-syslog \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no
}

devices() {
  mount -t tmpfs -o mode=0755,nosuid tmpfs "$1"
  for device in null zero full random urandom tty; do
    : >"$1/$device"
    mount --bind "/dev/$device" "$1/$device"
  done
  mkdir "$1/pts" "$1/shm" "$1/mqueue"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$1/pts"
  ln -s pts/ptmx "$1/ptmx"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$1/shm"
  for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
    ln -s "${link#*:}" "$1/${link%%:*}"
  done
}

# A small machine: the journal, and what is installed in it; none of the services of the machine around, however they are started.
settings() {
  : >"$1/etc/fstab"
  echo 0123456789abcdef0123456789abcdef >"$1/etc/machine-id"
  rm -rf "$1/var/lib/jrctl" "$1/var/log/jrctl" "$1/var/cache/jrctl" "$1/etc/jrctl"
  mkdir -p "$1/etc/systemd/system-generators" "$1/etc/systemd/journald.conf.d"
  for generator in "$1"/lib/systemd/system-generators/*; do
    ln -sf /dev/null "$1/etc/systemd/system-generators/${generator##*/}"
  done
  for unit in systemd-sysctl systemd-binfmt systemd-modules-load systemd-udevd systemd-networkd systemd-resolved \
    systemd-timesyncd systemd-random-seed systemd-update-utmp systemd-firstboot systemd-repart systemd-pcrphase \
    systemd-pcrphase-sysinit systemd-machine-id-commit systemd-hwdb-update systemd-tmpfiles-setup-dev; do
    ln -s /dev/null "$1/etc/systemd/system/$unit.service"
  done
  for unit in getty.target cryptsetup.target proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount \
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    systemd-journald-audit.socket systemd-tmpfiles-clean.timer; do
    ln -s /dev/null "$1/etc/systemd/system/$unit"
  done
  printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$1/etc/systemd/journald.conf.d/jrctl-test.conf"
}

case $1 in
  --inside) shift; inside "$@" ;;
  --enclosed) shift; enclosed "$@" ;;
  *) outside "$@" ;;
esac
