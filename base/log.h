/* Logging: progress for people on stderr, at three levels, with secrets taken out.
 *
 *	-v       LOG_CALLS: one line per API call
 *	--trace  LOG_TRACE: what each planning pass did; headers and bodies of calls
 *
 * A line is written with one write(2), control characters escaped. Every secret that drplan learns is registered
 * (log_secret): its text, each longer line of it, its base64 (inside a longer encoded text too), its URL-encoded and
 * JSON-escaped forms are replaced by "(secret)" in everything that passes through here and through log_redact, which
 * reports and errors use too. Secrets shorter than 4 bytes cannot be found this way and are kept
 * out by value_has_secret checks alone.
 */
#ifndef DRPLAN_BASE_LOG_H
#define DRPLAN_BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_QUIET, LOG_CALLS, LOG_TRACE };

void log_init(enum log_level level, int fd);
bool log_wants(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_secret(struct str s);
void log_redact(struct buf *out, struct str text);	/* appends text without the registered secrets */
bool log_has_secret(struct str text);
void log_reset(void);					/* wipe and forget the secrets */

#endif
