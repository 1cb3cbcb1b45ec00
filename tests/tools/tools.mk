# SPDX-License-Identifier: GPL-2.0
# The instruments of the end-to-end tests, for a makefile to include. All paths are relative to
# this folder. Every program and unit test NAME is NAME_SRCS, compiled with TOOL_CPPFLAGS and
# TOOL_CFLAGS and linked with NAME_LIBS.
#
# TOOLS         programs, for the scenarios
# TOOL_TESTS    unit tests (cmocka): no arguments, no privilege, exit 0 when passed
# TOOL_CHECKS   scripts that test the programs on real devices; their argument is the folder of
#               the built TOOLS; as root, in the guest (tests/vm/run)
TOOL_CPPFLAGS := -D_GNU_SOURCE -Iinclude/uapi
TOOL_CFLAGS := -std=c11

TOOLS := leakcheck rawsend tapwire flowd genlabuse golden fuzzer

leakcheck_SRCS := leakcheck.c leakrun.c leak.c args.c
leakcheck_LIBS := -lpcap

rawsend_SRCS := rawsend.c frame.c args.c
rawsend_LIBS :=

tapwire_SRCS := tapwire.c args.c
tapwire_LIBS :=

flowd_SRCS := flowd.c flow.c flow_tcp.c flow_udp.c flow_serve.c args.c
flowd_LIBS :=

genlabuse_SRCS := genlabuse.c genlcases.c genlrandom.c genlwire.c args.c
genlabuse_LIBS :=

golden_SRCS := golden.c goldenframe.c goldenplace.c goldenstats.c genlwire.c args.c
golden_LIBS :=

# Its own folder is tests/fuzz.
fuzzer_SRCS := $(addprefix ../fuzz/,fuzzer.c corpus.c mutate.c layout.c offload.c fragment.c \
	wire.c) frame.c args.c
fuzzer_LIBS :=

TOOL_TESTS := test_leakcheck test_rawsend

test_leakcheck_SRCS := test_leakcheck.c leakrun.c leak.c frame.c args.c
test_leakcheck_LIBS := -lpcap -lcmocka

test_rawsend_SRCS := test_rawsend.c frame.c args.c
test_rawsend_LIBS := -lcmocka

TOOL_CHECKS := test_leakcheck.sh test_flowd.sh test_tapwire.sh
