# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What every scenario shares: hosts made of network namespaces, captures, assertions. A scenario is
# a script that sources this, builds its topology in the guest, and ends with `finish`; the node
# under test is the guest's own namespace. Run one with tests/e2e/run NAME.
#
# Every line `ok - …` or `not ok - …` is one assertion. A script that ends before `finish` fails.
set -uo pipefail

work=$(mktemp -d /tmp/e2e.XXXXXX)
failed=0
captures=()
started=()

# -------- assertions

ok() { printf 'ok - %s\n' "$1"; }
not_ok() {
	printf 'not ok - %s\n' "$1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
	failed=1
}
note() { printf '# %s\n' "$*"; }

# check TEXT COMMAND… : the command succeeds; its output is shown when it does not
check() {
	local text=$1 rc
	shift
	# Not in a subshell, so that the command may wait for a process.
	"$@" >"$work/out" 2>&1 && rc=0 || rc=$?
	if [ $rc = 0 ]; then ok "$text"; else not_ok "$text" "$* : exit $rc" "$(tail -n 40 "$work/out")"; fi
}

# check_not TEXT COMMAND… : the command fails
check_not() {
	local text=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		not_ok "$text" "$* : exit 0" "$(tail -n 40 "$work/out")"
	else
		ok "$text"
	fi
}

# check_is TEXT GOT WANT : two strings are the same
check_is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got:  $2" "want: $3"; fi
}

# check_has TEXT STRING PATTERN : an extended regular expression matches
check_has() {
	if grep -qE -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" "no match for: $3" "$2"; fi
}

# check_hasnt TEXT STRING PATTERN
check_hasnt() {
	if grep -qE -- "$3" <<<"$2"; then not_ok "$1" "a match for: $3" "$2"; else ok "$1"; fi
}

# check_range TEXT NUMBER MIN [MAX]
check_range() {
	if [ "$2" -ge "$3" ] && [ "$2" -le "${4:-$2}" ]; then
		ok "$1"
	else
		not_ok "$1" "got $2, want $3..${4:-}"
	fi
}

# pings HOST NUMBER WORDS… : so many, and every one is answered
pings() { grep -q ' 0% packet loss' < <(at "$1" ping -q -c "$2" -i 0.2 -W 10 "${@:3}"); }

# within SECONDS COMMAND… : the command succeeds before the time is over. It is looked at ten times at
# least: the clock goes on while the machine beneath lets the guest stand still.
within() {
	local end=$((SECONDS + $1)) looks=10
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((looks--)) -gt 1 ] || [ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# must COMMAND… : set-up that cannot fail unless the scenario itself is wrong
must() {
	"$@" || die "set-up failed: $*"
}

die() {
	trap - EXIT
	not_ok "$1"
	state
	cleanup
	exit 1
}

# -------- hosts

# at HOST COMMAND… : runs a command at a host; `.` is the node
at() {
	local host=$1
	shift
	if [ "$host" = . ]; then "$@"; else ip netns exec "$host" "$@"; fi
}

# become HOST COMMAND… : the same in place of this shell, so that a signal to it is one to the command
become() {
	local host=$1
	shift
	if [ "$host" = . ]; then exec "$@"; else exec ip netns exec "$host" "$@"; fi
}

# host NAME… : a machine of its own
host() {
	local h
	for h in "$@"; do
		must ip netns add "$h"
		must at "$h" ip link set lo up
	done
}

# router NAME… : a machine that forwards
router() {
	local h
	host "$@"
	for h in "$@"; do
		must at "$h" sysctl -qw net.ipv4.ip_forward=1
	done
}

declare -A peer=() # HOST:DEV at the other end of a cable

# wire HOST:DEV HOST:DEV : a cable between two machines
wire() {
	local a=${1%%:*} adev=${1#*:} b=${2%%:*} bdev=${2#*:}
	local n=$RANDOM
	peer[$1]=$2 peer[$2]=$1
	must ip link add "wa$n" type veth peer name "wb$n"
	place "wa$n" "$a" "$adev"
	place "wb$n" "$b" "$bdev"
}

place() {
	if [ "$2" = . ]; then
		must ip link set "$1" name "$3"
	else
		must ip link set "$1" netns "$2" name "$3"
	fi
	must at "$2" ip link set "$3" up
}

# addr HOST DEV CIDR…
addr() {
	local h=$1 d=$2 a
	shift 2
	for a in "$@"; do must at "$h" ip addr add "$a" dev "$d"; done
}

# route HOST WORDS… : ip route add
route() {
	local h=$1
	shift
	must at "$h" ip route add "$@"
}

gateway=169.254.68.5 # of every sandbox, as the real ones have it

# sandbox NAME IP [MTU] : a sandbox behind a veth port z<IP> of the node, not registered yet
sandbox() {
	host "$1"
	wire ".:z$2" "$1:eth0"
	sandbox_address "$@"
}

# sandbox_tap NAME IP : the same behind a real TAP with virtio headers and offloads
sandbox_tap() {
	host "$1"
	tapwire --inner-netns "$1" "z$2" eth0 >"$work/tapwire.$1" 2>&1 &
	started+=($!)
	within 60 grep -q ready "$work/tapwire.$1" || die "tapwire did not start: $(cat "$work/tapwire.$1")"
	must ip link set "z$2" up
	must at "$1" ip link set eth0 up
	sandbox_address "$@"
}

sandbox_address() {
	local name=$1 ip=$2 mtu=${3:-1500}
	must ip link set "z$ip" mtu "$mtu"
	must at "$name" ip link set eth0 mtu "$mtu"
	addr . "z$ip" "$gateway/32"
	addr "$name" eth0 "$ip/32"
	route "$name" "$gateway" dev eth0
	route "$name" default via "$gateway"
}

# mac HOST:DEV : its MAC address
mac() { at "${1%%:*}" cat "/sys/class/net/${1#*:}/address"; }

declare -A frames=()

# frame HOST : words for rawsend, in $frame, that begin a frame from HOST's eth0 to whoever is at
# the other end of the cable
frame() {
	[ -n "${frames[$1]:-}" ] || frames[$1]="eth $(mac "${peer[$1:eth0]}") $(mac "$1:eth0")"
	read -ra frame <<<"${frames[$1]}"
}

# raw HOST WORDS… : one packet on HOST's cable; the words are rawsend's, from `ip` on
raw() {
	frame "$1"
	must at "$1" rawsend eth0 "${frame[@]}" "${@:2}" >/dev/null
}

# -------- processes

# start COMMAND… : runs until the scenario ends
start() {
	"$@" >"$work/log.$((${#started[@]} + 1))" 2>&1 &
	started+=($!)
}

# listening HOST udp|tcp PORT : somebody serves there by now
listening() {
	local flag=-lnt
	[ "$2" = tcp ] || flag=-lnu
	grep -q ":$3\$" < <(at "$1" ss $flag | awk '{ print $4 }')
}

# serve HOST tcp|udp ADDR PORT [OPTION…] : an echo server; flowd has the options
serve() {
	start at "$1" flowd "$2-server" "${@:3}"
	within 60 listening "$1" "$2" "$4" || die "no server at $1 $2 $3:$4"
}

# serve_http HOST PORT DIRECTORY
serve_http() {
	start at "$1" busybox httpd -f -p "$2" -h "$3"
	within 60 listening "$1" tcp "$2" || die "no web server at $1:$2"
}

# serve_iperf HOST : two servers, at the usual port and at 5202: one that has just served is not there
# at once for the next
serve_iperf() {
	local port
	for port in 5201 5202; do
		start at "$1" iperf3 -s -p $port
		within 60 listening "$1" tcp $port || die "no iperf3 at $1"
	done
}

# -------- captures

# capture HOST DEV [NAME [BYTES]] : everything on a device, unfiltered, into $work/NAME.pcap; of packets whole,
# or of the many of a transfer so much as has all their headers
capture() {
	local name=${3:-$1-$2}
	name=${name#.-}
	become "$1" tcpdump -Z root -i "$2" -nn -s "${4:-0}" -U -B 16384 -w "$work/$name.pcap" 2>"$work/$name.tcpdump" &
	captures+=("$!")
	within 60 grep -q 'listening on' "$work/$name.tcpdump" || die "no capture on $1 $2: $(cat "$work/$name.tcpdump")"
}

# stop_captures : ends them; their files are complete then, and nothing was lost
stop_captures() {
	local pid f lost
	# The kernel keeps packets for up to a second before it hands them to tcpdump.
	sleep 3
	for pid in "${captures[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${captures[@]}"; do
		within 60 gone "$pid" || die "a capture does not end"
	done
	captures=()
	for f in "$work"/*.tcpdump; do
		[ -e "$f" ] || continue
		lost=$(sed -n 's/^\([0-9]*\) packets\? dropped by kernel.*/\1/p' "$f")
		[ "${lost:-no account of}" = 0 ] || not_ok "capture $(basename "$f" .tcpdump) is complete" "${lost:-no account of} packets lost"
		rm -f "$f"
	done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# packets NAME FILTER : how many of a capture match; no number where tcpdump fails, for a filter that
# is mistyped matches nothing. What a running capture writes may be there by half.
packets() {
	local n looks
	for looks in {1..5}; do
		n=$(tcpdump -nn -r "$work/$1.pcap" "$2" 2>"$work/packets.err" | wc -l) && break
		n="no count of '$2' in $1: $(tail -n 1 "$work/packets.err")"
		[ "$looks" = 5 ] || sleep 0.2
	done
	echo "$n"
}

# arrives TEXT NAME FILTER [N] : a running capture gets to see so many of these, 1 unless told
arrives() { check "$1" within 10 seen "$2" "$3" "${4:-1}"; }
seen() { [ "$(packets "$1" "$2")" -ge "${3:-1}" ]; } # it may be read in the midst of a packet

# packet_hex NAME FILTER : the packets of a capture that match, from their IP header on, one a line
packet_hex() {
	tcpdump -nn -x -r "$work/$1.pcap" "$2" 2>"$work/packets.err" | awk '
		!/^\t0x/ { if (line != "") print line; line = ""; next }
		{ for (i = 2; i <= NF; i++) line = line $i }
		END { if (line != "") print line }' || echo "no '$2' in $1: $(tail -n 1 "$work/packets.err")"
}

# no_leak TEXT NAME… : no header of any packet of these captures, tunnelled and quoted ones too, has
# an internal (the default, or of the CIDR that scenarios give), a sandbox's or a guest's address;
# `--expect FILTER MIN` before the names asks for at least so many packets in them
no_leak() {
	local text=$1 words=() files=()
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--expect) words+=("$1" "$2" "$3"); shift 3 ;;
		*) files+=("$work/$1.pcap"); shift ;;
		esac
	done
	check "$text" leakcheck --forbid 192.168.0.0/18 --forbid 169.254.68.0/24 --forbid 10.254.0.0/24 \
		"${words[@]}" "${files[@]}"
}

# -------- what must not change

iptables_save=(iptables-save)

# host_state [HOST] : all of a machine that the product could change, but for what changes by itself
host_state() {
	local host=${1:-.}
	printf '%s\n' 'addr show' 'route show table all' 'rule show' | at "$host" ip -d -batch - |
		sed -E 's/(valid_lft|preferred_lft|expires) [0-9]+sec/\1/g'
	at "$host" "${iptables_save[@]}" | sed -E '/^#/d; s/\[[0-9]+:[0-9]+\]//'
	at "$host" sysctl net 2>/dev/null | grep -v nf_conntrack_count
	cut -d' ' -f1 /proc/modules | sort
}

# no_tentative : no address is waited for any more
no_tentative() { [ -z "$(ip -6 addr show tentative)" ]; }

# -------- the product

genl() { cube-router-genl "$@"; }

# env_file LINE… : what its env file says from now on
env_file() {
	mkdir -p /etc/cube-router
	printf '%s\n' "$@" >/etc/cube-router/cube-router.env
}

# changed_parts FILE : the parts of the host that the lines of changes in it name, each once
changed_parts() { sed -n 's/^  \([^:]*\): .*/\1/p' "$1" | uniq | paste -sd, | sed 's/,/, /g'; }

# counter NAME : its value
counter() {
	genl -j stats | tr ',{}' '\n\n\n' | sed -n "s/^ *\"$1\": *\\([0-9]*\\).*/\\1/p"
}

# ended_on WAY : packets that ended in one of the counters of a way, out or back
ended_on() {
	genl stats | awk -v way="$1" '$3 == "event:" { next }
		(way == "back") == ($3 == "back:") { sum += $2 } END { print sum }'
}

# settled COMMAND… : what it prints when that does not change any more
settled() {
	local before now
	now=$("$@")
	for _ in {1..50}; do
		before=$now
		sleep 0.5
		now=$("$@")
		[ "$now" != "$before" ] || break
	done
	echo "$now"
}

# reached NAME MIN : it is that high by now
reached() { [ "$(counter "$1")" -ge "$2" ]; }
# check_counter TEXT COUNTER NUMBER : it comes to be exactly that; what was sent may still be on its way
check_counter() {
	within 5 reached "$2" "$3"
	check_is "$1" "$(counter "$2")" "$3"
}

# session_to ADDR[:PORT] : the line of `session list` of the flow to this far end, and fields of it
session_to() { genl session list | awk -v to="$1" '$5 == to'; }
state_of() { session_to "$1" | awk '{ print $2 }'; }
nat_port() { session_to "$1" | awk '{ sub(/.*:/, "", $6); print $6 }'; }
# expires ADDR[:PORT] : in how many seconds; for people they are minutes and hours
expires() {
	local addr=${1%%:*} port=${1#"${1%%:*}"}
	port=${port#:}
	genl -j session list |
		sed -n "s/.*\"destination\":\"$addr\",\"destination_port\":${port:-0},.*\"expires\":\([0-9]*\).*/\1/p"
}

# settings : what the module was told, in JSON, without what it counts
settings() {
	genl -j status
	genl -j sandbox list | sed -E 's/"((packets|bytes)_(out|back)|dropped)":[0-9]+,|,?"counters":\{[^}]*\}//g'
	genl -j config show
}

# -------- the end

cleanup() {
	local pid
	for pid in "${captures[@]}" "${started[@]}"; do kill "$pid" 2>/dev/null; done
	[ -z "${VM_OUT:-}" ] || cp "$work"/*.pcap "$VM_OUT/" 2>/dev/null || true # there may be none
}

state() {
	note "state of the node at the end:"
	{
		ip -br addr
		ip route
		iptables-save -c
		genl status
		genl stats | awk '$2 != 0'
	} 2>&1 | sed 's/^/#   /'
}

# finish : the last line of every scenario
finish() {
	trap - EXIT
	[ ${#captures[@]} = 0 ] || stop_captures
	[ $failed = 0 ] || state
	cleanup
	exit $failed
}

trap 'not_ok "the script came to its end (line $LINENO)"; state; cleanup; exit 1' EXIT
