# SPDX-License-Identifier: GPL-2.0
# What cube-router-genl is made of, and the libraries that it needs.
USER_SRCS := $(sort $(wildcard user/*.c))
USER_CPPFLAGS := -D_GNU_SOURCE -Iinclude/uapi
USER_PKGS := libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libkmod jansson
