/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tool's version, CUBE_ROUTER_VERSION: the Makefile takes it from dkms.conf.
 */
#ifndef CUBE_VERSION_H
#define CUBE_VERSION_H

#ifndef CUBE_ROUTER_VERSION
#error "CUBE_ROUTER_VERSION is not defined"
#endif

#endif
