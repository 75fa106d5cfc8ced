/* What the files of the diff share: diff.c drives the top-level properties, difftree.c walks below them and records
 * changes, diffsame.c says when two values mean the same under a type's schema and facts. */
#ifndef DRPLAN_PLANNER_DIFFPRIV_H
#define DRPLAN_PLANNER_DIFFPRIV_H

#include "planner/plan.h"

struct walk {
	struct arena *a;
	const struct type *type;
	struct diff *out;
	const struct value *ignore;
	struct buf path;	/* as shown: "Tags[0].Key" */
	struct buf pattern;	/* with [] for every index: what the type's facts and Ignore are keyed by */
	bool blind;		/* live was not read: what was applied last stands for it */
};

struct sides {			/* one place in the four trees; NULL: absent */
	const struct value *desired, *hidden, *last, *live;
};

struct mark {
	size_t path, pattern;
};
struct mark walk_key(struct walk *w, struct str key);
struct mark walk_index(struct walk *w, size_t i);
void walk_back(struct walk *w, struct mark m);

/* Flags that a node hands down to what is below it. */
unsigned flags_below(unsigned flags, const struct schema *child);

/* Compare one place and everything below it; records what differs. */
void walk_node(struct walk *w, const struct schema *s, unsigned flags, struct sides at);
/* A tag property, by keys whatever its style. */
void walk_tags(struct walk *w, unsigned flags, struct sides at);
/* A list of {Key, Value} that AWS completes (NORMAL_ENTRIES); nothing desired: all of them were removed. */
void walk_entries(struct walk *w, unsigned flags, struct sides at);
/* NULL where the difference is only noted: a value that moves by itself. */
struct prop_change *walk_emit(struct walk *w, enum prop_change_kind kind, unsigned flags, struct sides at,
			      const struct value *before, const struct value *after);
void walk_note(struct walk *w, enum prop_change_kind kind, const struct value *before, const struct value *after);
/* An update shall ask for this value here, whatever is desired. */
void walk_keep(struct walk *w, const struct value *value);
bool walk_ignored(const struct walk *w);
bool tag_is_ours(struct str key);

/* Absent, null, "" or an empty list or map: AWS reports these for one another. */
bool value_is_nothing(const struct value *v);
/* Everything that desired says holds in live: further keys of objects do not matter, sets have no order. */
bool value_covers(struct walk *w, const struct schema *s, unsigned flags, const struct value *desired,
		  const struct value *live);
/* Both ways: the same content. */
bool value_same(struct walk *w, const struct schema *s, unsigned flags, const struct value *a, const struct value *b);
/* The element of a list whose member has this text, or NULL (written.c). */
const struct value *element_keyed(const struct value *list, struct str member, struct str key);
bool schema_is_document(const struct schema *s, unsigned flags);
/* A map whose keys are all the user's own. */
bool schema_is_free_map(const struct schema *s);
const struct schema *schema_below(const struct schema *s, struct str key);
/* The type's default for this place, or NULL. */
const struct value *walk_default(struct walk *w);

#endif
