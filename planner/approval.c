/* Approvals by file, for pipelines: one a line, "DIGEST PHASE", where DIGEST is the SHA-256 of the
 * saved plan that is being carried out. So an approval is of one plan and of nothing else, and a
 * file may gather those of many. Lines that begin with # and empty ones mean nothing. See gate.c. */
#include "planner/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define APPROVALS_MAX (1 << 20)

/* False with errno set; a file that is too long is cut, at what no line of ours ends with. */
static bool file_text(const char *path, struct buf *out)
{
	char chunk[4096];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	while (!out->overflow && ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
		buf_str(out, (struct str){chunk, n > 0 ? (size_t)n : 0});
	int why = n < 0 ? errno : out->overflow ? EFBIG : 0;
	close(fd);
	errno = why;
	return why == 0;
}

static bool approves(struct str text, struct str digest, struct str phase)
{
	struct str line;
	while (str_cut(&text, '\n', &line)) {
		line = str_trim(line);
		if (line.n > digest.n && str_starts(line, digest) &&
		    (line.p[digest.n] == ' ' || line.p[digest.n] == '\t') &&
		    str_eq(str_trim(str_sub(line, digest.n, line.n)), phase))
			return true;
	}
	return false;
}

enum check_answer approval_in_file(struct arena *a, const char *path, const char *digest, struct str phase,
				   struct str *how)
{
	struct buf text;
	enum check_answer answer = CHECK_NOT_YET;
	if (!digest[0]) {
		*how = STR("approvals by file are of a saved plan: plan -out=FILE, then apply FILE");
		return CHECK_NEVER;
	}
	buf_init(&text, APPROVALS_MAX);
	if (!file_text(path, &text)) {
		*how = str_fmt(a, "%s cannot be read: %s", path, strerror(errno));
	} else if (approves(buf_get(&text), str_of(digest), phase)) {
		*how = str_fmt(a, "approved by %s", path);
		answer = CHECK_HOLDS;
	} else {
		*how = str_fmt(a, "not approved; the line '%s %.*s' in %s does", digest, STR_ARG(phase), path);
	}
	buf_free(&text);
	return answer;
}
