#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Tests leakcheck on what tcpdump really writes: devices of several kinds, tunnels, fragments and
# ICMP errors made by the kernel. Every capture is checked twice: it must fail for an address that
# is in there, and pass for one that is not. Also rawsend on a real device.
#   tests/tools/test_leakcheck.sh FOLDER      as root, with GRE and VXLAN; see lab.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lab.sh
. "$here/lab.sh"

leakcheck=$bin/leakcheck
rawsend=$bin/rawsend

lab_hosts

# Tunnels between router and server, with addresses that only exist inside them.
tunnels() {
	local host=$1 local=$2 remote=$3 n=$4
	ip -n "$host" link add gre1 type gre local "$local" remote "$remote" ttl 64
	ip -n "$host" link add tap1 type gretap local "$local" remote "$remote" key 7
	ip -n "$host" link add ipip1 type ipip local "$local" remote "$remote" ttl 64
	ip -n "$host" link add vx1 type vxlan id 42 dstport 4789 local "$local" remote "$remote"
	ip -n "$host" addr add "172.16.1.$n/24" dev gre1
	ip -n "$host" addr add "172.16.2.$n/24" dev tap1
	ip -n "$host" addr add "172.16.3.$n/24" dev ipip1
	ip -n "$host" addr add "172.16.4.$n/24" dev vx1
	for dev in gre1 tap1 ipip1 vx1; do
		ip -n "$host" link set $dev up
	done
}
tunnels router 10.2.0.1 10.2.0.2 1
tunnels server 10.2.0.2 10.2.0.1 2

# judge NAME FILE BAD WHERE CLEAN: BAD is found at WHERE; without it the file is clean
judge() {
	check "$1: found" says ": $4: (src|dst|sender|option) $3 leaks" 1 \
		"$leakcheck" --forbid "$3" "$2"
	check "$1: nothing else" says ', leaks 0, not judged 0$' 0 "$leakcheck" --forbid "$5" "$2"
}

capture router rs
capture router any
capture router gre1
capture router ipip1
in_router ping -c 2 -W 10 172.16.1.2 >/dev/null
in_router ping -c 2 -W 10 -s 4000 172.16.2.2 >/dev/null
in_router ping -c 2 -W 10 172.16.3.2 >/dev/null
in_router ping -c 2 -W 10 -s 4000 172.16.4.2 >/dev/null
in_client ping -c 2 -W 10 10.2.0.2 >/dev/null
sleep 2
for _ in 1 2 3 4; do stop_last; done
none=203.0.113.0/24
judge 'GRE on the wire' "$work/rs.pcap" 172.16.1.2 gre/inner $none
judge 'GRE with key and Ethernet' "$work/rs.pcap" 172.16.2.2 gre/inner $none
judge 'IPIP' "$work/rs.pcap" 172.16.3.2 ipip/inner $none
judge 'VXLAN' "$work/rs.pcap" 172.16.4.2 vxlan/inner $none
judge 'ARP inside VXLAN' "$work/rs.pcap" 172.16.4.1 vxlan/inner/arp $none
judge 'plain, forwarded' "$work/rs.pcap" 10.1.0.2 outer $none
judge 'all devices at once (cooked)' "$work/any.pcap" 172.16.1.2 gre/inner $none
judge 'a GRE device' "$work/gre1.pcap" 172.16.1.2 outer 10.0.0.0/8
judge 'an IPIP device' "$work/ipip1.pcap" 172.16.3.2 outer 10.0.0.0/8
check 'expectations' says 'ok$' 0 "$leakcheck" --expect 'proto gre' 4 \
	--expect 'icmp and host 10.1.0.2' 4-4 --expect 'tcp' 0-0 "$work/rs.pcap"
check 'expectations not met' says 'NOT MET$' 1 "$leakcheck" --expect tcp 1 "$work/rs.pcap"
capture router rc
stop_last
check 'an empty capture' says 'no packets|no IPv4' 1 "$leakcheck" --forbid $none "$work/rc.pcap"

# ICMP errors of real stacks: from behind the tunnel, and about the tunnel's own packets.
in_router ip route add unreachable 10.9.0.0/16
capture router rc
in_client "$bin/flowd" udp-client 10.9.1.1 7000 --timeout-ms 300 >/dev/null || true
in_client "$bin/flowd" udp-client 10.2.0.2 7000 --timeout-ms 300 >/dev/null || true
sleep 2
stop_last
judge 'quoted by an ICMP error' "$work/rc.pcap" 10.2.0.2 icmp-quoted $none
in_server ip link set gre1 down
in_server ip link del gre1
capture router rs
in_router ping -c 2 -W 1 172.16.1.2 >/dev/null || true
sleep 2
stop_last
check 'quoted tunnel header' says 'icmp-quoted: dst 10\.2\.0\.2 leaks' 1 \
	"$leakcheck" --forbid 10.2.0.2 "$work/rs.pcap"
judge 'what was in it' "$work/rs.pcap" 172.16.1.2 icmp-quoted/gre/inner $none

capture router rs
in_router ping -c 1 -W 10 -R 10.2.0.2 >/dev/null
sleep 2
stop_last
check 'record route' says 'outer: option 10\.2\.0\.2 leaks' 1 "$leakcheck" --forbid 10.2.0.2 "$work/rs.pcap"

# A capture that is too short for what it holds.
ip netns exec router tcpdump -nni rs -U -s 40 -w "$work/short.pcap" 2>"$work/short.err" &
started+=($!)
seen short.err 'listening on'
in_router ping -c 1 -W 10 172.16.4.2 >/dev/null
sleep 2
stop_last
check 'a snap length of 40' says 'cut short' 1 "$leakcheck" --forbid $none "$work/short.pcap"
check 'and allowed' says 'leaks 0' 0 "$leakcheck" --allow-unjudged --forbid $none "$work/short.pcap"

# rawsend: what it prints is what goes out; the receiving stack takes its checksums.
mac() { ip netns exec "$1" cat "/sys/class/net/$2/address"; }
to=$(mac router rs)
from=$(mac server eth0)
words=(eth "$to" "$from" ip 10.2.0.2 10.2.0.1 id 4242 udp 5555 7777 data 40)
hex=$("$rawsend" --print - "${words[@]}")
capture router rs
check 'rawsend: words' says '^sent=3 us=' 0 in_server "$rawsend" eth0 --count 3 "${words[@]}"
check 'rawsend: hex' says '^sent=1 us=' 0 in_server "$rawsend" eth0 "$hex"
printf '# a comment\n%s\n%s\n\n' "${words[*]}" "$hex" >"$work/frames"
check 'rawsend: a file' says '^sent=4 us=' 0 in_server "$rawsend" eth0 -f "$work/frames" --count 2
check 'rawsend: a GSO frame' says '^sent=1 us=' 0 in_server "$rawsend" eth0 \
	--vnet 01014200b40522001000 eth "$to" "$from" ip 10.2.0.2 10.2.0.1 tcp 1 2 PA seq 1 data 20000
check 'rawsend: cut' says '^sent=1 us=' 0 in_server "$rawsend" eth0 --cut 30 "${words[@]}"
sleep 2
stop_last
same() { tcpdump -nnxxr "$work/rs.pcap" 'ip[4:2] == 4242 and greater 80' 2>/dev/null |
	sed -n 's/^\t0x[0-9a-f]*:  //p' | tr -d ' \n' | grep -oc "$hex$hex$hex$hex$hex$hex$hex$hex"; }
check 'rawsend: the bytes on the wire' same
check 'rawsend: large frame arrives whole' "$leakcheck" --expect 'tcp and greater 20000' 1-1 \
	"$work/rs.pcap"
check 'rawsend: the cut one is seen as such' says 'not judged 1' 1 \
	"$leakcheck" --forbid $none "$work/rs.pcap"

check 'rawsend: too large for the device' says 'Message too long' 1 \
	in_server "$rawsend" eth0 "${words[@]:0:3}" data 3000
check 'rawsend: no such device' says 'No such device' 1 in_server "$rawsend" eth9 00
while read -r line; do
	# shellcheck disable=SC2086
	check "usage: rawsend $line" says '^rawsend: ' 2 "$rawsend" $line
done <<-'END'

	eth0
	eth0 --count
	eth0 --count 0 00
	eth0 --interval-us x 00
	eth0 --nonsense 00
	eth0 --vnet 00 00
	eth0 0g
	eth0 000
	eth0 eth 1 2
	eth0 ip 10.0.0.1 10.0.0.2 nonsense
END
check 'rawsend: no such file' says 'No such file' 1 "$rawsend" eth0 -f "$work/nowhere"
lab_verdict
