#!/usr/bin/env bash
# A real libvirt/QEMU cluster of several nodes on one Linux machine (root; TCG, no KVM needed).
# Every node is one set of namespaces: its own network, hostname, mounts, process tree, and so its
# own libvirtd, sshd, /etc/libvirt, /run/libvirt and /var/{lib,log,cache}/libvirt. Nothing is made
# outside the namespaces but the state directory (no bridge, address, netns name, user or key) and, where
# they are missing, empty mount points such as /run/libvirt.
# The tests start it through __init__.py beside this file; docs/libvirt.md has how to try the program in it by hand.
set -euo pipefail
shopt -s nullglob

usage() { cat >&2 <<'E'
lab.sh [--state-dir DIR] COMMAND                       (default DIR: /run/vrd-lab, or $VRD_LAB)
  up [N]                    N nodes (default 4): the first half in zone a, the others in zone b
  down                      end and remove all of it
  status                    nodes and their guests, as the nodes themselves see them
  exec WHERE CMD...         run CMD on nodeN, or on ctl: the machine that the cluster is run from
  model                     zones and nodes as JSON
  guest NAME NODE [MEM_MIB] [none|shared|local|nbd] [POOL]   start a transient guest (default 64 none)
  define NAME NODE [MEM_MIB] [DISK] [POOL]             the same, persistent, and started
  double-run NAME           start a second copy of a running guest on another node
  kill-node N               power loss: libvirtd, sshd and all guests are gone at once
  cut-node N [drop]         network gone, guests go on (drop: packets vanish, so connect gets no error)
  stop-daemon N             only libvirtd dies, guests go on
  hang-daemon N             libvirtd is stopped: it accepts and never answers
  heal-node N               undo any of these
  hang-guest NAME NODE      the guest's QEMU is stopped: it answers libvirt no more
  wake-guest NAME NODE      it goes on
  clear                     heal all nodes, and end and undefine all guests
E
exit 64; }

STATE=${VRD_LAB:-/run/vrd-lab}
if [[ ${1-} == --state-dir ]]; then STATE=${2:?}; shift 2; fi
[[ $STATE == /* ]] || STATE=$PWD/$STATE
SELF=$(readlink -f "$0")
NET=10.77.0
META=urn:virtualisation-resource-distributor:1   # namespace of the element in <metadata>
READER=60999                                 # uid of the account `reader`, which may read and no more
die() { echo "lab: $*" >&2; exit 1; }
num() { local n=${1#node}; [[ $n =~ ^[1-9][0-9]?$ && -d $STATE/node$n ]] || die "no such node: $1"; echo "$n"; }

# --- processes: a pid file holds "pid starttime", so that a reused pid is never touched ----------
born()  { local s; s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; s=${s##*) }; set -- $s; echo "${20}"; }
alive() { local p t; { read -r p t <"$1"; } 2>/dev/null && [[ $(born "$p") == "$t" ]] && echo "$p"; }
keep()  { echo "$2 $(born "$2")" >"$1"; }
end()   { local p; if p=$(alive "$1"); then kill -9 "$p"; while [[ -n $(born "$p") && $(alive "$1") ]] && ! grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null; do sleep .02; done; fi; rm -f "$1"; }

# --- entering: ctl has no pid namespace, so a command there is exec'd (signals, exit status) -----
in_ctl()  { local p; p=$(alive "$STATE/ctl.pid") || die "not up"; nsenter -t "$p" -m -u -n -- env -C "$PWD" "$@"; }
in_node() { local p n=$1; shift; p=$(alive "$STATE/node$n/pid") || die "node$n is dead"
            nsenter -t "$p" -m -u -n --pid="/proc/$p/ns/pid_for_children" -- env -C "$PWD" "$@"; }
# a node's own socket, reachable from outside and whatever its network does
uri()     { echo "qemu:///system?socket=$STATE/node$1/run/libvirt-sock"; }
vsh()     { local n=$1; shift; virsh -q -c "$(uri "$n")" "$@"; }

# --- namespaces ---------------------------------------------------------------------------------
_ctl() {
  hostname ctl
  mount --bind "$STATE/hosts" /etc/hosts
  mount --bind "$STATE/passwd" /etc/passwd
  [[ -e /etc/ssh/ssh_config ]] && mount --bind "$STATE/ssh/config" /etc/ssh/ssh_config
  ip link set lo up
  ip link add br0 type bridge && ip addr add $NET.254/24 dev br0 && ip link set br0 up
  touch "$STATE/ctl.ready"
  exec sleep infinity
}
_node() {                                     # pid 1 of a node
  local n=$1 d=$STATE/node$1 m
  hostname "node$n"
  for m in etc:/etc/libvirt run:/run/libvirt lib:/var/lib/libvirt log:/var/log/libvirt cache:/var/cache/libvirt; do
    mount --bind "$d/${m%%:*}" "${m#*:}"
  done
  mount --bind "$STATE/hosts" /etc/hosts
  mount --bind "$STATE/passwd" /etc/passwd
  [[ -e /etc/ssh/ssh_config ]] && mount --bind "$STATE/ssh/config" /etc/ssh/ssh_config
  [[ -e /etc/ssh/sshd_config ]] && mount --bind "$STATE/ssh/sshd_config" /etc/ssh/sshd_config
  ip link set lo up
  until ip link show eth0 >/dev/null 2>&1; do sleep .05; done
  ip addr add $NET.$n/24 dev eth0 && ip link set eth0 up
  libvirtd -d --listen --pid-file /run/libvirt/libvirtd.pid
  [[ -x /usr/sbin/sshd ]] && /usr/sbin/sshd -f "$STATE/ssh/sshd_config" -E "$d/log/sshd.log"
  while :; do sleep 3600 & wait $! || :; done  # bash as pid 1 reaps the orphans (qemu's parent is pid 1)
}

prepare() {                                   # once
  mkdir -p /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run/sshd  # mount points only
  mkdir -m 755 -p "$STATE"; touch "$STATE/.vrd-lab"
  mkdir -p "$STATE/shared" "$STATE/ssh"
  { echo "127.0.0.1 localhost"; echo "$NET.254 ctl"; for n in {1..99}; do echo "$NET.$n node$n"; done; } >"$STATE/hosts"
  { grep -v "^reader:" /etc/passwd; echo "reader:*:$READER:65534:may read:/nonexistent:/bin/sh"; } >"$STATE/passwd"
  # The guest: 53 bytes of real-mode code, loaded as a kernel, so that no disk is needed. It sleeps;
  # it powers off on `virsh shutdown` (ACPI button) and on key q, and panics (pvpanic) on key p.
  { head -c 512 /dev/zero
    printf '\xfb\xba\x02\x06\xb8\x00\x01\xef\xf4\xba\x00\x06\xed\xf6\xc4\x01\x75\x12\xb4\x01\xcd\x16\x74\xf0\x30\xe4\xcd\x16\x3c\x70\x74\x0d\x3c\x71\x75\xe4\xba\x04\x06\xb8\x00\x20\xef\xeb\xdb\xba\x05\x05\xb0\x01\xee\xeb\xd3'
    head -c 8192 /dev/zero; } >"$STATE/shared/stub.bin"
  if command -v ssh-keygen >/dev/null; then
    [[ -e $STATE/ssh/key ]] || ssh-keygen -q -t ed25519 -N '' -C vrd-lab -f "$STATE/ssh/key"
    [[ -e $STATE/ssh/hostkey ]] || ssh-keygen -q -t ed25519 -N '' -C vrd-lab -f "$STATE/ssh/hostkey"
    cp "$STATE/ssh/key.pub" "$STATE/ssh/authorized"
    echo "node*,$NET.* $(cut -d' ' -f1,2 "$STATE/ssh/hostkey.pub")" >"$STATE/ssh/known"
    cat >"$STATE/ssh/sshd_config" <<E
HostKey $STATE/ssh/hostkey
AuthorizedKeysFile $STATE/ssh/authorized
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
E
    cat >"$STATE/ssh/config" <<E
Host node* $NET.*
  IdentityFile $STATE/ssh/key
  IdentitiesOnly yes
  UserKnownHostsFile $STATE/ssh/known
E
  fi
}
boot() {                                      # the namespaces of node N, and its cable
  local n=$1 d=$STATE/node$1 c
  if alive "$d/pid" >/dev/null; then return; fi
  mkdir -p "$d"/{etc/qemu,run,lib/images,log,cache}
  [[ -e $d/uuid ]] || cat /proc/sys/kernel/random/uuid >"$d/uuid"
  cat >"$d/etc/libvirtd.conf" <<E
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0700"
host_uuid = "$(cat "$d/uuid")"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
E
  cat >"$d/etc/qemu.conf" <<E
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
E
  # knowing what this qemu can do takes seconds to find out, and is the same for all nodes
  if [[ ! -d $d/cache/qemu && -d $STATE/caps ]]; then cp -rp "$STATE/caps" "$d/cache/qemu"; fi
  setsid unshare -m -u -n -p -f --kill-child --mount-proc -- "$SELF" --state-dir "$STATE" _node "$n" \
    </dev/null >>"$d/log/init.log" 2>&1 &
  keep "$d/pid" $!
  # the new namespace must be there before the cable's end can be put into it
  until [[ $(readlink "/proc/$!/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do sleep .01; done
  c=$(alive "$STATE/ctl.pid")
  nsenter -t "$c" -n ip link del "n$n" 2>/dev/null || :
  nsenter -t "$c" -n ip link add "n$n" type veth peer name eth0 netns $!
  nsenter -t "$c" -n ip link set "n$n" master br0 up
}
ready() { local n i; for n in "$@"; do
    for ((i = 0; i < 300; i++)); do vsh "$n" version >/dev/null 2>&1 && continue 2; sleep .1; done
    tail -5 "$STATE/node$n/log/"*.log >&2; die "node$n does not come up"
  done; }

up() {
  local want=${1:-4} n i
  [[ $want =~ ^[1-9][0-9]?$ ]] || usage
  [[ $EUID == 0 ]] || die "needs root"
  for i in libvirtd virsh ip nsenter unshare qemu-system-x86_64; do command -v $i >/dev/null || die "$i is missing"; done
  if [[ -e $STATE && ! -e $STATE/.vrd-lab && -n $(ls -A "$STATE") ]]; then die "$STATE is not mine"; fi
  prepare
  if ! alive "$STATE/ctl.pid" >/dev/null; then
    rm -f "$STATE/ctl.ready"
    setsid unshare -m -u -n -- "$SELF" --state-dir "$STATE" _ctl </dev/null >"$STATE/ctl.log" 2>&1 &
    keep "$STATE/ctl.pid" $!
    for ((i = 0; i < 100; i++)); do [[ -e $STATE/ctl.ready ]] && break; sleep .05; done
    [[ -e $STATE/ctl.ready ]] || { cat "$STATE/ctl.log" >&2; die "ctl does not come up"; }
  fi
  boot 1; ready 1
  [[ -d $STATE/caps || ! -d $STATE/node1/cache/qemu ]] || cp -rp "$STATE/node1/cache/qemu" "$STATE/caps"
  for ((n = 2; n <= want; n++)); do boot $n; done
  ready $(seq 1 "$want")
}
down() {
  local f
  [[ -e $STATE ]] || return 0
  [[ -e $STATE/.vrd-lab ]] || die "$STATE is not mine"
  for f in "$STATE"/node*/pid "$STATE"/*.pid; do end "$f"; done
  rm -rf --one-file-system "$STATE"
}

# --- guests -------------------------------------------------------------------------------------
disk() {                                      # NAME NODE KIND: the <disk> element, its image made
  local name=$1 n=$2 kind=$3 f
  case $kind in
  none) return ;;
  shared) f=$STATE/shared/$name.raw; truncate -s 16M "$f" ;;             # one file, seen by all nodes
  local) truncate -s 16M "$STATE/node$n/lib/images/$name.raw"; f=/var/lib/libvirt/images/$name.raw ;;
  nbd) local port=$((10800 + $(printf %s "$name" | cksum | cut -d' ' -f1) % 1000))
    truncate -s 16M "$STATE/$name.nbd.raw"
    if ! alive "$STATE/nbd-$name.pid" >/dev/null; then
      in_ctl setsid qemu-nbd -t -e 8 -f raw -x disk -b $NET.254 -p $port --pid-file "$STATE/nbd.tmp" --fork "$STATE/$name.nbd.raw"
      keep "$STATE/nbd-$name.pid" "$(cat "$STATE/nbd.tmp")"; rm "$STATE/nbd.tmp"
    fi
    echo "<disk type='network' device='disk'><driver name='qemu' type='raw' cache='none'/><source protocol='nbd' name='disk'><host name='$NET.254' port='$port'/></source><target dev='vda' bus='virtio'/></disk>"
    return ;;
  *) usage ;;
  esac
  echo "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none'/><source file='$f'/><target dev='vda' bus='virtio'/></disk>"
}
xml() {                                       # NAME NODE MEM_MIB DISK POOL
  cat <<E
<domain type='qemu'>
  <name>$1</name>
  <metadata><placement:guest xmlns:placement='$META'><placement:pool>$5</placement:pool></placement:guest></metadata>
  <memory unit='MiB'>$3</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>$STATE/shared/stub.bin</kernel></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>${ON_CRASH:-destroy}</on_crash>
  <devices>
    <controller type='usb' model='none'/>
    <panic model='isa'/>
    $(disk "$1" "$2" "$4")
  </devices>
</domain>
E
}
guest() {                                     # create|define NAME NODE [MEM_MIB] [DISK] [POOL]
  local how=$1 name=${2:?} n mem=${4:-64} kind=${5:-none} f
  [[ $name =~ ^[A-Za-z0-9_.-]+$ ]] || die "a plain name, please"
  n=$(num "${3:?}"); f=$STATE/node$n/$name.xml
  xml "$name" "$n" "$mem" "$kind" "${6:-${name%%[0-9]*}}" >"$f"
  if [[ $how == define ]]; then vsh "$n" define "$f" && vsh "$n" start "$name"; else vsh "$n" create "$f"; fi
}
double_run() {
  local name=$1 n src='' dst='' f=$STATE/double.xml
  for n in $(nodes); do
    if vsh "$n" domstate "$name" 2>/dev/null | grep -q running; then src=${src:-$n}
    elif alive "$STATE/node$n/pid" >/dev/null; then dst=$n; fi
  done
  [[ $src && $dst ]] || die "needs $name on one node and another node"
  # without its disks: qemu locks an image that it writes to, and all nodes here share one kernel
  vsh "$src" dumpxml --migratable "$name" | sed '/<disk /,/<\/disk>/d' >"$f"
  vsh "$dst" create "$f" >/dev/null; echo "$name runs on node$src and node$dst"
}

# --- faults -------------------------------------------------------------------------------------
nodes() { local d; for d in "$STATE"/node*/; do d=${d%/}; echo "${d##*/node}"; done | sort -n; }
kill_node() { local n; n=$(num "$1"); end "$STATE/node$n/pid"; rm -rf "$STATE/node$n/run"; mkdir "$STATE/node$n/run"; }
cut_node() {
  local n; n=$(num "$1")
  [[ ${2-} != drop ]] || in_ctl ip neigh replace $NET.$n lladdr 02:00:00:00:00:0$((n % 10)) dev br0 nud permanent
  in_ctl ip link set "n$n" down
}
libvirtd_pid() { cat "$STATE/node$1/run/libvirtd.pid" 2>/dev/null; }      # in the node's own numbering
heal_node() {
  local n; n=$(num "$1")
  in_ctl ip neigh del $NET.$n dev br0 2>/dev/null || :
  if ! alive "$STATE/node$n/pid" >/dev/null; then boot "$n"
  else
    in_ctl ip link set "n$n" up
    local p; p=$(libvirtd_pid "$n") && in_node "$n" kill -CONT "$p" 2>/dev/null ||
      in_node "$n" libvirtd -d --listen --pid-file /run/libvirt/libvirtd.pid
  fi
  ready "$n"
}
qemu_of() { local p; p=$(cat "$STATE/node$2/run/qemu/$1.pid") || die "$1 does not run on node$2"; in_node "$2" kill "-$3" "$p"; }
clear_all() {
  local n g
  for n in $(nodes); do heal_node "$n"; done
  for n in $(nodes); do
    for g in "$STATE/node$n"/run/qemu/*.pid; do in_node "$n" kill -CONT "$(cat "$g")" 2>/dev/null || :; done
    for g in $(vsh "$n" list --name); do vsh "$n" destroy "$g" >/dev/null; done
    for g in $(vsh "$n" list --all --name); do vsh "$n" undefine "$g" >/dev/null; done
  done
}
status() {
  local n s
  alive "$STATE/ctl.pid" >/dev/null || { echo "down"; return 3; }
  for n in $(nodes); do
    if ! alive "$STATE/node$n/pid" >/dev/null; then s=dead
    elif ! in_ctl ip link show "n$n" | grep -q 'state UP'; then s=cut
    else s=up; fi
    echo "node$n zone=$(zone "$n") $NET.$n $s"
    [[ $s == dead ]] || timeout 5 virsh -q -c "$(uri "$n")" list --all || echo "  (libvirtd does not answer)"
  done
}
zone() { local last; last=$(nodes | tail -1); if (($1 * 2 <= last)); then echo a; else echo b; fi; }
model() {
  local n sep=''
  printf '{"schema":1,"cluster":"vrd-lab","zones":[{"name":"a"},{"name":"b"}],"nodes":['
  for n in $(nodes); do printf '%s{"name":"node%s","zone":"%s"}' "$sep" "$n" "$(zone "$n")"; sep=,; done
  printf ']}\n'
}

cmd=${1-}; [[ $cmd ]] || usage; shift
case $cmd in
  up) up "$@" ;; down) down ;; status) status ;; model) model ;;
  _ctl) _ctl ;; _node) _node "$1" ;;
  exec) w=${1:?}; shift
    if [[ $w == ctl ]]; then p=$(alive "$STATE/ctl.pid") || die "not up"; exec nsenter -t "$p" -m -u -n -- env -C "$PWD" "$@"
    else n=$(num "$w"); in_node "$n" "$@"; fi ;;
  guest) guest create "$@" ;; define) guest define "$@" ;; double-run) double_run "${1:?}" ;;
  kill-node) kill_node "${1:?}" ;; cut-node) cut_node "${1:?}" "${2-}" ;; heal-node) heal_node "${1:?}" ;;
  hang-guest) qemu_of "${1:?}" "$(num "${2:?}")" STOP ;; wake-guest) qemu_of "${1:?}" "$(num "${2:?}")" CONT ;;
  clear) clear_all ;;
  stop-daemon) n=$(num "${1:?}"); in_node "$n" kill -9 "$(libvirtd_pid "$n")" ;;
  hang-daemon) n=$(num "${1:?}"); in_node "$n" kill -STOP "$(libvirtd_pid "$n")" ;;
  *) usage ;;
esac
