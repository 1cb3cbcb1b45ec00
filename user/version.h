/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tool's version.
 */
#ifndef CUBE_VERSION_H
#define CUBE_VERSION_H

#ifndef CUBE_ROUTER_VERSION
#define CUBE_ROUTER_VERSION "0.1.0"
#endif

#endif
