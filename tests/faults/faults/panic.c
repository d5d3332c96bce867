/* Loaded before libc: each time the file that PANIC names appears, the next reading of a clock by a UDP worker fails once.
   Rust's clock panics where the system's fails, so that the server's own binary panics where nothing is planted in it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static int is_worker(void)
{
    static __thread char name[16];
    if (!name[0])
        prctl(PR_GET_NAME, name);
    return strncmp(name, "udp-", 4) == 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    const char *order = getenv("PANIC");
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (order && is_worker() && unlink(order) == 0) {
        errno = EINVAL;
        return -1;
    }
    return real(clock, now);
}
