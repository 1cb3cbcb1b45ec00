# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The topologies of Example 1 (docs/gre-remote.md) and Example 2 (docs/two-nics.md), with the addresses
# that are said there. Sourced after lib.sh.

# dual_nic : Example 2. Both NICs have the gateway 10.206.0.1, and each NIC only gets what is
# addressed to it, as in a cloud. Behind the gateway: 1.1.1.1 and 10.50.0.12.
dual_nic() {
	router gw
	host internet internal
	wire .:eth0 gw:port0
	wire .:eth1 gw:port1
	wire gw:out internet:eth0
	wire gw:in internal:eth0
	addr . eth0 10.206.0.4/24
	addr . eth1 10.206.0.15/24
	must at gw sysctl -qw net.ipv4.conf.all.arp_ignore=0
	addr gw port0 10.206.0.1/32
	addr gw port1 10.206.0.1/32
	route gw 10.206.0.4 dev port0
	route gw 10.206.0.15 dev port1
	addr gw out 1.1.1.254/24
	addr internet eth0 1.1.1.1/24
	route internet default via 1.1.1.254
	addr gw in 10.50.0.1/24
	addr internal eth0 10.50.0.12/24
	route internal default via 10.50.0.1
}

# dual_nic_routes : the host routes, as the document prints them
dual_nic_routes() {
	# Internet traffic uses eth0 by default.
	ip route replace default via 10.206.0.1 dev eth0 src 10.206.0.4

	# Private-address traffic uses eth1.
	ip route replace 10.0.0.0/8 via 10.206.0.1 dev eth1 src 10.206.0.15
	ip route replace 172.16.0.0/12 via 10.206.0.1 dev eth1 src 10.206.0.15
	ip route replace 192.168.0.0/16 via 10.206.0.1 dev eth1 src 10.206.0.15
}

# gre_remote : Example 1. The node and the GRE remote reach each other through `core`, behind which
# are 1.1.1.1, which only the remote's NAT may use, and the private 10.1.2.3.
gre_remote() {
	router core
	host remote internet private
	wire .:eth0 core:cube
	wire core:remote remote:eth0
	wire core:out internet:eth0
	wire core:in private:eth0
	addr . eth0 203.0.113.10/24
	addr core cube 203.0.113.1/24
	addr core remote 198.51.100.1/24
	addr remote eth0 198.51.100.20/24
	addr core out 1.1.1.254/24
	addr internet eth0 1.1.1.1/24
	addr core in 10.1.2.254/24
	addr private eth0 10.1.2.3/24
	route . default via 203.0.113.1
	route remote default via 198.51.100.1
	route internet default via 1.1.1.254
	route private default via 10.1.2.254
}

# two_uplinks : the node has eth0 and eth1 with gateways of their own, in different networks, and
# 1.1.1.1 lies behind both
two_uplinks() {
	router gw0 gw1
	host internet
	wire .:eth0 gw0:node
	wire .:eth1 gw1:node
	wire gw0:out internet:eth0
	wire gw1:out internet:eth1
	addr . eth0 198.18.0.2/24
	addr gw0 node 198.18.0.1/24
	addr . eth1 198.18.1.2/24
	addr gw1 node 198.18.1.1/24
	addr gw0 out 198.18.10.1/24
	addr internet eth0 198.18.10.2/24
	addr gw1 out 198.18.11.1/24
	addr internet eth1 198.18.11.2/24
	addr internet lo 1.1.1.1/32
	route gw0 1.1.1.1 via 198.18.10.2
	route gw1 1.1.1.1 via 198.18.11.2
	route internet 198.18.0.0/24 via 198.18.10.1
	route internet 198.18.1.0/24 via 198.18.11.1
	route . default via 198.18.0.1 dev eth0
	# 1.1.1.1 answers over either of its links; nothing here is about its own taste.
	must at internet sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 \
		net.ipv4.conf.eth1.rp_filter=0
}

# one_uplink [MTU] : the node, a gateway, and 1.1.1.1 behind it
one_uplink() {
	router gw
	host internet
	wire .:eth0 gw:node
	wire gw:out internet:eth0
	addr . eth0 198.18.0.2/24
	addr gw node 198.18.0.1/24
	addr gw out 1.1.1.254/24
	addr internet eth0 1.1.1.1/24
	route . default via 198.18.0.1
	route internet default via 1.1.1.254
}

# reaches HOST [SECONDS] : its ping to 1.1.1.1 is answered within so many, 5 unless told
reaches() { at "$1" ping -c 1 -W "${2:-5}" 1.1.1.1; }

# plain_nat, no_plain_nat : what the host would do by itself for the sandboxes that are there, as a
# control; it leaves nothing behind
plain_nat() {
	local port
	for port in $(ip -br link | sed -n 's/^\(z[0-9.]*\)@.*/\1/p'); do
		route . "${port#z}" dev "$port"
	done
	must sysctl -qw net.ipv4.ip_forward=1
	must iptables -t nat -A POSTROUTING -s 192.168.0.0/18 -o eth0 -j MASQUERADE
}
no_plain_nat() {
	local port
	must iptables -t nat -D POSTROUTING -s 192.168.0.0/18 -o eth0 -j MASQUERADE
	for port in $(ip -br link | sed -n 's/^\(z[0-9.]*\)@.*/\1/p'); do
		must ip route del "${port#z}" dev "$port"
	done
	must conntrack -F 2>/dev/null
}

# enabled NAME… : cube-router is enabled and each NAME, sb1 sb2 …, is a registered sandbox with
# the address 192.168.0.11, .12, …
enabled() {
	local name n=10
	must genl enable >/dev/null
	for name; do
		n=$((n + 1))
		sandbox "$name" "192.168.0.$n"
		must genl sandbox add "z192.168.0.$n"
	done
}

# masqueraded NAME IP : a machine like a sandbox, behind the host's plain forwarding and MASQUERADE:
# the control. Whatever passes here has to pass for a sandbox.
masqueraded() {
	sandbox "$1" "$2"
	route . "$2" dev "z$2"
	must iptables -t nat -A POSTROUTING -s "$2" -j MASQUERADE
}

# narrow_path : the node, two routers, and 1.1.1.1 behind them; `narrow MTU` sets that of the link
# between the routers, so that each of them has to tell those on its own side
narrow_path() {
	router gw core
	host internet
	wire .:eth0 gw:node
	wire gw:core core:gw
	wire core:out internet:eth0
	addr . eth0 198.18.0.2/24
	addr gw node 198.18.0.1/24
	addr gw core 198.18.1.1/24
	addr core gw 198.18.1.2/24
	addr core out 1.1.1.254/24
	addr internet eth0 1.1.1.1/24
	route . default via 198.18.0.1
	route gw default via 198.18.1.2
	route core default via 198.18.1.1
	route internet default via 1.1.1.254
}
narrow() {
	must at gw ip link set core mtu "$1"
	must at core ip link set gw mtu "$1"
}
