/* Errors and warnings: collected, sorted by position, printed together with the line and a caret.
 *
 *	struct sources src = {0};
 *	struct errs errs = {.arena = &arena, .sources = &src};
 *	if (!stack_load(..., &errs)) { errs_print(&errs, &out, colour); return 1; }
 *
 * A function that can fail returns bool (or NULL) and has added at least one error when it returns false.
 *
 *	stack.yaml:14:9: error: AWS::EC2::Subnet has no property 'CidrBlok' (did you mean 'CidrBlock'?)
 *	   14 |         CidrBlok: 10.0.0.0/24
 *	      |         ^~~~~~~~
 *	  help: ...
 */
#ifndef DRPLAN_BASE_ERR_H
#define DRPLAN_BASE_ERR_H

#include "base/value.h"

enum err_kind {
	ERR_INPUT,	/* what the user wrote: stack, variables, flags, plan file */
	ERR_STATE,	/* the state file: locked, corrupt, of another stack */
	ERR_REMOTE,	/* AWS refused */
	ERR_NETWORK,	/* AWS was not reached or did not answer sensibly */
	ERR_SYSTEM,	/* files, memory, the operating system */
	ERR_BUG,	/* drplan contradicts itself */
};

enum err_level { LEVEL_ERROR, LEVEL_WARNING };

struct err {
	enum err_kind kind;
	enum err_level level;
	struct pos pos;
	uint32_t width;		/* characters to underline from pos; 0 lets the printer find the token */
	struct str address;	/* the resource, or empty */
	struct str message;	/* one sentence, no full stop, no newline */
	struct str help;	/* what to do about it, or empty */
	struct str operation;	/* "ec2:CreateSubnet" */
	struct str code;	/* "InvalidSubnet.Range" */
	struct str request_id;
	struct pos related;	/* a second place ("first defined here"); line 0 = none */
	struct str related_note;
};

/* The files that positions point into. Index 0 is a valid file. Text is kept for carets. */
struct source {
	struct str path;	/* as the user would write it */
	struct str text;
	uint32_t line;		/* where the last look-up of a line ended, so that errors in order cost one pass */
	size_t line_start;
};

struct sources {
	struct source *items;
	size_t n, cap;
};

/* Returns the file index; path and text must live as long as the sources. At most 65,535 files: beyond that the
 * last index is shared and carets are left out. */
uint16_t sources_add(struct sources *s, struct arena *a, struct str path, struct str text);

struct errs {
	struct arena *arena;
	struct sources *sources;	/* may be NULL: no carets */
	struct err *items;
	size_t n, cap;
	size_t errors;			/* of n, how many are not warnings */
};

/* Add an error; the returned struct stays valid until the next add, to fill help, address and the rest. */
struct err *err_add(struct errs *e, enum err_kind kind, struct pos pos, const char *fmt, ...) PRINTF_LIKE(4, 5);
struct err *err_warn(struct errs *e, struct pos pos, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* For ERR_INPUT at a position: the usual case. */
struct err *err_at(struct errs *e, struct pos pos, const char *fmt, ...) PRINTF_LIKE(3, 4);
void err_help(struct errs *e, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* " (did you mean 'X'?)" for the nearest of the candidates, or an empty string when none is near: a third of the
 * letters may differ, case counts least. */
struct str err_suggest(struct arena *a, struct str got, const struct str *candidates, size_t n);
void errs_sort(struct errs *e);		/* by file, line, column; what is said twice of one place is said once */
/* Sorted text of all; ends with a newline. Secrets (base/log.h) and control characters are taken out, wherever the
 * text came from; a source line that holds a secret is left out. */
void errs_print(struct errs *e, struct buf *out, bool colour);
void err_print(const struct errs *e, const struct err *err, struct buf *out, bool colour);

#endif
