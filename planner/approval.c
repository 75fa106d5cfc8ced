/* Approvals by file, for pipelines: one a line, "WHICH NAME" or "WHICH NAME by PERSON". WHICH is the SHA-256 of the saved
 * plan that is being carried out and NAME a phase (gate.c), or DR::RunId and a step of a runbook (booksmall.c). So an
 * approval is of one plan or run and of nothing else, and a file may gather those of many. Lines that begin with # and
 * empty ones mean nothing. */
#include "planner/check.h"

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

static bool approves(struct str text, struct str which, struct str name, struct str *by)
{
	struct str line;
	while (str_cut(&text, '\n', &line)) {
		line = str_trim(line);
		if (line.n <= which.n || !str_starts(line, which) ||
		    (line.p[which.n] != ' ' && line.p[which.n] != '\t'))
			continue;
		line = str_trim(str_sub(line, which.n, line.n));
		*by = str_starts(line, name) ? str_sub(line, name.n, line.n) : STR_NONE;
		if (str_eq(line, name) || str_starts(*by, STR(" by ")))
			return true;
	}
	return false;
}

enum check_answer approval_in_file(struct arena *a, const char *path, struct str which, struct str name,
				   struct str *how)
{
	struct buf text;
	struct str by;
	enum check_answer answer = CHECK_NOT_YET;
	buf_init(&text, APPROVALS_MAX);
	if (!file_text(path, &text) && errno != ENOENT) {
		*how = str_fmt(a, "%s cannot be read: %s", path, strerror(errno));
	} else if (approves(buf_get(&text), which, name, &by)) {
		by = by.n ? str_trim(str_sub(by, sizeof " by " - 1, by.n)) : by;
		*how =
		    by.n ? str_fmt(a, "approved by %.*s in %s", STR_ARG(by), path) : str_fmt(a, "approved by %s", path);
		answer = CHECK_HOLDS;
	} else {
		*how = str_fmt(a, "not approved; the line '%.*s %.*s' in %s does", STR_ARG(which), STR_ARG(name), path);
	}
	buf_free(&text);
	return answer;
}
