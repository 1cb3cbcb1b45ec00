# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # $gateway is lib.sh's
# What can be taken away while traffic flows, each in a function whose argument says how many times.
# Sourced after lib.sh and topology.sh. After each, what is left works on and what comes back works
# again; that the kernel stays silent, the guest's runner sees.

# under_load : a node with three sandboxes, the first two without rest
under_load() {
	one_uplink
	enabled sb1 sb2 sb3
	serve internet tcp 1.1.1.1 7000
	serve internet udp 1.1.1.1 7001
	load sb1
	load sb2
}

# load NAME : echoes, UDP and short TCP connections without end, until unload NAME
declare -A loads=()
load() {
	at "$1" ping -q -i 0.02 1.1.1.1 >/dev/null 2>&1 &
	loads[$1]+=" $!"
	at "$1" bash -c 'while sleep 0.1; do flowd udp-client 1.1.1.1 7001 --count 50 --keep-going --timeout-ms 200; done' >/dev/null 2>&1 &
	loads[$1]+=" $!"
	at "$1" bash -c 'while sleep 0.1; do flowd many-tcp 1.1.1.1 7000 10 --count 20 --timeout-ms 500; done' >/dev/null 2>&1 &
	loads[$1]+=" $!"
}
unload() {
	local pid
	for pid in ${loads[$1]}; do
		kill "$pid" 2>/dev/null
		pkill -P "$pid"
	done
	loads[$1]=
}

# in_traffic PORT [OPTION…] : comes back when this port's load flows, so that what is taken away now is taken
# away under it; OPTION is the tool's
in_traffic() {
	local before
	before=$(carried "$@")
	within 60 carried_more "$before" "$@" ||
		die "no load at $1: packets out and back were $before, and are $(carried "$@")"
}
# carried PORT [OPTION…] : how many of its packets went out, and how many came back
carried() {
	genl "${@:2}" -j sandbox list | sed 's/{/\n/g' |
		sed -nE "s/.*\"port\":\"$1\".*\"packets_out\":([0-9]+).*\"packets_back\":([0-9]+).*/\1 \2/p"
}
carried_more() { # BEFORE PORT [OPTION…]
	local before now
	read -ra before <<<"$1"
	read -ra now < <(carried "${@:2}")
	[ $((now[0] - before[0])) -ge 10 ] && [ $((now[1] - before[1])) -ge 10 ]
}
works() { check "$1" within 20 reaches "$2" 1; }

registered() {
	local n
	for n in 11 12 13; do must genl sandbox add "z192.168.0.$n"; done
}

# -------- what is taken away

port_deleted() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must ip link del z192.168.0.11
		unload sb1
		must ip netns del sb1
		sandbox sb1 192.168.0.11
		must genl sandbox add z192.168.0.11
		load sb1
	done
	works "a port deleted under load and made anew works" sb1
	works "its neighbour works" sb2
}

port_unregistered() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must genl sandbox del z192.168.0.11
		must genl sandbox add z192.168.0.11
	done
	works "a port unregistered and registered under load works" sb1
}

device_deleted() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must ip link del cube-router
		sleep 0.2
		must genl enable >/dev/null
	done
	works "cube-router deleted under load and made again works" sb1
}

mode_changed() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must genl disable >/dev/null
		must genl enable >/dev/null
	done
	works "disable and enable under load" sb1
}

all_flushed() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must genl session flush >/dev/null
		conntrack -F >/dev/null 2>&1
	done
	works "sessions and conntrack flushed under load" sb1
}

uplink_down() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must ip link set eth0 down
		must ip link set eth0 up
		must ip route replace default via 198.18.0.1
	done
	works "the uplink down and up under load" sb1
}

# a node in a namespace of its own, deleted while it forwards
namespace_deleted() {
	local i pinger
	for ((i = 0; i < $1; i++)); do
		router node
		host far guest
		wire node:eth0 far:eth0
		addr node eth0 198.18.5.1/24
		addr far eth0 198.18.5.2/24
		wire node:z192.168.0.20 guest:eth0
		addr node z192.168.0.20 "$gateway/32"
		addr guest eth0 192.168.0.20/32
		route guest "$gateway" dev eth0
		route guest default via "$gateway"
		must genl -n node enable >/dev/null
		must genl -n node sandbox add z192.168.0.20
		check "the other node works ($i)" within 20 at guest ping -c 1 -W 1 198.18.5.2
		at guest ping -q -i 0.02 -w 60 198.18.5.2 >/dev/null 2>&1 &
		pinger=$!
		in_traffic z192.168.0.20 -n node
		must ip netns del node
		must ip netns del far
		kill $pinger
		must ip netns del guest
	done
	works "the first node works on" sb1
}

module_unloaded() {
	local i
	for ((i = 0; i < $1; i++)); do
		in_traffic z192.168.0.11
		must genl stop force >/dev/null
		check "the module unloads under load ($i)" within 20 rmmod cube_router
		must genl enable >/dev/null
		registered
	done
	works "and works again" sb2
}

# Without a word to it: hooks, device and sessions go with it.
module_pulled() {
	in_traffic z192.168.0.11
	check "the module unloads while it is enabled and ports are registered" rmmod cube_router
	check_not "cube-router is gone with it" ip link show cube-router
	unload sb1
	unload sb2
	check "enable loads it" genl enable
	registered
	works "works after that, too" sb3
	check "stop force" genl stop force
	check "nothing keeps the module" rmmod cube_router
	check_is "no entry of ours is left in conntrack" "$(conntrack -L -s 192.168.63.254 2>/dev/null | wc -l)" 0
}
