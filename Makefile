# SPDX-License-Identifier: GPL-2.0
# make            the module and the tool
# make install    both, into DESTDIR
# make demo       the main job in a guest, on real traffic (installs what it needs; as root)
# make check      every test (the same); TESTS=name… runs some of them
# make bench      what a packet costs, in a guest
# `make help` lists the rest.

# The kernel to build for: KERNELDIR is its build tree. Without it, that of the running kernel, or
# where that one has no headers (a build machine), the newest that is installed.
KERNELDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build 2>/dev/null | sort -rV))
KERNELRELEASE ?= $(shell cat $(KERNELDIR)/include/config/kernel.release 2>/dev/null)

BUILD := build
MODULE := cube_router.ko
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
DESTDIR ?=
PREFIX ?= /usr

.DELETE_ON_ERROR:
.PHONY: all module tool install clean clean-module demo check check-long bench setup setup-tests help

all: module tool

help:
	@sed -n '2,7s/^# \{0,1\}//p' Makefile
	@echo 'make module | tool | clean | dkms-install | dkms-uninstall | deb | check-long | shell'

# -------- the module

module:
	@test -n "$(KERNELDIR)" || { echo "no kernel headers: run scripts/setup or set KERNELDIR" >&2; exit 1; }
	@test -z "$(filter-out 0,$(C))" || command -v sparse >/dev/null || \
		{ echo "sparse is not installed: run scripts/setup tests" >&2; exit 1; }
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) modules

clean-module:
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) clean

# -------- the tool

include user/sources.mk
TOOL := $(BUILD)/cube-router-genl
CFLAGS ?= -O2 -g
USER_CFLAGS := -std=gnu11 -Wall -Wextra -Werror $(USER_CPPFLAGS) \
	-DCUBE_ROUTER_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(USER_PKGS) 2>/dev/null)
USER_LIBS := $(shell pkg-config --libs $(USER_PKGS) 2>/dev/null)

tool: $(TOOL)

$(TOOL): $(USER_SRCS:%.c=$(BUILD)/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

$(BUILD)/user/%.o: user/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

install: all install-tool
	install -D -m 644 $(MODULE) $(DESTDIR)/lib/modules/$(KERNELRELEASE)/updates/$(MODULE)
	test -n "$(DESTDIR)" || depmod $(KERNELRELEASE)

# An env file that is there already is the operator's.
SHARE := $(DESTDIR)$(PREFIX)/share
UNIT := $(DESTDIR)/lib/systemd/system/cube-router.service
ENV_FILE := $(DESTDIR)/etc/cube-router/cube-router.env
.PHONY: install-tool
install-tool: tool
	install -D -m 755 $(TOOL) $(DESTDIR)$(PREFIX)/sbin/cube-router-genl
	install -D -m 644 docs/cube-router-genl.8 $(SHARE)/man/man8/cube-router-genl.8
	install -D -m 644 scripts/completion/cube-router-genl \
		$(SHARE)/bash-completion/completions/cube-router-genl
	install -D -m 644 scripts/systemd/cube-router.service $(UNIT)
	sed -i 's#/usr/sbin/#$(PREFIX)/sbin/#' $(UNIT)
	test -e $(ENV_FILE) || install -D -m 644 scripts/systemd/cube-router.env $(ENV_FILE)

# -------- DKMS: the module follows every kernel that is installed

DKMS_NAME := cube-router/$(VERSION)
DKMS_TREE := $(DESTDIR)/usr/src/cube-router-$(VERSION)
MODULE_SOURCES := $(wildcard kmod/*.[ch] include/uapi/linux/*.h)

.PHONY: dkms-tree dkms-install dkms-uninstall
dkms-tree:
	rm -rf $(DKMS_TREE)
	mkdir -p $(DKMS_TREE)
	cp --parents Kbuild dkms.conf $(MODULE_SOURCES) $(DKMS_TREE)

# Of the same version there may be one already, of an older source.
dkms-install: dkms-tree
	test -n "$$(dkms status $(DKMS_NAME))" || dkms add $(DKMS_NAME)
	dkms build $(DKMS_NAME) --force
	dkms install $(DKMS_NAME) --force

dkms-uninstall:
	dkms remove $(DKMS_NAME) --all
	rm -rf $(DKMS_TREE)

# -------- Debian packages, in build/deb

# debian/ is made in a copy, of what the packages are made from and no more.
DEB_TREE := $(BUILD)/deb/cube-router-$(VERSION)
DEB_FILES := Kbuild Makefile dkms.conf $(MODULE_SOURCES) $(wildcard user/*.[ch] user/*.mk tests/*/*.mk \
	docs/*.8 docs/*.md scripts/systemd/* scripts/completion/*)

.PHONY: deb
deb:
	rm -rf $(BUILD)/deb
	mkdir -p $(DEB_TREE)
	cp --parents $(DEB_FILES) $(DEB_TREE)
	cp -r scripts/debian $(DEB_TREE)/debian
	sed -i "s/@VERSION@/$(VERSION)/; s/@DATE@/$$(date -R -r dkms.conf)/" $(DEB_TREE)/debian/changelog
	cd $(DEB_TREE) && dpkg-buildpackage -b -us -uc
	@ls $(BUILD)/deb/*.deb

# -------- what the guests need: the product for their kernels, and test instruments

include tests/tools/tools.mk
include tests/user/tests.mk
TEST_TOOLS := $(TOOLS:%=$(BUILD)/tools/%)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# $(call program,OUTPUT,SOURCES,FLAGS,LIBRARIES): one compiler call, for what is small
define program
$(1): $(2) $(wildcard tests/tools/*.h tests/fuzz/*.h tests/user/*.h user/*.h include/uapi/linux/*.h)
	@mkdir -p $$(@D)
	$(CC) $(3) -o $$@ $(2) $(4)
endef
TEST_CFLAGS := -g -O1 $(SANITIZE) $(USER_CFLAGS) -Itests/tools -Iuser
$(foreach t,$(TOOLS),$(eval $(call program,$(BUILD)/tools/$(t),$($(t)_SRCS:%=tests/tools/%), \
	$(CFLAGS) -Wall -Wextra -Werror $(TOOL_CPPFLAGS) $(TOOL_CFLAGS),$($(t)_LIBS))))
$(foreach t,$(TOOL_TESTS),$(eval $(call program,$(BUILD)/tests/tools/$(t),$($(t)_SRCS:%=tests/tools/%), \
	$(TEST_CFLAGS),$($(t)_LIBS))))
$(foreach t,$(USER_TESTS),$(eval $(call program,$(BUILD)/tests/user/$(t),tests/user/$(t).c $($(t)_SRCS), \
	$(TEST_CFLAGS),$(USER_LIBS) -lcmocka)))

# A program for a port, as a node that filters with eBPF has one; scenarios load it from here.
BPF_PROGRAM := $(BUILD)/tools/port.bpf.o
$(BPF_PROGRAM): tests/tools/port.bpf.c
	@mkdir -p $(@D)
	clang -target bpf -O2 -g -Wall -Wextra -Werror -I/usr/include/$$($(CC) -print-multiarch) -c -o $@ $<

.PHONY: test-programs
test-programs: $(BPF_PROGRAM) $(TEST_TOOLS) $(USER_TESTS:%=$(BUILD)/tests/user/%) \
	$(TOOL_TESTS:%=$(BUILD)/tests/tools/%)

# $(call module-for,FOLDER,KERNELDIR,VARIABLES): builds the module for another kernel, beside
define module-for
	@mkdir -p $(1)
	cp -u --parents Kbuild dkms.conf $(MODULE_SOURCES) $(wildcard tests/kunit/*.[ch]) $(1)
	$(MAKE) -C $(2) M=$(CURDIR)/$(1) $(3) modules
endef

.PHONY: guest guest-debug
guest: $(BUILD)/layers/stock.done
guest-debug: $(BUILD)/layers/debug.done

$(BUILD)/layers/stock.done: $(MODULE_SOURCES) Kbuild dkms.conf $(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM)
	$(call module-for,$(BUILD)/stock,/lib/modules/$$(cat $$(tests/vm/kernel stock)/release)/build)
	tests/vm/layer $$(tests/vm/kernel stock) $(BUILD)/layers/stock $(BUILD)/stock/$(MODULE) -- \
		$(TOOL):usr/sbin $(TEST_TOOLS)
	touch $@

$(BUILD)/layers/debug.done: $(MODULE_SOURCES) $(wildcard tests/kunit/*.[ch]) Kbuild dkms.conf \
		$(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM)
	$(call module-for,$(BUILD)/debug,$$(tests/vm/kernel debug)/build,CR_KUNIT=1)
	tests/vm/layer $$(tests/vm/kernel debug) $(BUILD)/layers/debug $(BUILD)/debug/$(MODULE) \
		$(BUILD)/debug/cube_router_kunit.ko -- $(TOOL):usr/sbin $(TEST_TOOLS)
	touch $@

# make guest-for KERNEL=SUITE:amd64: the product for another Debian suite's kernel, made with this
# one's compiler
.PHONY: guest-for
guest-for: $(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM)
	$(call module-for,$(BUILD)/$(firstword $(subst :, ,$(KERNEL))),$$(tests/vm/kernel $(KERNEL))/build,CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES=)
	tests/vm/layer $$(tests/vm/kernel $(KERNEL)) $(BUILD)/layers/$(firstword $(subst :, ,$(KERNEL))) \
		$(BUILD)/$(firstword $(subst :, ,$(KERNEL)))/$(MODULE) -- $(TOOL):usr/sbin $(TEST_TOOLS)

# -------- what people run

setup-tests:
	scripts/setup tests

check: setup-tests
	tests/check $(TESTS)

check-long: setup-tests
	tests/check --long $(TESTS)

demo: setup-tests
	$(MAKE) --no-print-directory guest
	tests/demo

bench: setup-tests
	$(MAKE) --no-print-directory guest
	tests/bench/run

shell: setup-tests
	$(MAKE) --no-print-directory guest
	tests/vm/run --shell

clean:
	rm -rf $(BUILD)
	-test -z "$(KERNELDIR)" || $(MAKE) clean-module

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
