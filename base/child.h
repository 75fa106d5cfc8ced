/* Children: a piece of work in a process of its own, in a process group of its own, with nothing to read and one pipe
 * for all that it says. Who started it reads the pipe, waits for it and ends its group (kill(-pid, ...)) when its time
 * is over.
 */
#ifndef DRPLAN_BASE_CHILD_H
#define DRPLAN_BASE_CHILD_H

#include <sys/types.h>

/* body runs in the child with SIGPIPE as programs expect it; its return ends the child with status 127. out is the
 * pipe's writing end, which stays the caller's. -1: errno. */
pid_t child_start(void (*body)(const void *arg), const void *arg, int out);
/* A body: arg is an argv (char *const *) that is looked up on PATH. Returns only if there is no such program. */
void child_exec(const void *arg);

#endif
