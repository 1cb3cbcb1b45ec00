# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What the instruments' own tests share; they source it with the folder of the built programs as
# first word. It moves the script into network and mount namespaces of its own, so that no device
# or address of the machine is touched, and lays out   client -- router -- server .
# Addresses: client 10.1.0.2, router 10.1.0.1 (rc) and 10.2.0.1 (rs), server 10.2.0.2.
set -euo pipefail

bin=$(cd "${1:?the folder of the built programs}" && pwd)
if [ -z "${LAB_INSIDE:-}" ]; then
	LAB_INSIDE=1 exec unshare -n -m --propagation private -- bash "$0" "$bin"
fi
mkdir -p /run/netns
mount -t tmpfs none /run/netns

work=$(mktemp -d /tmp/tools-lab.XXXXXX)
failed=0 passed=0 started=()

lab_end() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	wait
	umount -l /run/netns
	rm -rf "$work"
}
trap lab_end EXIT

# check NAME COMMAND... : the command must succeed
check() {
	local name=$1
	shift
	if "$@" >"$work/check" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $name"
	else
		failed=$((failed + 1))
		echo "not ok - $name"
		sed 's/^/#   /' "$work/check"
	fi
}

# says PATTERN CODE COMMAND... : the command's output matches, and so does its exit code
says() {
	local pattern=$1 code=$2 rc=0
	shift 2
	"$@" >"$work/said" 2>&1 || rc=$?
	cat "$work/said"
	echo "exit $rc"
	[ "$rc" = "$code" ] && grep -Eq -- "$pattern" "$work/said"
}

# start FILE HOST COMMAND... : in the background on that host, its output in FILE; waits for the
# first line
start() {
	local file=$work/$1 host=$2 _
	shift 2
	# What another program has left there is no first line.
	: >"$file"
	# ip becomes the command, so the process is the one that signals are for.
	ip netns exec "$host" "$@" >"$file" 2>"$file.err" &
	started+=($!)
	for _ in {1..600}; do
		[ ! -s "$file" ] || return 0
		sleep 0.1
	done
	echo "no first line from: $*" >&2
	cat "$file.err" >&2
	return 1
}

# capture HOST DEV: what passes DEV from now on, in $work/DEV.pcap, complete after stop_last
capture() {
	local err=$work/$2.err _
	: >"$err"
	ip netns exec "$1" tcpdump -nni "$2" -U -s 0 -w "$work/$2.pcap" 2>"$err" >&2 &
	started+=($!)
	for _ in {1..600}; do
		! grep -q 'listening on' "$err" || return 0
		sleep 0.1
	done
	cat "$err" >&2
	return 1
}

# wait_last: waits for what was started last; its exit code
wait_last() {
	local pid=${started[-1]}
	unset 'started[-1]'
	wait "$pid"
}

# stop_last: ends what was started last, and waits for it
stop_last() {
	kill "${started[-1]}"
	wait_last
}

# seen FILE PATTERN: waits until the file of a started program holds the line
seen() {
	local _
	for _ in {1..600}; do
		! grep -Eq -- "$2" "$work/$1" || return 0
		sleep 0.1
	done
	echo "never seen in $1: $2" >&2
	return 1
}

in_client() { ip netns exec client "$@"; }
in_router() { ip netns exec router "$@"; }
in_server() { ip netns exec server "$@"; }

lab_hosts() {
	local ns
	for ns in client router server; do
		ip netns add $ns
		ip -n $ns link set lo up
	done
	ip -n router link add rc type veth peer name eth0 netns client
	ip -n router link add rs type veth peer name eth0 netns server
	ip -n client addr add 10.1.0.2/24 dev eth0
	ip -n server addr add 10.2.0.2/24 dev eth0
	ip -n router addr add 10.1.0.1/24 dev rc
	ip -n router addr add 10.2.0.1/24 dev rs
	ip -n client link set eth0 up
	ip -n server link set eth0 up
	ip -n router link set rc up
	ip -n router link set rs up
	ip -n client route add default via 10.1.0.1
	ip -n server route add default via 10.2.0.1
	in_router sysctl -q net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
}

lab_verdict() {
	echo "# passed $passed, failed $failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
