/* check.h: cmocka with the four headers that it wants before it.
 * Adds no checks of its own. */
#ifndef TESTS_LIB_CHECK_H
#define TESTS_LIB_CHECK_H

/* The order matters. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
