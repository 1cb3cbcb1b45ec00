/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites in tests/kunit need of the module is exported to them, in a namespace of
 * its own, and only in the build for them (make with CR_KUNIT=1).
 */
#ifndef CR_KUNIT_H
#define CR_KUNIT_H

#include <linux/export.h>

#ifdef CR_KUNIT
#define EXPORT_SYMBOL_CR_KUNIT(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, CUBE_ROUTER_KUNIT)
#else
#define EXPORT_SYMBOL_CR_KUNIT(symbol)
#endif

#endif
