/* The graph: order, cycles, phases; random graphs are sorted so that nothing comes before what it needs. */
#include "tests/unit/check.h"

#include <stdio.h>

#include "planner/graph.h"

struct world {
	struct arena arena;
	struct errs errs;
	struct stack stack;
	struct resource res[512];
	struct state_row rows[64];
	size_t n_rows;
	struct graph g;
};

static const char *const phase_names[] = {"networking", "security", "compute", "monitoring"};

static struct world *world_new(void)
{
	static struct world w;
	arena_free(&w.arena);
	memset(&w, 0, sizeof w);
	w.errs.arena = &w.arena;
	w.stack.arena = &w.arena;
	w.stack.resources = w.res;
	w.stack.phases = arena_array(&w.arena, 4, sizeof *w.stack.phases);
	w.stack.n_phases = 4;
	for (uint32_t i = 0; i < 4; i++) {
		w.stack.phases[i].name = str_of(phase_names[i]);
		w.stack.layer_phase[i] = i;
	}
	return &w;
}

/* Addresses must be added in sorted order, as a stack has them. */
static struct resource *add(struct world *w, const char *address, const char *type, int32_t phase)
{
	struct resource *r = &w->res[w->stack.n_resources++];
	*r = (struct resource){.address = str_dup(&w->arena, str_of(address)), .type = model_type(str_of(type)), .phase = phase};
	assert_non_null(r->type);
	r->pos.line = r->phase_pos.line = (uint32_t)w->stack.n_resources * 10;
	r->props = value_map(&w->arena, r->pos);
	return r;
}

static void refer(struct world *w, struct resource *r, const char *to)
{
	struct value *ref = value_expr(&w->arena, (struct pos){.line = r->pos.line + 1, .col = 5}, FN_REF);
	value_append(&w->arena, ref, value_string(&w->arena, ref->pos, str_dup(&w->arena, str_of(to))));
	value_set(&w->arena, r->props, str_fmt(&w->arena, "P%zu", value_count(r->props)), r->pos, ref);
}

static bool sorted(struct world *w)
{
	return graph_build(&w->g, &w->arena, &w->stack, w->rows, w->n_rows, &w->errs) && graph_sort(&w->g, &w->errs);
}

static void check_order(const struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct node *n = &g->nodes[i];
		assert_true(&g->nodes[g->sorted[n->order]] == n);
		for (uint32_t k = 0; k < n->deps[GRAPH_NEEDS].n; k++) {
			const struct node *need = &g->nodes[n->deps[GRAPH_NEEDS].items[k]];
			if (node_written(n) && node_written(need))
				assert_true(need->order < n->order);
		}
	}
}

static void test_cycle_shows_its_path(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct resource *a = add(w, "A", "AWS::EC2::VPC", -1), *b = add(w, "B", "AWS::EC2::VPC", -1), *c = add(w, "C", "AWS::EC2::VPC", -1);
	add(w, "D", "AWS::EC2::VPC", -1);
	refer(w, a, "B");
	refer(w, b, "C");
	refer(w, c, "A");
	refer(w, c, "D");
	assert_false(sorted(w));
	assert_int_equal(w->errs.errors, 1);
	assert_str(w->errs.items[0].message,
		   "resources need each other in a circle: A (11:5) -> B (21:5) -> C (31:5) -> A");
	assert_int_equal(w->errs.items[0].pos.line, 11);
	assert_int_equal(w->errs.items[0].related.line, 21);
}

static void test_itself(void **state)
{
	(void)state;
	struct world *w = world_new();
	refer(w, add(w, "A", "AWS::EC2::VPC", -1), "A");
	assert_false(sorted(w));
	assert_int_equal(w->errs.errors, 1);
}

static uint32_t phase_of(struct world *w, const char *address)
{
	return graph_find(&w->g, str_of(address))->phase;
}

static void test_phases_never_invert_without_writing(void **state)
{
	(void)state;
	struct world *w = world_new();
	/* A flow log of the network names a log group, which by its layer would come last. */
	struct resource *endpoint = add(w, "Endpoint", "AWS::EC2::VPCEndpoint", -1);
	add(w, "Group", "AWS::EC2::SecurityGroup", -1);
	add(w, "Logs", "AWS::Logs::LogGroup", -1);
	refer(w, endpoint, "Group");
	assert_true(sorted(w) && graph_place(&w->g, &w->errs));
	assert_int_equal(phase_of(w, "Endpoint"), 0);
	assert_int_equal(phase_of(w, "Group"), 0);
	assert_int_equal(phase_of(w, "Logs"), w->stack.layer_phase[type_layer(model_type(STR("AWS::Logs::LogGroup")))]);
}

static void test_written_phase_pushes_later(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct resource *route = add(w, "Route", "AWS::EC2::Route", -1);
	add(w, "Table", "AWS::EC2::RouteTable", 2);
	refer(w, route, "Table");
	assert_true(sorted(w) && graph_place(&w->g, &w->errs));
	assert_int_equal(phase_of(w, "Route"), 2);
}

static void test_written_phases_contradict(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct resource *a = add(w, "A", "AWS::EC2::Route", 0), *b = add(w, "B", "AWS::EC2::RouteTable", -1);
	add(w, "C", "AWS::EC2::VPC", 3);
	refer(w, a, "B");
	refer(w, b, "C");
	assert_true(sorted(w));
	assert_false(graph_place(&w->g, &w->errs));
	assert_str(w->errs.items[0].message,
		   "it is put into phase networking but needs C, which is put into the later phase monitoring");
	assert_int_equal(w->errs.items[0].pos.line, 10);
	assert_int_equal(w->errs.items[0].related.line, 30);
}

static void test_rows_of_the_past(void **state)
{
	(void)state;
	static struct str on_old[] = {STR_INIT("Old")}, on_b[] = {STR_INIT("B")};
	struct world *w = world_new();
	add(w, "A", "AWS::EC2::VPC", -1);
	refer(w, add(w, "B", "AWS::EC2::VPC", -1), "A");
	/* B used Old, Old used B: each was true at its time. */
	w->rows[0] = (struct state_row){.address = STR("A"), .type = STR("AWS::EC2::VPC")};
	w->rows[1] = (struct state_row){.address = STR("A"), .type = STR("AWS::EC2::VPC"), .generation = 3, .status = ROW_DEPOSED};
	w->rows[2] = (struct state_row){.address = STR("B"), .type = STR("AWS::EC2::VPC"), .depends = on_old, .n_depends = 1};
	w->rows[3] = (struct state_row){.address = STR("Kept"), .generation = 2, .status = ROW_KEPT};
	w->rows[4] = (struct state_row){.address = STR("Old"), .type = STR("AWS::EC2::VPC"), .depends = on_b, .n_depends = 1};
	w->n_rows = 5;
	assert_true(sorted(w) && graph_place(&w->g, &w->errs));
	assert_int_equal(w->g.n, 4);
	check_order(&w->g);
	struct node *old = graph_find(&w->g, STR("Old"));
	assert_true(old && !node_written(old) && old->deps[GRAPH_NEEDED_BY].n == 1);
	assert_true(graph_find(&w->g, STR("A"))->row == &w->rows[0]);
	assert_null(graph_find(&w->g, STR("Kept")));
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void test_random_graphs(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		uint32_t seed = round;
		struct world *w = world_new();
		size_t n = 1 + next_random(&seed) % 60;
		uint32_t rank[64];
		char name[32];
		for (size_t i = 0; i < n; i++) {
			snprintf(name, sizeof name, "N%03zu", i);
			add(w, name, "AWS::EC2::VPC", -1);
			rank[i] = next_random(&seed);
		}
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++) {
				snprintf(name, sizeof name, "N%03zu", k);
				if (rank[k] < rank[i] && next_random(&seed) % 5 == 0)
					refer(w, &w->res[i], name);
			}
		assert_true(sorted(w));
		check_order(&w->g);
	}
}

static void test_dot(void **state)
{
	(void)state;
	struct world *w = world_new();
	w->stack.name = STR("a \"b\"");
	add(w, "A", "AWS::EC2::VPC", -1);
	refer(w, add(w, "B", "AWS::EC2::Subnet", -1), "A");
	assert_true(sorted(w) && graph_place(&w->g, &w->errs));
	struct buf b;
	buf_init(&b, 1 << 16);
	graph_dot(&w->g, &b);
	assert_true(str_find(buf_get(&b), STR("digraph \"a \\\"b\\\"\""), 0) == 0);
	assert_true(str_find(buf_get(&b), STR("\"B\" -> \"A\";"), 0) > 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cycle_shows_its_path), cmocka_unit_test(test_itself),
		cmocka_unit_test(test_phases_never_invert_without_writing), cmocka_unit_test(test_written_phase_pushes_later),
		cmocka_unit_test(test_written_phases_contradict), cmocka_unit_test(test_rows_of_the_past),
		cmocka_unit_test(test_random_graphs), cmocka_unit_test(test_dot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
