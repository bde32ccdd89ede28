// The dynamic linker finds these functions before the C library's, so that the Swift runtime, SQLite
// and our own code call them (Package.swift exports them by name). On the simulation's thread they
// answer with the world's time, chance and disk; on every other one they hand on.
//
// In C, because the Swift runtime itself calls them while it holds its locks.

#if defined(__linux__)
#define _GNU_SOURCE
#include "include/Interposition.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

static struct interposition answers;
static pthread_t thread;
static volatile int is_active;

void interposition_begin(struct interposition given) {
    answers = given;
    thread = pthread_self();
    is_active = 1;
}

void interposition_end(void) { is_active = 0; }

int interposition_is_here(void) { return is_active && pthread_equal(thread, pthread_self()); }

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*genuine)(clockid_t, struct timespec *);
    if (interposition_is_here()) {
        int64_t milliseconds = answers.milliseconds(clock == CLOCK_REALTIME);
        time->tv_sec = milliseconds / 1000;
        time->tv_nsec = milliseconds % 1000 * 1000000;
        return 0;
    }
    if (!genuine) genuine = dlsym(RTLD_NEXT, "clock_gettime");
    return genuine(clock, time);
}

// The Swift runtime draws random numbers by the kernel's number of getrandom.
long syscall(long number, ...) {
    static long (*genuine)(long, ...);
    long a[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++) a[index] = va_arg(list, long);
    va_end(list);
    if (number == SYS_getrandom && interposition_is_here()) {
        answers.fill((void *)a[0], (size_t)a[1]);
        return a[1];
    }
    if (!genuine) genuine = dlsym(RTLD_NEXT, "syscall");
    return genuine(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    static ssize_t (*genuine)(int, const void *, size_t, off64_t);
    if (interposition_is_here() && !answers.may_write(file, count, offset)) {
        errno = ENOSPC;
        return -1;
    }
    if (!genuine) genuine = dlsym(RTLD_NEXT, "pwrite64");
    return genuine(file, bytes, count, offset);
}

// The files are in memory: a sync that succeeds has nothing to do.
static int synced(int file) {
    if (answers.may_sync(file)) return 0;
    errno = EIO;
    return -1;
}

int fdatasync(int file) {
    static int (*genuine)(int);
    if (interposition_is_here()) return synced(file);
    if (!genuine) genuine = dlsym(RTLD_NEXT, "fdatasync");
    return genuine(file);
}

int fsync(int file) {
    static int (*genuine)(int);
    if (interposition_is_here()) return synced(file);
    if (!genuine) genuine = dlsym(RTLD_NEXT, "fsync");
    return genuine(file);
}
#endif
