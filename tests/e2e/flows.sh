# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Long flows of sandboxes while something changes around them, and what is known of flows. Sourced
# after lib.sh.
#
# shellcheck disable=SC2154,SC2120 # $work is of lib.sh; scenarios count some sessions or all

snat=192.168.63.254
declare -A flow_pid=()

# long_flow NAME HOST tcp|udp ADDR PORT : an echo every 100 ms until the scenario ends; an echo of
# UDP that is lost does not end it
long_flow() {
	local words=(--timeout-ms 30000)
	[ "$3" = tcp ] || words=(--timeout-ms 300 --keep-going)
	become "$2" flowd "$3-client" "$4" "$5" --count 100000 --interval-ms 100 --progress "${words[@]}" >"$work/$1" 2>&1 &
	flow_pid[$1]=$!
	started+=($!)
	within 10 has_steps "$1" 3 || die "no flow $1 from $2 to $3 $4:$5: $(cat "$work/$1")"
}

steps() { grep -cE '^(line|datagram) ' "$work/$1"; }
has_steps() { [ "$(steps "$1")" -ge "$2" ]; }

# goes_on NAME [SECONDS] : three more echoes come, within 5 s
goes_on() { within "${2:-5}" has_steps "$1" $(($(steps "$1") + 3)); }

# patience HOST… : in how many seconds each end of the flow `tcp`, which are there, has tried again at the
# latest, and three more echoes have come
patience() {
	local h
	for h; do at "$h" ss -Htin "( sport = :7000 or dport = :7000 )"; done |
		sed -nE 's/.* rto:([0-9]+).*/\1/p' | sort -n | tail -n 1 | awk '{ print int($1 / 1000) + 5 }'
}

# reset_or_goes_on NAME SECONDS : before they are over it was reset, or goes on
reset_or_goes_on() {
	local want=$(($(steps "$1") + 3))
	within "$2" eval "gone ${flow_pid[$1]} || has_steps $1 $want" &&
		{ ! gone "${flow_pid[$1]}" || grep 'end=reset' "$work/$1"; }
}

end_flow() {
	kill "${flow_pid[$1]}" 2>/dev/null
	wait "${flow_pid[$1]}" 2>/dev/null
}

# between_echoes NAME COMMAND… : runs it when an echo has come a moment ago
between_echoes() {
	within 5 has_steps "$1" $(($(steps "$1") + 1)) || die "the flow $1 has come to a halt"
	"${@:2}"
}

# paused COMMAND… : runs it while no packet of the long flows is on its way
paused() {
	kill -STOP "${flow_pid[@]}"
	sleep 0.5
	"$@"
	kill -CONT "${flow_pid[@]}"
}

sessions() { genl session count "$@" | tr -dc 0-9; }

# tracked [WORDS OF conntrack] : the entries that packets of sandboxes made
tracked() { conntrack -L -s $snat "$@" 2>/dev/null; }
entries() { tracked "$@" | grep -c .; }

# outside PROTO PORT : address:port with which the flow to that port of the far end leaves the host
outside() {
	tracked -p "$1" --orig-port-dst "$2" | sed -n "s/.* src=[^ ]* dst=\([^ ]*\) sport=$2 dport=\([0-9]*\) .*/\1:\2/p"
}

# strays : entries of TCP and UDP that have no session
strays() {
	comm -23 <(tracked | sed -nE "s/^(tcp|udp) .*src=$snat dst=([^ ]*) sport=([0-9]*) dport=([0-9]*) .*src=.*/\1 \2:\4 $snat:\3/p" | sort) \
		<(genl session list | awk '{ print $1, $5, $6 }' | sort)
}
no_strays() { [ -z "$(strays)" ]; }

# refused HOST COUNTER : new flows of all kinds, at a limit that this counter tells of;
# echo servers are at 1.1.1.1 tcp 7000 and udp 7001
refused() {
	local before out mine
	before=$(counter "$2")
	mine=$(sessions)
	capture "$1" eth0 "$1-$2"
	out=$(at "$1" flowd tcp-client 1.1.1.1 7000 --timeout-ms 5000)
	check_has "$1: a new TCP flow is refused" "$out" 'received=0 end=refused'
	check_range "$1: at once" "$(sed -n 's/.* ms=\([0-9]*\).*/\1/p' <<<"$out")" 0 900
	check_has "$1: a new UDP flow is told so" \
		"$(at "$1" flowd udp-client 1.1.1.1 7001 --timeout-ms 2000)" 'icmp=3/13 from=192\.168\.63\.253'
	check_has "$1: a new ping too" "$(at "$1" ping -c 1 -W 2 1.1.1.1)" 'From 192\.168\.63\.253.*filtered'
	stop_captures
	check_is "$1: one reset" "$(packets "$1-$2" 'src host 1.1.1.1 and tcp[13] & 4 != 0')" 1
	check_is "$1: two ICMP errors, administratively prohibited" \
		"$(packets "$1-$2" 'icmp[0] = 3 and icmp[1] = 13 and src host 192.168.63.253')" 2
	check_is "$1: counted as $2" "$(counter "$2")" $((before + 3))
	check_is "$1: no session more" "$(sessions)" "$mine"
}

# prepare_sctp : so that segments of SCTP without a checksum are tracked, and the far end stays silent
prepare_sctp() {
	must sysctl -qw net.netfilter.nf_conntrack_checksum=0
	modprobe nf_conntrack_proto_sctp 2>/dev/null
	must at gw nft -f - <<'N'
table ip silent {
	chain forward { type filter hook forward priority 0; ip protocol { sctp, gre } drop; }
}
N
}

# sctp_inits HOST ADDR FIRST LAST : a file of SCTP's opening segments, from these ports to one
sctp_inits() {
	local i frame
	frame="eth $(mac ".:z$2") $(mac "$1:eth0") ip $2 1.1.1.1 proto 132"
	for ((i = $3; i <= $4; i++)); do
		printf '%s hexdata %04x1b580000000000000000%s%04x\n' \
			"$frame" $i 010000140000000100010000000100010000 $i
	done >"$work/inits"
}
associations() { conntrack -L -p sctp 2>/dev/null | grep -c .; }

# follow_servers : the echo servers that `follows` needs, and a UDP flow that outlives its changes
follow_servers() {
	serve internet tcp 1.1.1.1 7000
	serve internet udp 1.1.1.1 7001
	serve internet tcp 1.1.1.1 7002
	follow_server=$work/log.${#started[@]}
	# What has ended shall not hide what is stale.
	must genl config set idle-tcp-closing 1 idle-tcp-reset 1
	long_flow udp sb1 udp 1.1.1.1 7001
}

# follows TEXT SOURCE COMMAND… : a change after which the flows of sb1 to 1.1.1.1 leave the host with
# that source address
follows() {
	local text=$1 source=$2 new
	shift 2
	long_flow tcp sb1 tcp 1.1.1.1 7000
	"$@" || die "$*"
	at sb1 flowd tcp-client 1.1.1.1 7002 --timeout-ms 5000 >"$work/new" 2>&1 &
	new=$!
	check "$text: the old connection was reset within 5 s, or goes on" reset_or_goes_on tcp 5
	check "$text: the one made at once works" wait $new
	check_has "$text: it leaves with $source" "$(grep '^peer' "$follow_server" | tail -n 1)" "^peer $source:"
	check "$text: the old UDP flow goes on" goes_on udp
	check_has "$text: with $source" "$(outside udp 7001)" "^$source:"
	end_flow tcp
	check "$text: nothing stale is left" within 15 eval "no_strays && ! tracked | grep -v ' dst=$source '"
}
