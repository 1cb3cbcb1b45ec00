# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What e2e/killed and e2e/killed-everywhere share. Sourced after topology.sh; $stride is set.

one_uplink
sandbox sb1 192.168.0.11
must genl sandbox add z192.168.0.11
mkdir -p /etc/cube-router
on() { printf 'CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1\nCUBE_SANDBOX_CUBE_ROUTER_CIDR=%s\n' "$1" >/etc/cube-router/cube-router.env; }
reaches() { at sb1 ping -c 1 -W 5 1.1.1.1; }

# killed_at CALL N WORD… : succeeds if the command was killed at the Nth call of this kind, fails if it
# came to its end before
killed_at() {
	# In braces, so that the shell does not tell of each of them.
	{
		strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=SIGKILL:when=$2" \
			cube-router-genl "${@:3}"
	} >/dev/null 2>&1
	[ $? = 137 ]
}

# everywhere PREPARE LEAST WORD… : kills the command, after PREPARE, at every $stride-th of its requests
# to the kernel, writes, and starts of another program; at LEAST places, if the stride is 1
everywhere() {
	local prepare=$1 least=$2 call n times=0 broken=() left=()
	shift 2
	capture . eth0 "killed-$1"
	for call in sendmsg write clone; do
		n=1
		while :; do
			$prepare >/dev/null 2>&1 || die "$1: what comes before $call $n failed"
			killed_at $call $n "$@" || break
			times=$((times + 1))
			at sb1 ping -c 1 -W 0.2 1.1.1.1 >/dev/null 2>&1
			cube-router-genl apply >/dev/null 2>"${work:?}/complaint" || left+=("$call $n: $(<"$work/complaint")")
			reaches >/dev/null 2>&1 || broken+=("$call $n")
			n=$((n + ${stride:?}))
		done
	done
	stop_captures
	check_range "$1: it was killed at $times places" $times $((least / stride))
	check_is "$1: apply succeeds afterwards" "${left[*]}" ""
	check_is "$1: and traffic passes again" "${broken[*]}" ""
	check "$1: not killed, it leaves what apply can use" genl apply
	check "$1: verify finds nothing wrong" genl verify 1.1.1.1
	check "$1: nothing has left with an inner address meanwhile" leakcheck --forbid 192.168.0.0/18 \
		--forbid 10.254.0.0/24 --expect 'icmp and src 198.18.0.2' $times "$work/killed-$1.pcap"
}

clean() { cube-router-genl disable; }
nothing() { :; }
# Two CIDRs in turn, so that there is always something to do.
turn() {
	if grep -q 10.254 /etc/cube-router/cube-router.env; then on ''; else on 10.254.0.0/24; fi
}
on ''
everywhere clean 20 enable
everywhere nothing 6 disable
everywhere turn 20 apply
