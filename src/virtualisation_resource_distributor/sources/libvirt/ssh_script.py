"""What is asked of a node over ssh?

POSIX shell, read by a shell there from its standard input; nothing in it changes anything. The clock is told before all
else, then come sections that begin with `@`. Its arguments are HOST PORT USER for each other node, `-` where one is not
given; the sections `@to` tell how ssh would go there.
"""

SCRIPT = r"""date +%s.%N
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
fingerprints() { for file; do [ -f "$file" ] && ssh-keygen -lf "$file" 2>/dev/null </dev/null; done; }
home() { case $1 in "~/"*) printf '%s\n' "$HOME/${1#??}" ;; *) printf '%s\n' "$1" ;; esac; }
echo @account; id -un; id -u
echo @links
if command -v ip >/dev/null; then ip -o link show
else for link in /sys/class/net/*; do echo "0: ${link##*/}:"; done; fi
echo @sessions
if command -v iscsiadm >/dev/null; then iscsiadm -m session 2>&1; echo "status $?"; else echo "status missing"; fi
echo @initiator; sed -n 's/^InitiatorName=//p' /etc/iscsi/initiatorname.iscsi 2>/dev/null
server=$(sshd -T 2>/dev/null)
setting() { printf '%s\n' "$server" | sed -n "s/^$1 //p"; }
echo @server
[ -n "$server" ] && echo known
setting trustedusercakeys; setting authorizedkeyscommand
echo @authorized
keys=$(setting authorizedkeysfile)
for file in ${keys:-.ssh/authorized_keys .ssh/authorized_keys2}; do
  file=$(printf '%s\n' "$file" | sed "s|%h|$HOME|g; s|%u|$(id -un)|g")
  case $file in /*) fingerprints "$file" ;; none) ;; *) fingerprints "$HOME/$file" ;; esac
done
echo @hosts
setting hostkey | while read -r file; do fingerprints "$file.pub"; done
while [ $# -ge 3 ]; do
  host=$1 port=$2 user=$3; shift 3
  echo "@to $host"
  set -f
  way=$(if [ "$user" = - ]; then set --; else set -- -l "$user"; fi
    if [ "$port" != - ]; then set -- "$@" -p "$port"; fi
    ssh -G "$@" -- "$host" 2>/dev/null </dev/null)
  told() { printf '%s\n' "$way" | sed -n "s/^$1 //p"; }
  echo "user $(told user)"
  told identityfile | while read -r file; do fingerprints "$(home "$file")"; done | sed 's/^/key /'
  name=$(told hostkeyalias); name=${name:-$(told hostname)}
  there=$(told port)
  case $there in 22 | "") ;; *) name="[$name]:$there" ;; esac
  for file in $(told userknownhostsfile) $(told globalknownhostsfile); do
    file=$(home "$file")
    [ -f "$file" ] || continue
    ssh-keygen -l -F "$name" -f "$file" 2>/dev/null </dev/null | sed -n '/^#/d; s/^/known /p'
    ssh-keygen -F "$name" -f "$file" 2>/dev/null </dev/null | sed -n 's/^@cert-authority .*/authority/p'
  done
  set +f
done
echo @end
"""
