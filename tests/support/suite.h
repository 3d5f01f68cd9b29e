/* Conformance suites over the vectors: a fixed twentieth of the tests, or all where GVM_FULL is set
 * to something but 0. */
#ifndef GVM_TESTS_SUPPORT_SUITE_H
#define GVM_TESTS_SUPPORT_SUITE_H

#include "service/conformance/runner.h"

/* Runs the suite over `paths` below the vectors. The exit code for main: 0, 1 where a test failed
 * or more than one in a thousand was skipped, 77 where none of the paths is there. */
int suite_main(const gvm_conf_suite *suite, const char *const *paths, size_t count);
/* The same under Ghost's rules on top of each fork's. */
int suite_main_ghost(const gvm_conf_suite *suite, const char *const *paths, size_t count);

#endif
