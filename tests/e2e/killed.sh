# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What e2e/killed and e2e/killed-everywhere share. Sourced after topology.sh; $stride is set.

one_uplink
sandbox sb1 192.168.0.11
must genl sandbox add z192.168.0.11
# on CIDR LINE… : the env file, for `apply`
on() { env_file CUBE_SANDBOX_CUBE_ROUTER_ENABLE=1 "CUBE_SANDBOX_CUBE_ROUTER_CIDR=$1" "${@:2}"; }

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

# everywhere PREPARE LEAST WORD… : kills the command, after PREPARE, at calls of the kinds that LEAST names,
# CALL=N…, where N is how many there are at least: at every $stride-th of its requests to the kernel, three
# times as often at the start of another program, at each of all else
everywhere() {
	local prepare=$1 least=$2 kind call n step times total=0 broken=() left=()
	shift 2
	note "$*, after $prepare"
	capture . eth0 "killed-$prepare-$1"
	for kind in $least; do
		call=${kind%=*} times=0 n=1
		case $call in # of the others there are fewer
		sendmsg) step=${stride:?} ;;
		clone) step=$(((stride + 2) / 3)) ;;
		*) step=1 ;;
		esac
		while :; do
			$prepare >/dev/null 2>&1 || die "$1: what comes before $call $n failed"
			killed_at "$call" $n "$@" || break
			times=$((times + 1))
			[ "$prepare" = unloaded ] || at sb1 ping -c 1 -W 0.2 1.1.1.1 >/dev/null 2>&1
			cube-router-genl apply >/dev/null 2>"${work:?}/complaint" || left+=("$call $n: $(<"$work/complaint")")
			reaches sb1 >/dev/null 2>&1 || broken+=("$call $n")
			n=$((n + step))
		done
		check_range "$1: it was killed at $times of its calls of $call" $times $(((${kind#*=} - 1) / step + 1))
		total=$((total + times))
	done
	stop_captures
	check_is "$1: apply succeeds afterwards" "${left[*]}" ""
	check_is "$1: and traffic passes again" "${broken[*]}" ""
	check "$1: not killed, it leaves what apply can use" genl apply
	check "$1: verify finds nothing wrong" genl verify 1.1.1.1
	check "$1: nothing has left with an inner address meanwhile" leakcheck --forbid 192.168.0.0/18 \
		--forbid 10.254.0.0/24 --expect 'icmp and src 198.18.0.2' $total "$work/killed-$prepare-$1.pcap"
}

clean() { cube-router-genl disable; }
nothing() { :; }
# Two CIDRs in turn, so that there is always something to do.
turn() {
	if grep -q 10.254 /etc/cube-router/cube-router.env; then on ''; else on 10.254.0.0/24; fi
}
# Nobody's port is registered then, and what a sandbox sent would be none of ours; `apply` registers it.
unloaded() { cube-router-genl stop force && rmmod cube_router; }
on ''
everywhere clean 'sendmsg=15 write=1 clone=5' enable
everywhere nothing 'sendmsg=8 write=1 clone=5' disable
everywhere turn 'sendmsg=15 write=1 clone=5' apply
on '' 'CUBE_ROUTER_PORTS=z*'
everywhere unloaded 'sendmsg=15 finit_module=1 write=1 clone=5' enable
