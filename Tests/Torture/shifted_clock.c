/* Stands between a process and the time of day: adds the seconds that the file CLOCK_SHIFT names, which
 * is looked at again every 10 ms, so that the clock can jump while the process runs. The monotonic
 * clock is what it is.
 *
 * A wait until a time of day is taken back by the same seconds, for the kernel's clock doesn't jump.
 * What a jump does to a wait that runs already isn't played.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NANOSECONDS 10000000

static long long now_of(clockid_t clock) {
    struct timespec now;
    syscall(SYS_clock_gettime, clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long shift(void) {
    static _Atomic long long seconds, looked;
    long long now = now_of(CLOCK_MONOTONIC), before = atomic_load(&looked);
    if (before && now - before < LOOK_NANOSECONDS) return atomic_load(&seconds);
    /* Two that look at once see the same. */
    atomic_store(&looked, now);
    const char *path = getenv("CLOCK_SHIFT");
    char text[32];
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return atomic_load(&seconds);
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length > 0) {
        text[length] = 0;
        atomic_store(&seconds, atoll(text));
    }
    return atomic_load(&seconds);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *time, void *zone) {
    int result = (int)syscall(SYS_gettimeofday, time, zone);
    if (result == 0 && time) time->tv_sec += shift();
    return result;
}

time_t time(time_t *at) {
    time_t now = now_of(CLOCK_REALTIME) / 1000000000LL + shift();
    if (at) *at = now;
    return now;
}

int timespec_get(struct timespec *time, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

/* A condition may also be waited for by the monotonic clock: the nearer one is meant. */
static struct timespec real(const struct timespec *until) {
    struct timespec at = *until;
    long long shifted = now_of(CLOCK_REALTIME) / 1000000000LL + shift();
    long long monotonic = now_of(CLOCK_MONOTONIC) / 1000000000LL;
    if (llabs(at.tv_sec - shifted) <= llabs(at.tv_sec - monotonic)) at.tv_sec -= shift();
    return at;
}

int pthread_cond_timedwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
        (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(
            RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec at = real(until);
    return wait(condition, mutex, &at);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    int (*wait)(sem_t *, const struct timespec *) =
        (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec at = real(until);
    return wait(semaphore, &at);
}
