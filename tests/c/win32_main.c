/* Runs every test linked into the program; exit code 1 when one failed. */
#include "win32_test.h"

struct test *all_tests;
int failures;

int main(void) {
    int failed = 0;
    for (struct test *test = all_tests; test; test = test->next) {
        failures = 0;
        test->run();
        printf("%s %s\n", failures ? "FAILED" : "ok", test->name);
        fflush(stdout);
        failed += failures != 0;
    }
    return failed != 0;
}
