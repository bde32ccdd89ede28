#ifndef CHATBOX_INTERPOSITION_H
#define CHATBOX_INTERPOSITION_H

#include <stddef.h>
#include <stdint.h>

/// What the C library answers on a simulation's thread.
struct interposition {
    /// Milliseconds of a clock: since 1970, or of one that never jumps.
    int64_t (*_Nonnull milliseconds)(int is_wall);
    /// Fills bytes with what stands for chance.
    void (*_Nonnull fill)(void *_Nonnull bytes, size_t count);
    /// A write to a file is about to happen; whether there is room.
    int (*_Nonnull may_write)(int file, size_t count, int64_t offset);
    /// A sync of a file is about to happen; whether it succeeds.
    int (*_Nonnull may_sync)(int file);
};

/// The calling thread becomes the simulation's, until interposition_end.
void interposition_begin(struct interposition answers);
/// Every thread has the C library's own answers again.
void interposition_end(void);
/// Whether the calling thread is the simulation's.
int interposition_is_here(void);

#endif
