# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What e2e/pmtu-change and e2e/pmtu-shrinks share: a path that can be made narrow, with a tunnel above it and
# without, and transfers both ways over it, of web pages and of streams that run while it is. Sourced after
# topology.sh.
#
# shellcheck disable=SC2154,SC2317 # $work is of lib.sh; scenarios call what they need

narrow_path
enabled sb1
mkdir -p "$work/www/cgi-bin"
head -c 500000 /dev/urandom >"$work/www/file"
mkfifo "$work/never"
head -c 100000 /dev/urandom >"$work/www/short"
cat >"$work/www/cgi-bin/take" <<SCRIPT
#!/bin/sh
cat >$work/taken
printf 'Content-Type: text/plain\n\ntaken\n'
SCRIPT
chmod +x "$work/www/cgi-bin/take"
serve_http internet 80 "$work/www"

# -------- transfers

download() { # HOST ADDRESS FILE OPTION…
	local h=$1 a=$2 f=$3
	shift 3
	at "$h" curl -sf --max-time 60 "$@" -o "$work/got" "http://$a/$f" && cmp "$work/www/$f" "$work/got"
}
upload() { # HOST ADDRESS FILE OPTION…
	local h=$1 a=$2 f=$3
	shift 3
	at "$h" curl -sf --max-time 60 "$@" -H Expect: -H 'Content-Type: application/octet-stream' \
		--data-binary "@$work/www/$f" -o /dev/null "http://$a/cgi-bin/take" && cmp "$work/www/$f" "$work/taken"
}

# stream NAME : pieces of the file for as long as $work/NAME.go is missing, then the whole; what it said
# is in $work/NAME.sent
stream() {
	local rounds=0
	while [ ! -e "$work/$1.go" ] && [ $rounds -lt 2000 ]; do
		cat "$work/www/short"
		rounds=$((rounds + 1))
		sleep 0.1
	done | tee "$work/$1.sent"
	tee -a "$work/$1.sent" <"$work/www/file"
}
# flowing NAME : its data arrives now
flowing() {
	local was
	was=$(stat -c %s "$work/$1.got")
	[ "$was" -gt 0 ] && within 20 eval '[ "$(stat -c %s "$work/'"$1"'.got")" -gt '"$was"' ]'
}
# change_under TEXT HOST ADDRESS COMMAND… : a download and an upload run while the command is run;
# they go on, and what arrives is what was sent
change_under() {
	local text=$1 h=$2 a=$3 n pids
	shift 3
	rm -f "$work"/{up,down}.*
	# An end that has nothing to say must not say so: the other would take it for the end.
	at internet busybox nc -l -p 9001 <>"$work/never" >"$work/up.got" & pids=($!)
	stream down | at internet busybox nc -l -p 9002 >/dev/null & pids+=($!)
	within 20 listening internet tcp 9001 && within 20 listening internet tcp 9002
	stream up | at "$h" busybox nc "$a" 9001 >/dev/null & pids+=($!)
	at "$h" busybox nc "$a" 9002 <>"$work/never" >"$work/down.got" & pids+=($!)
	for n in up down; do within 30 flowing $n; done
	"$@"
	for n in up down; do check "$text: the ${n}load goes on" flowing $n; done
	touch "$work"/{up,down}.go
	check "$text: both end" within 60 eval 'gone ${pids[0]} && gone ${pids[3]}'
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	for n in up down; do check "$text: what the ${n}load brought is what was sent" cmp "$work/$n.sent" "$work/$n.got"; done
}
knows() { at "$1" ip route get "$2" | grep -o 'mtu [0-9]*'; }
forget() { # all that was learnt
	local h
	for h in . $(ip netns list | cut -d' ' -f1); do must at "$h" ip route flush cache; done
}
silent() { # -A|-D
	local h
	for h in gw core; do
		must at "$h" iptables "$1" OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
	done
}
clamp() { # -A|-D
	must iptables -t mangle "$1" FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
}
# tunnel : GRE from the node to the far end, which is 10.8.1.1 behind it
tunnel() {
	must ip link add gre1 type gre local 198.18.0.2 remote 1.1.1.1 ttl 255
	must at internet ip link add gre1 type gre local 1.1.1.1 remote 198.18.0.2 ttl 255
	addr . gre1 10.9.1.1/24
	addr internet gre1 10.9.1.2/24
	addr internet lo 10.8.1.1/32
	must ip link set gre1 up mtu 1476
	must at internet ip link set gre1 up mtu 1476
	route . 10.8.1.1 via 10.9.1.2
}
# clamped HOST : over 1400 bytes that nobody tells of. The host learns the MTU from its operator, and tells
# sandboxes; the far end it tells by the rule.
clamped() {
	must ip route change default via 198.18.0.1 mtu 1400
	forget
	check "$1: with an MTU on the host's route an upload arrives" upload "$1" 1.1.1.1 short
	forget
	check_not "$1: a download does not yet" download "$1" 1.1.1.1 short --max-time 5
	clamp -A
	forget
	check "$1: with TCPMSS --clamp-mss-to-pmtu in FORWARD it does" download "$1" 1.1.1.1 short
	check "$1: and an upload" upload "$1" 1.1.1.1 short
	clamp -D
}
