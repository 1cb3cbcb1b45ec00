#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Tests flowd over a real routed path: every way a flow can end must be told by its name.
#   tests/tools/test_flowd.sh FOLDER      as root, where `ss -K` works (CONFIG_INET_DIAG_DESTROY); see lab.sh
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lab.sh
. "$here/lab.sh"

flowd=$bin/flowd
client() { in_client timeout 300 "$flowd" "$@"; }

lab_hosts
start tcp server "$flowd" tcp-server 10.2.0.2 7000
start udp server "$flowd" udp-server 0.0.0.0 7000

check 'server says where it listens' says '^ready 10\.2\.0\.2:7000$' 0 cat "$work/tcp"
check 'tcp: one line' says '^sent=1 received=1 end=ok ms=[0-9]+ local=10\.1\.0\.2:[0-9]+$' 0 \
	client tcp-client 10.2.0.2 7000
check 'tcp: peer is named' says '^peer 10\.1\.0\.2:[0-9]+$' 0 cat "$work/tcp"
check 'tcp: orderly end' says '^closed 10\.1\.0\.2:[0-9]+ bytes=[0-9]+ how=end$' 0 cat "$work/tcp"
check 'tcp: many lines' says '^sent=200 received=200 end=ok ' 0 \
	client tcp-client 10.2.0.2 7000 --count 200
check 'tcp: lines of 1 MB' says '^sent=5 received=5 end=ok ' 0 \
	client tcp-client 10.2.0.2 7000 --count 5 --size 1048576
check 'tcp: own address and port' says 'end=ok .*local=10\.1\.0\.2:5555' 0 \
	client tcp-client 10.2.0.2 7000 --bind 10.1.0.2:5555
check 'tcp: progress' says '^connected local=10\.1\.0\.2:' 0 \
	client tcp-client 10.2.0.2 7000 --progress
check 'tcp: refused' says '^sent=0 received=0 end=refused .*errno=ECONNREFUSED' 1 \
	client tcp-client 10.2.0.2 7001
check 'many: 300 at once' says 'sent=300 received=300 end=ok .*connections=300 failed=0' 0 \
	client many-tcp 10.2.0.2 7000 300
check 'many: rounds' says 'sent=60 received=60 end=ok' 0 \
	client many-tcp 10.2.0.2 7000 20 --count 3 --interval-ms 100 --size 100000
check 'many: refused' says 'sent=0 received=0 end=refused .*failed=7' 1 \
	client many-tcp 10.2.0.2 7001 7

check 'udp: datagrams' says '^sent=5 received=5 end=ok ' 0 client udp-client 10.2.0.2 7000 --count 5
check 'udp: peer is named once' says '^1$' 0 grep -c ^peer "$work/udp"
check 'udp: fragments' says '^sent=3 received=3 end=ok ' 0 \
	client udp-client 10.2.0.2 7000 --count 3 --size 65507
check 'udp: refused, by whom' says 'end=refused .*errno=ECONNREFUSED icmp=3/3 from=10\.2\.0\.2' 1 \
	client udp-client 10.2.0.2 7001

in_router ip route add unreachable 10.3.1.0/24
in_router ip route add prohibit 10.3.2.0/24
in_router ip route add blackhole 10.3.3.0/24
check 'tcp: unreachable' says '^sent=0 received=0 end=unreachable .*errno=EHOSTUNREACH' 1 \
	client tcp-client 10.3.1.1 7000
sleep 2 # such errors are limited to one a second
check 'udp: unreachable, by whom' \
	says 'end=unreachable .*errno=EHOSTUNREACH icmp=3/1 from=10\.1\.0\.1' 1 \
	client udp-client 10.3.1.1 7000
sleep 2
check 'udp: prohibited' says 'end=unreachable .*icmp=3/13 from=10\.1\.0\.1' 1 \
	client udp-client 10.3.2.1 7000
check 'tcp: timeout' says '^sent=0 received=0 end=timeout ms=([4-9][0-9]{2}|[1-9][0-9]{3})( |$)' 1 \
	client tcp-client 10.3.3.1 7000 --timeout-ms 400
check 'udp: timeout' says '^sent=1 received=0 end=timeout ms=([4-9][0-9]{2}|[1-9][0-9]{3})( |$)' 1 \
	client udp-client 10.3.3.1 7000 --timeout-ms 400
check 'udp: keep going' says '^sent=3 received=0 end=timeout ms=([3-9][0-9]{2}|[1-9][0-9]{3})( |$)' 1 \
	client udp-client 10.3.3.1 7000 --timeout-ms 100 --count 3 --keep-going

in_router ip link set rs mtu 1400
in_server ip link set eth0 mtu 1400
check 'udp: path MTU by name' says 'end=error .*errno=EMSGSIZE icmp=3/4 from=10\.1\.0\.1 info=1400' 1 \
	client udp-client 10.2.0.2 7000 --size 1450 --pmtu 'do'
check 'udp: path MTU known' says 'sent=0 .*errno=EMSGSIZE info=1400' 1 \
	client udp-client 10.2.0.2 7000 --size 1450 --pmtu 'do'
check 'udp: fragments to the path MTU' says 'end=ok' 0 \
	client udp-client 10.2.0.2 7000 --size 1450 --pmtu want
in_router ip link set rs mtu 1500
in_server ip link set eth0 mtu 1500

# Answers that nobody asked for: sent by hand in the name of a host that does not exist.
mac() { ip netns exec "$1" cat "/sys/class/net/$2/address"; }
forge() {
	in_router "$bin/rawsend" rc --count 100 --interval-us 50000 \
		eth "$(mac client eth0)" "$(mac router rc)" ip 10.3.3.1 10.1.0.2 \
		udp 7000 5556 text nonsense >"$work/forged" &
	client udp-client 10.3.3.1 7000 --bind 10.1.0.2:5556 --timeout-ms 5000
}
check 'udp: mismatch' says 'sent=1 received=0 end=mismatch' 1 forge

# Trouble in the middle of a connection. The first line of output tells that it is up.
long() {
	start long client timeout 300 "$flowd" tcp-client 10.2.0.2 7000 --progress --count 100 "$@"
	seen long '^line 1$'
}
long_ends() {
	local rc=0
	wait_last || rc=$?
	cat "$work/long"
	echo "exit $rc"
	grep -Eq "$1" < <(tail -n 1 "$work/long") && [ $rc = 1 ]
}
long --interval-ms 200 --timeout-ms 1000
in_router ip link set rs down
check 'tcp: silence is a timeout' long_ends 'end=timeout'
in_router ip link set rs up
long --interval-ms 200
in_server ss -K -t src 10.2.0.2:7000
check 'tcp: reset' long_ends 'end=reset .*errno=ECONNRESET'
long --interval-ms 30000
in_server ss -K -t src 10.2.0.2:7000
check 'tcp: reset while waiting is seen at once' long_ends 'end=reset ms=[0-9]{1,4} '
start own server "$flowd" tcp-server 10.2.0.2 7100 --seconds 5
check 'tcp: the server ends' says 'end=(closed|reset)' 1 \
	client tcp-client 10.2.0.2 7100 --count 100 --interval-ms 100
wait_last
check 'server: lives as long as told' says 'how=server-end' 0 cat "$work/own"
start resting client timeout 300 "$flowd" many-tcp 10.2.0.2 7000 30 --count 2 --interval-ms 4000 --progress
seen resting '^round 1 '
in_server ss -K -t src 10.2.0.2:7000 >"$work/killed"
wait_last || true
check 'many: resets while resting' says 'received=30 end=reset .*failed=30' 0 cat "$work/resting"

for words in '' tcp 'tcp-client' 'tcp-client 10.2.0.2' 'tcp-client 10.2.0.2 0' \
	'tcp-client 10.2.0.2 65536' 'tcp-client here 7000' 'tcp-client 10.2.0.2 7000 --count' \
	'tcp-client 10.2.0.2 7000 --count 0' 'tcp-client 10.2.0.2 7000 --size 23' \
	'udp-client 10.2.0.2 7000 --size 65508' 'tcp-client 10.2.0.2 7000 --pmtu do' \
	'udp-client 10.2.0.2 7000 --pmtu yes' 'tcp-client 10.2.0.2 7000 --bind 10.1.0:1' \
	'tcp-server 10.2.0.2 7000 --count 1' 'many-tcp 10.2.0.2 7000' 'many-tcp 10.2.0.2 7000 0'; do
	# shellcheck disable=SC2086
	check "usage: flowd $words" says '^flowd: ' 2 "$flowd" $words
done
check 'bind: not our address' says 'EADDRNOTAVAIL|Cannot assign' 1 \
	client tcp-client 10.2.0.2 7000 --bind 10.9.9.9

stop_last
check 'udp-server: tells what it did' says '^datagrams=[0-9]+ peers=[0-9]+ failed=0$' 0 cat "$work/udp"
stop_last
check 'tcp-server: tells what it did' says '^accepted=[0-9]+$' 0 cat "$work/tcp"
lab_verdict
