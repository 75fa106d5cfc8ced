/* Time: one injectable source, so that tests, the simulator and signing decide what "now" is.
 *
 * Monotonic milliseconds measure durations and timeouts (a wall clock may jump); wall time is for signatures,
 * the journal and people.
 */
#ifndef DRPLAN_BASE_CLOCK_H
#define DRPLAN_BASE_CLOCK_H

#include "base/str.h"

struct clock {
	int64_t (*mono_ms)(void *ctx);
	int64_t (*wall_ms)(void *ctx);	/* since 1970-01-01 UTC */
	void *ctx;
};

extern const struct clock clock_system;

int64_t clock_mono(const struct clock *c);
int64_t clock_wall(const struct clock *c);

/* "2026-11-22T05:54:07Z"; milliseconds when asked for. */
struct str time_rfc3339(struct arena *a, int64_t wall_ms, bool with_ms);
struct str time_basic(struct arena *a, int64_t wall_ms);	/* "20261122T055407Z", as SigV4 wants it */
struct str time_http(struct arena *a, int64_t wall_ms);	/* "Sun, 22 Nov 2026 05:54:07 GMT" */
/* RFC 3339 with offset or Z, HTTP dates, or epoch seconds with a fraction; false if it is none of them. */
bool time_parse(struct str s, int64_t *wall_ms);
/* "3.2 s", "4 min 10 s", for people. */
struct str duration_text(struct arena *a, int64_t ms);

#endif
