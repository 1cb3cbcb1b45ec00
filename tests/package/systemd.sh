# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The unit as systemd runs it, with all that it keeps from it. Sourced after lib.sh, in the guest, where
# no systemd is running: it becomes process 1 of a namespace of processes and mounts.
#
# shellcheck disable=SC2154 # $work is of lib.sh

# systemd_up : it runs, and starts nothing by itself
systemd_up() {
	local run=/run/systemd/system
	must mkdir -p $run/cube-router.service.d
	printf '[Unit]\nDefaultDependencies=no\n' >$run/nothing.target
	must ln -s /dev/null $run/network-online.target
	# Nothing of what the rest of a boot would bring, as many starts as there are tests, and what the
	# command says is to be read here.
	printf '%s\n' '[Unit]' DefaultDependencies=no StartLimitIntervalSec=0 \
		'[Service]' StandardOutput=truncate:/run/said >$run/cube-router.service.d/test.conf
	start unshare --fork --kill-child --pid --mount-proc --uts --propagation private \
		env -i container=test PATH="$PATH" /lib/systemd/systemd --system --unit=nothing.target --show-status=no
	within 10 eval 'systemd=$(pgrep -P '$!')' && within 60 inside systemctl is-active nothing.target ||
		die "systemd does not start: $(cat "$work/log.${#started[@]}")"
}

# inside COMMAND… : runs it where systemd is process 1
inside() { nsenter --target "$systemd" --pid --mount --uts --wd="$PWD" "$@"; }

# unit WORD : `systemctl WORD` of it; what its command has said
unit() {
	inside systemctl "$1" cube-router && cat /run/said && return
	cat /run/said
	inside systemctl status cube-router --no-pager
	return 1
}

# confined COMMAND : a shell's command as the unit's would be run; what it has printed
confined() {
	local units=/run/systemd/system
	mkdir -p $units/confined.service.d
	cp $units/cube-router.service.d/test.conf $units/confined.service.d/
	printf '%s\n' "$*" >/run/confined
	sed -E '/^(Exec|RemainAfterExit|Wants|After|Before)/d; /^Type=/aExecStart=/bin/sh /run/confined' \
		/lib/systemd/system/cube-router.service >$units/confined.service
	inside systemctl daemon-reload && inside systemctl start confined && cat /run/said
}

# drop_in UNIT : writes the one that docs/packages.md has for it, in a block that begins so
drop_in() {
	local folder=/run/systemd/system/$1.service.d
	must mkdir -p "$folder"
	sed -n "/^    # systemctl edit $1\$/,/^\$/s/^    //p" docs/packages.md >"$folder/guide.conf"
	must grep -q '=' "$folder/guide.conf"
	must inside systemctl daemon-reload
}
