#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Tests tapwire between two network stacks: the bytes arrive unchanged and in large frames with
# partial checksums, at sensible speed; and it ends as told.
#   tests/tools/test_tapwire.sh FOLDER      as root, with /dev/net/tun; see lab.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lab.sh
. "$here/lab.sh"

tap=z192.168.0.10
flowd=$bin/flowd

# wire OPTION... : joins router and client with a TAP each
wire() {
	start wire server "$bin/tapwire" --outer-netns router --inner-netns client "$@" $tap eth0
	ip -n router addr replace 192.168.0.1/24 dev $tap
	ip -n client addr replace 192.168.0.10/24 dev eth0
	ip -n router link set $tap up
	ip -n client link set eth0 up
}
in_client_flow() { in_client timeout 300 "$flowd" "$@"; }
in_router_flow() { in_router timeout 300 "$flowd" "$@"; }
# count NAME: a counter that tapwire told at its end
count() { grep -o "\b$1=[0-9]*" "$work/wire" | cut -d= -f2; }
# counts NAME OPERATOR NUMBER
counts() {
	cat "$work/wire"
	test "$(count "$1")" "$2" "$3"
}

# TCP makes its segments as large as the round trip is short, which the machine decides; here always
# as large as can be.
for ns in client router server; do
	ip netns add $ns
	ip -n $ns link set lo up
	ip netns exec $ns sysctl -qw net.ipv4.tcp_tso_rtt_log=20
done

for size in 10 12; do
	wire --vnet-hdr-size $size
	start outside router "$flowd" tcp-server 192.168.0.1 7000
	start inside client "$flowd" udp-server 192.168.0.10 7000
	capture router $tap
	check "header $size: 40 MB of checked bytes, both ways" says 'sent=40 received=40 end=ok' 0 \
		in_client_flow tcp-client 192.168.0.1 7000 --size 1048576 --count 40
	check "header $size: datagrams in fragments" says 'end=ok' 0 \
		in_router_flow udp-client 192.168.0.10 7000 --size 65507 --count 20
	check "header $size: datagrams of every size" says 'sent=100 received=100 end=ok' 0 \
		in_router_flow udp-client 192.168.0.10 7000 --count 100
	sleep 2
	stop_last
	check "header $size: large frames on the outer TAP" "$bin/leakcheck" \
		--expect 'tcp and greater 30000' 10 "$work/$tap.pcap"
	stop_last
	stop_last
	check "header $size: ends with 0 at SIGTERM" stop_last
	check "header $size: GSO from the guest" counts out_gso -gt 100
	check "header $size: GSO to the guest" counts in_gso -gt 100
	check "header $size: checksums left to the host" counts out_csum -gt 100
	check "header $size: frames of many segments from the guest" counts out_largest -gt 16000
	check "header $size: frames of 64 KB" counts largest -gt 60000
	check "header $size: nothing refused" counts out_invalid -eq 0
	check "header $size: nothing refused on the way in" counts in_invalid -eq 0
done

wire
start outside router timeout 300 iperf3 -s -1 --forceflush
check 'a stream' in_client timeout 300 iperf3 -c 192.168.0.1 -t 4 -f m
speed=$(grep receiver "$work/check" | grep -Eo '[0-9.]+ Mbits' || echo unknown)
wait_last
start outside router timeout 300 iperf3 -s -1 --forceflush
check 'a stream to the guest' in_client timeout 300 iperf3 -c 192.168.0.1 -t 4 -f m -R
echo "# $speed out, $(grep receiver "$work/check" | grep -Eo '[0-9.]+ Mbits') in"
wait_last

ip -n router link set $tap down
in_client ping -c 2 -W 1 192.168.0.1 >/dev/null || true
ip -n router link set $tap up
check 'a TAP that is down only loses frames' in_client ping -c 2 192.168.0.1
ip -n router link del $tap
check 'a deleted TAP ends it with 1' says "exit 1" 0 eval 'wait_last || echo exit $?'
check 'and is named' says 'gone' 0 cat "$work/wire.err"
check 'what was lost is told' counts out_dropped -gt 0

wire --no-offload
start outside router "$flowd" tcp-server 192.168.0.1 7000
check 'no offload: the bytes' says 'end=ok' 0 \
	in_client_flow tcp-client 192.168.0.1 7000 --size 1048576 --count 5
stop_last
stop_last
check 'no offload: no large frames' counts largest -le 1514
check 'no offload: no GSO' counts out_gso -eq 0
check 'no offload: no open checksums' counts out_csum -eq 0

start wire server "$bin/tapwire" --seconds 1 t0 t1
check 'ends when the time is over' wait_last
for words in '' 'one' 'one two three' '--seconds 0 a b' '--seconds' '--vnet-hdr-size 11 a b' \
	'--nonsense a b' 'a this-name-is-too-long'; do
	# shellcheck disable=SC2086
	check "usage: tapwire $words" says '^tapwire: ' 2 "$bin/tapwire" $words
done
check 'no such namespace' says 'No such file' 1 "$bin/tapwire" --inner-netns nowhere a b
lab_verdict
