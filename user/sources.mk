# SPDX-License-Identifier: GPL-2.0
# What cube-router-genl is made of, and the libraries that it needs.
USER_SRCS := $(addprefix user/, address.c apply.c check.c check_firewall.c child.c config.c \
	enable.c envfile.c firewall.c genl.c host.c judge.c judge_iptables.c judge_nft.c leave.c \
	link.c live.c lock.c main.c module.c netlink.c netns.c nft.c output.c parse.c plan.c ports.c \
	route.c rules.c sandbox.c session.c stats.c status.c steps.c sysctl.c verify.c why.c words.c)
USER_CPPFLAGS := -D_GNU_SOURCE -Iinclude/uapi
USER_PKGS := libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libkmod jansson
