# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scenarios about firewalls share: others' rule sets, traffic of every kind through them,
# and the remedies that `verify` gives. Sourced after lib.sh.
#
# shellcheck disable=SC2154 # $work is of lib.sh

# docker_rules [IPTABLES] : what the Docker daemon lays down for its default bridge. The layout is
# that of moby's own integration/network/bridge/iptablesdoc/generated/new-daemon.md as of Docker 27;
# the policy becomes DROP where the daemon had to set ip_forward itself, says the same page.
docker_rules() {
	must "${1:-iptables}-restore" --noflush <<-'END'
		*filter
		:FORWARD DROP [0:0]
		:DOCKER - [0:0]
		:DOCKER-ISOLATION-STAGE-1 - [0:0]
		:DOCKER-ISOLATION-STAGE-2 - [0:0]
		:DOCKER-USER - [0:0]
		-A FORWARD -j DOCKER-USER
		-A FORWARD -j DOCKER-ISOLATION-STAGE-1
		-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A FORWARD -o docker0 -j DOCKER
		-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
		-A FORWARD -i docker0 -o docker0 -j ACCEPT
		-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
		-A DOCKER-ISOLATION-STAGE-1 -j RETURN
		-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
		-A DOCKER-ISOLATION-STAGE-2 -j RETURN
		-A DOCKER-USER -j RETURN
		COMMIT
		*nat
		:DOCKER - [0:0]
		-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
		-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
		-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
		-A DOCKER -i docker0 -j RETURN
		COMMIT
	END
}

# firewalld_table POLICY [LAST] : the forward chain of firewalld's table; the layout is that of
# firewalld 2, as listed in its issue 1474
firewalld_table() {
	must nft -f - <<-END
		table inet firewalld {
			chain filter_FORWARD {
				type filter hook forward priority filter + 10; policy $1;
				ct state { established, related } accept
				ct status dnat accept
				iifname "lo" accept
				ct state invalid drop
				ip6 daddr { ::/96, 2002::/24 } reject with icmpv6 addr-unreachable
				jump filter_FORWARD_POLICIES
				${2:-}
			}
			chain filter_FORWARD_POLICIES {
				iifname "eth0" oifname "eth0" accept
			}
		}
	END
}

# pings SECONDS : sb1 gets an answer from 1.1.1.1 before they are over
pings() { at sb1 ping -c 1 -W "$1" 1.1.1.1; }
# echoes : it reaches it by TCP and UDP, too, where `echo_servers` are
echoes() {
	pings 5 &&
		at sb1 flowd tcp-client 1.1.1.1 7000 --count 20 --timeout-ms 20000 &&
		at sb1 flowd udp-client 1.1.1.1 7001 --count 5 --timeout-ms 20000
}
echo_servers() {
	serve internet tcp 1.1.1.1 7000
	serve internet udp 1.1.1.1 7001
}

to=() # destinations that `verify` looks at

# finding CHECK : the first finding of `verify` of that name that is not OK, as `LEVEL WHAT`; its
# remedy is in $work/remedy
finding() {
	genl -j verify "${to[@]}" >"$work/verify.json"
	python3 - "$1" "$work/verify.json" "$work/remedy" <<-'END'
		import json, sys
		name, source, remedy = sys.argv[1:]
		for f in json.load(open(source))["checks"]:
		    if f["check"] == name and f["level"] != "ok":
		        open(remedy, "w").write(f["remedy"] or "")
		        print(f["level"], f["what"])
		        break
	END
}

# fails TEXT CHECK PATTERN : no new flow passes, and `verify` says why
fails() {
	check_not "$1: nothing passes" pings 1
	check_not "$1: verify fails" genl verify "${to[@]}"
	check_has "$1: it names what is to blame" "$(finding "$2")" "^fail $3"
}

# remedied TEXT : the remedy, pasted, helps
remedied() {
	note "$(cat "$work/remedy")"
	check "$1: the remedy can be pasted" bash -c "$(cat "$work/remedy")"
	check "$1: traffic passes" echoes
	check_is "$1: verify finds nothing" "$(genl verify "${to[@]}" | grep -v '^OK')" ""
}

# others : the rules of iptables that are not ours, table by table, and the policies
others() { iptables-save | sed 's/ \[.*//' | grep -vE '^#|cube-router|CUBE-ROUTER'; }
