/* Stands between a process and its disk: remembers what a disk that loses power would still have.
 *
 * After each fsync and fdatasync of a file below POWER_CUT_FROM its content is copied to a file of the
 * same name in POWER_CUT_TO: that folder is what is left after a power cut. With POWER_CUT_LIES=1 the
 * disk lies: it says that everything is on it and puts nothing there.
 *
 * What a power cut does to names and to parts of a page isn't played.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void keep(int file) {
    const char *from = getenv("POWER_CUT_FROM"), *to = getenv("POWER_CUT_TO");
    char link[64], path[PATH_MAX], copy[PATH_MAX], unfinished[PATH_MAX], buffer[65536];
    struct stat status;
    if (!from || !to) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (strncmp(path, from, strlen(from)) || fstat(file, &status) || !S_ISREG(status.st_mode)) return;
    const char *name = strrchr(path, '/') + 1;
    snprintf(copy, sizeof copy, "%s/%s", to, name);
    snprintf(unfinished, sizeof unfinished, "%s/.%s.%d", to, name, file);
    /* Read through the descriptor that is there: opening and closing the file would let go of SQLite's
     * locks. */
    int out = open(unfinished, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (out < 0) return;
    off_t at = 0;
    ssize_t count;
    while ((count = pread(file, buffer, sizeof buffer, at)) > 0) {
        if (write(out, buffer, (size_t)count) != count) break;
        at += count;
    }
    close(out);
    /* A kill in between leaves the copy of before, as a disk would. */
    rename(unfinished, copy);
}

static int synchronize(int file, const char *name) {
    const char *lies = getenv("POWER_CUT_LIES");
    if (lies && *lies == '1') return 0;
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(file);
    if (result == 0) keep(file);
    return result;
}

int fsync(int file) { return synchronize(file, "fsync"); }
int fdatasync(int file) { return synchronize(file, "fdatasync"); }
