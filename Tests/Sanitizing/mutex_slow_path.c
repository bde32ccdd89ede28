// Tells ThreadSanitizer of what a contended Synchronization.Mutex does.
//
// Mutex's fast path is inlined into our code, where the sanitizer sees its atomic operations. Whoever
// finds the mutex taken waits in _MutexHandle._lockSlow of libswiftSynchronization.so, which isn't
// instrumented: to the sanitizer, what the last holder wrote and what the next one reads are then a
// race. Contention.swift shows both. These functions take the place of the library's in the
// executable that they are linked into, call them, and say what they mean; nothing is suppressed.
//
// The names are those of Swift 6.3 on Linux. Where another version has others, these are never
// called, and sanitize.sh says so.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define HANDLE "$s15Synchronization12_MutexHandleV"
#define LOCK HANDLE "9_lockSlowyys6UInt32VF"
#define TRY_LOCK HANDLE "12_tryLockSlowSbyF"
#define UNLOCK HANDLE "11_unlockSlowyyF"
#define SELF __attribute__((swift_context)) void *mutex
#define SWIFT __attribute__((swiftcall))

// compiler-rt, sanitizer/tsan_interface.h.
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

static SWIFT void (*library_lock)(uint32_t thread, SELF);
static SWIFT bool (*library_try_lock)(SELF);
static SWIFT void (*library_unlock)(SELF);

__attribute__((constructor)) static void find(void) {
    library_lock = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    library_try_lock = (SWIFT bool (*)(SELF))dlsym(RTLD_NEXT, TRY_LOCK);
    library_unlock = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void seen_lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool seen_try_lock(SELF) __asm__(TRY_LOCK);
SWIFT void seen_unlock(SELF) __asm__(UNLOCK);

SWIFT void seen_lock(uint32_t thread, SELF) {
    library_lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT bool seen_try_lock(SELF) {
    bool is_taken = library_try_lock(mutex);
    if (is_taken) __tsan_acquire(mutex);
    return is_taken;
}

SWIFT void seen_unlock(SELF) {
    __tsan_release(mutex);
    library_unlock(mutex);
}
