# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Long flows of sandboxes while something changes around them, and what is known of flows. Sourced
# after lib.sh.

snat=192.168.63.254
declare -A flow_pid=()

# long_flow NAME HOST tcp|udp ADDR PORT : an echo every 100 ms until the scenario ends; an echo of
# UDP that is lost does not end it
long_flow() {
	local words=(--timeout-ms 30000)
	[ "$3" = tcp ] || words=(--timeout-ms 300 --keep-going)
	at "$2" flowd "$3-client" "$4" "$5" --count 100000 --interval-ms 100 --progress "${words[@]}" >"$work/$1" 2>&1 &
	flow_pid[$1]=$!
	started+=($!)
	within 10 has_steps "$1" 3 || die "no flow $1 from $2 to $3 $4:$5: $(cat "$work/$1")"
}

steps() { grep -cE '^(line|datagram) ' "$work/$1"; }
has_steps() { [ "$(steps "$1")" -ge "$2" ]; }

# goes_on NAME [SECONDS] : three more echoes come, within 5 s
goes_on() { within "${2:-5}" has_steps "$1" $(($(steps "$1") + 3)); }

# settled NAME SECONDS : before they are over it was reset, or goes on
settled() {
	local want=$(($(steps "$1") + 3))
	within "$2" eval "gone ${flow_pid[$1]} || has_steps $1 $want" &&
		{ ! gone "${flow_pid[$1]}" || grep 'end=reset' "$work/$1"; }
}

end_flow() {
	kill "${flow_pid[$1]}" 2>/dev/null
	wait "${flow_pid[$1]}" 2>/dev/null
}

# between_echoes NAME COMMAND… : runs it just after an echo has come
between_echoes() {
	within 5 has_steps "$1" $(($(steps "$1") + 1)) || die "the flow $1 has come to a halt"
	"${@:2}"
}

sessions() { genl session count "$@" | tr -dc 0-9; }

# entries [WORDS OF conntrack] : those that packets of sandboxes made
entries() { conntrack -L -s $snat "$@" 2>/dev/null; }

# outside PROTO PORT : address:port with which the flow to that port of the far end leaves the host
outside() {
	entries -p "$1" --orig-port-dst "$2" | sed -n "s/.* src=[^ ]* dst=\([^ ]*\) sport=$2 dport=\([0-9]*\) .*/\1:\2/p"
}

one_entry_each() { [ "$(entries | grep -c .)" = "$(sessions)" ]; }

# follows TEXT SOURCE COMMAND… : a change after which the flows of sb1 to 1.1.1.1, with echo servers
# of `follow_servers`, leave the host with that source address
follow_servers() {
	serve internet tcp 1.1.1.1 7000
	serve internet udp 1.1.1.1 7001
	serve internet tcp 1.1.1.1 7002
	follow_server=$work/log.${#started[@]}
	# What has ended shall not hide what is stale.
	must genl config set idle-tcp-closing 2 idle-tcp-reset 2 idle-icmp 2
	long_flow udp sb1 udp 1.1.1.1 7001
}
follows() {
	local text=$1 source=$2 changed
	shift 2
	long_flow tcp sb1 tcp 1.1.1.1 7000
	"$@" || die "$*"
	changed=$SECONDS
	check "$text: a new connection, at once" at sb1 flowd tcp-client 1.1.1.1 7002 --timeout-ms 5000
	check_has "$text: it leaves with $source" "$(grep '^peer' "$follow_server" | tail -n 1)" "^peer $source:"
	check "$text: the old one was reset within 5 s, or goes on" settled tcp $((changed + 5 - SECONDS))
	check "$text: the old UDP flow goes on" goes_on udp $((changed + 5 - SECONDS))
	check_has "$text: with $source" "$(outside udp 7001)" "^$source:"
	end_flow tcp
	check "$text: nothing stale is left" within 15 eval "one_entry_each && ! entries | grep -v ' dst=$source '"
}
