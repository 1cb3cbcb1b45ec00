# SPDX-License-Identifier: GPL-2.0
# `make help` lists the targets: the text behind ## is what it says of each.

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

.PHONY: all help
all: module tool ## the module and the tool; what `make` does

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

# -------- the module

.PHONY: module clean-module
module: ## the module, for the kernel that runs or that of KERNELDIR
	@test -n "$(KERNELDIR)" || { echo "no kernel headers: run scripts/setup or set KERNELDIR" >&2; exit 1; }
	@test -z "$(filter-out 0,$(C))" || command -v sparse >/dev/null || \
		{ echo "sparse is not installed: run scripts/setup tests" >&2; exit 1; }
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) modules

clean-module: ## takes away what building it made
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) clean

# -------- the tool

include user/sources.mk
TOOL := $(BUILD)/cube-router-genl
CFLAGS ?= -O2 -g
USER_CFLAGS := -std=gnu11 -Wall -Wextra -Werror $(USER_CPPFLAGS) \
	-DCUBE_ROUTER_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(USER_PKGS) 2>/dev/null)
USER_LIBS := $(shell pkg-config --libs $(USER_PKGS) 2>/dev/null)

.PHONY: tool
tool: $(TOOL) ## the tool, build/cube-router-genl

$(TOOL): $(USER_SRCS:%.c=$(BUILD)/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(USER_LIBS)

$(BUILD)/user/%.o: user/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

# -------- where they go

SHARE := $(DESTDIR)$(PREFIX)/share
COMMAND := $(DESTDIR)$(PREFIX)/sbin/cube-router-genl
MAN_PAGE := $(SHARE)/man/man8/cube-router-genl.8
COMPLETION := $(SHARE)/bash-completion/completions/cube-router-genl
UNITS := $(DESTDIR)/lib/systemd/system
UNIT := $(UNITS)/cube-router.service
TUNNELS := wg-quick@ openvpn@ openvpn-client@ openvpn-server@
DROP_INS := $(TUNNELS:%=$(UNITS)/%.service.d/cube-router.conf)
ENV_FILE := $(DESTDIR)/etc/cube-router/cube-router.env
INSTALLED_MODULE := $(DESTDIR)/lib/modules/$(KERNELRELEASE)/updates/$(MODULE)

.PHONY: install uninstall install-tool uninstall-tool
install: all install-tool ## module and tool, below DESTDIR if that is said
	install -D -m 644 $(MODULE) $(INSTALLED_MODULE)
	test -n "$(DESTDIR)" || depmod $(KERNELRELEASE)

uninstall: uninstall-tool ## undoes that; the env file stays
	rm -f $(INSTALLED_MODULE)
	test -n "$(DESTDIR)" || depmod $(KERNELRELEASE)

# An env file that is there already is the operator's.
install-tool: tool ## the tool, man page, completion, systemd unit and env file
	install -D -m 755 $(TOOL) $(COMMAND)
	install -D -m 644 docs/cube-router-genl.8 $(MAN_PAGE)
	install -D -m 644 scripts/completion/cube-router-genl $(COMPLETION)
	install -D -m 644 scripts/systemd/cube-router.service $(UNIT)
	sed -i 's#/usr/sbin/#$(PREFIX)/sbin/#' $(UNIT)
	for f in $(DROP_INS); do install -D -m 644 scripts/systemd/tunnel.conf $$f || exit; done
	test -e $(ENV_FILE) || install -D -m 644 scripts/systemd/cube-router.env $(ENV_FILE)

uninstall-tool: ## undoes that; the env file stays
	rm -f $(COMMAND) $(MAN_PAGE) $(COMPLETION) $(UNIT) $(DROP_INS)
	rmdir $(dir $(DROP_INS)) 2>/dev/null || true # others may have some there

# -------- DKMS: the module follows every kernel that is installed

DKMS_NAME := cube-router/$(VERSION)
DKMS_TREE := $(DESTDIR)/usr/src/cube-router-$(VERSION)
MODULE_SOURCES := $(wildcard kmod/*.[ch] include/uapi/linux/*.h)

.PHONY: dkms-tree dkms-install dkms-uninstall
dkms-tree: ## the module's source, in /usr/src
	rm -rf $(DKMS_TREE)
	mkdir -p $(DKMS_TREE)
	cp --parents Kbuild dkms.conf $(MODULE_SOURCES) $(DKMS_TREE)

# Of the same version there may be one already, of an older source.
dkms-install: dkms-tree ## has DKMS build it, for this kernel and those that come
	test -n "$$(dkms status $(DKMS_NAME))" || dkms add $(DKMS_NAME)
	dkms build $(DKMS_NAME) --force
	dkms install $(DKMS_NAME) --force

dkms-uninstall: ## undoes that
	dkms remove $(DKMS_NAME) --all
	rm -rf $(DKMS_TREE)

# -------- Debian packages, in build/deb

# debian/ is made in a copy, of what the packages are made from and no more.
DEB_TREE := $(BUILD)/deb/cube-router-$(VERSION)
DEB_FILES := Kbuild Makefile dkms.conf $(MODULE_SOURCES) $(wildcard user/*.[ch] user/*.mk tests/*/*.mk \
	docs/*.8 docs/*.md scripts/systemd/* scripts/completion/*)

.PHONY: deb
deb: ## the Debian packages, in build/deb
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

# Lets the kernel's allocations for a program's requests fail; tests/e2e/no-memory preloads it.
FAILSEND := $(BUILD)/tools/failsend.so
$(FAILSEND): tests/tools/failsend.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Wall -Wextra -Werror $(TOOL_CPPFLAGS) $(TOOL_CFLAGS) -shared -fPIC -o $@ $<

.PHONY: test-programs
test-programs: ## the unit tests of the tool, and the instruments
test-programs: $(BPF_PROGRAM) $(FAILSEND) $(TEST_TOOLS) $(USER_TESTS:%=$(BUILD)/tests/user/%) \
	$(TOOL_TESTS:%=$(BUILD)/tests/tools/%)

# $(call module-for,FOLDER,KERNELDIR,VARIABLES): builds the module for another kernel, beside
define module-for
	@mkdir -p $(1)
	cp -u --parents Kbuild dkms.conf $(MODULE_SOURCES) $(wildcard tests/kunit/*.[ch]) $(1)
	+$(MAKE) -C $(2) M=$(CURDIR)/$(1) $(3) modules
endef

.PHONY: guest guest-debug
guest: $(BUILD)/layers/stock.done ## the product for a guest with Debian's kernel
guest-debug: $(BUILD)/layers/debug.done ## the same for our debug kernel, which it builds first

$(BUILD)/layers/stock.done: $(MODULE_SOURCES) Kbuild dkms.conf $(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM)
	$(call module-for,$(BUILD)/stock,/lib/modules/$$(cat $$(tests/vm/kernel stock)/release)/build)
	tests/vm/layer $$(tests/vm/kernel stock) $(BUILD)/layers/stock $(BUILD)/stock/$(MODULE) -- \
		$(TOOL):usr/sbin $(TEST_TOOLS)
	touch $@

$(BUILD)/layers/debug.done: $(MODULE_SOURCES) $(wildcard tests/kunit/*.[ch]) Kbuild dkms.conf \
		$(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM) $(FAILSEND)
	$(call module-for,$(BUILD)/debug,$$(tests/vm/kernel debug)/build,CR_KUNIT=1)
	tests/vm/layer $$(tests/vm/kernel debug) $(BUILD)/layers/debug $(BUILD)/debug/$(MODULE) \
		$(BUILD)/debug/cube_router_kunit.ko $(BUILD)/debug/cube_router_seed.ko -- $(TOOL):usr/sbin $(TEST_TOOLS)
	touch $@

SUITE = $(firstword $(subst :, ,$(KERNEL)))
# It is made with this machine's compiler, not with that of the suite.
SUITE_FLAGS := CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES=
.PHONY: guest-for
guest-for: ## the same for another Debian suite's: KERNEL=bullseye:amd64, say
guest-for: $(TOOL) $(TEST_TOOLS) $(BPF_PROGRAM)
	$(call module-for,$(BUILD)/$(SUITE),$$(tests/vm/kernel $(KERNEL))/build,$(SUITE_FLAGS))
	tests/vm/layer $$(tests/vm/kernel $(KERNEL)) $(BUILD)/layers/$(SUITE) \
		$(BUILD)/$(SUITE)/$(MODULE) -- $(TOOL):usr/sbin $(TEST_TOOLS)
	touch $(BUILD)/layers/$(SUITE).done

# -------- what people run

.PHONY: setup-tests check check-long demo bench shell clean
setup-tests: ## installs what guests and tests need, as root; the next five begin with this
	scripts/setup tests

check: setup-tests ## every test, or TESTS='NAME…'; tests/check --list has the names
	tests/check $(TESTS)

check-long: setup-tests ## and those that take long
	tests/check --long $(TESTS)

demo: setup-tests ## the main job in a guest, on real traffic
	$(MAKE) --no-print-directory guest
	tests/demo

bench: setup-tests ## what a packet costs, in a guest
	$(MAKE) --no-print-directory guest
	tests/bench/run

shell: setup-tests ## a shell in a guest with the product installed
	$(MAKE) --no-print-directory guest
	tests/vm/run --shell

clean: ## takes away all that was built
	rm -rf $(BUILD)
	-test -z "$(KERNELDIR)" || $(MAKE) clean-module

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
