/*
 * tests/model/graph.pml
 *	Jobs that wait for jobs: each is let go once, whoever ends at the same time.
 *
 * Two parents run; two children that wait for both are added while they do. Who
 * ends a job locks its row, then, in a statement of its own that sees what was
 * committed by now, looks for who waits for it, locks those in the order of their
 * numbers and takes itself off: the edge goes, the number of open edges falls,
 * zero makes the child ready. Who adds a child locks the rows of its parents
 * first, shared. Each child has chosen what the failure of a parent means: RUN all
 * the same, CANCEL, or HOLD until the parent was retried. A failed parent may be
 * retried once, and a finish may roll back once.
 *
 * Held: at the end each child is ready or cancelled, once, or it is held by a
 * parent that failed; none was let go too early; nobody waits for a lock for ever.
 *
 * Broken on purpose, one at a time:
 *	COUNT_OPEN	  no counter: ready when no other parent looks open
 *	READ_THEN_WRITE	  the counter is read without a lock and written back
 *	UNORDERED	  one locks the children upwards, one downwards
 *	KEEP_EDGES	  an edge that was counted stays
 *	ONE_STATEMENT	  who waits is seen as when the finish began
 *	NO_PARENT_LOCK	  who adds a child only looks at its parents
 */
#define PARENTS 2
#define CHILDREN 2
#define NOBODY 255

mtype = { NONE, LIVE, GOOD, BAD };		/* a parent */
mtype = { ABSENT, WAITING, READY, CANCELLED };	/* a child */
mtype = { RUN, CANCEL, HOLD };			/* what a failure means to it */

#define EDGE(p, c) edge[(p) * CHILDREN + (c)]

/* What is committed. */
mtype parent[PARENTS] = LIVE;
bool has_ended[PARENTS];	/* once at least */
bool has_failed[PARENTS];
mtype child[CHILDREN] = ABSENT;
mtype policy[CHILDREN];
byte open[CHILDREN];
bool edge[PARENTS * CHILDREN];

/* Locks of rows: a parent's in both forms, that of a child that waits. */
bool exclusive[PARENTS];
byte shared[PARENTS];
byte holder_of[CHILDREN] = NOBODY;

bool is_rolled_back, is_retried;

inline let_go(c)
{
	for (i : 0 .. PARENTS - 1) {
		assert(policy[c] == RUN -> has_ended[i] : parent[i] == GOOD)
	}
	i = 0;
	assert(child[c] == ABSENT || child[c] == WAITING);
	child[c] = READY
}

/* Waits for the row of a child that it saw, and looks whether it still waits. */
inline lock_child(c)
{
	if
	:: sees[c] -> atomic { holder_of[c] == NOBODY ->
		if
		:: child[c] == WAITING -> holder_of[c] = me
		:: else -> sees[c] = false
		fi
	   }
	:: else
	fi
}

inline unlock_child(c)
{
	sees[c] = false;
	if
	:: holder_of[c] == me -> holder_of[c] = NOBODY
	:: else
	fi
}

#ifdef KEEP_EDGES
#define DROP_EDGE(p, c) skip
#else
#define DROP_EDGE(p, c) EDGE(p, c) = false
#endif

/* In the commit: what the end of parent me means for child c. */
inline settle(c)
{
	if
	:: !sees[c]
	:: sees[c] && is_good || sees[c] && policy[c] == RUN ->
		DROP_EDGE(me, c);
#ifdef COUNT_OPEN
		if
		:: others_open -> skip
		:: else -> let_go(c)
		fi;
#elif defined(READ_THEN_WRITE)
		open[c] = was_open[c] - 1;
#else
		assert(open[c] > 0);
		open[c]--;
#endif
#ifndef COUNT_OPEN
		if
		:: open[c] == 0 -> let_go(c)
		:: else
		fi
#endif
	:: sees[c] && !is_good && policy[c] == CANCEL ->
		DROP_EDGE(me, c);
		child[c] = CANCELLED
	:: sees[c] && !is_good && policy[c] == HOLD
	fi;
	unlock_child(c)
}

#define LOOK d_step { sees[0] = EDGE(me, 0); sees[1] = EDGE(me, 1) }

proctype finisher(byte me)
{
	bool sees[CHILDREN];
	bool is_good;
	byte i;
#ifdef COUNT_OPEN
	bool others_open;
#endif
#ifdef READ_THEN_WRITE
	byte was_open[CHILDREN];
#endif

again:
	if
	:: is_good = true
	:: is_good = false
	fi;
#ifdef ONE_STATEMENT
	LOOK;
#endif
	atomic { shared[me] == 0 && !exclusive[me] -> exclusive[me] = true };
#ifndef ONE_STATEMENT
	LOOK;
#endif
#ifdef COUNT_OPEN
	others_open = (parent[1 - me] == LIVE);
#endif
#ifdef READ_THEN_WRITE
	d_step { was_open[0] = open[0]; was_open[1] = open[1] };
#endif
#ifdef UNORDERED
	if
	:: me == 0 -> lock_child(0); lock_child(1)
	:: else -> lock_child(1); lock_child(0)
	fi;
#else
	lock_child(0);
	lock_child(1);
#endif
	if
	:: d_step {
		has_ended[me] = true;
		if
		:: is_good -> parent[me] = GOOD
		:: else -> parent[me] = BAD; has_failed[me] = true
		fi;
		settle(0);
		settle(1);
		exclusive[me] = false
	   }
	:: atomic { !is_rolled_back ->		/* its engine died; another runs it again */
		is_rolled_back = true;
		unlock_child(0);
		unlock_child(1);
		exclusive[me] = false;
		goto again
	   }
	fi;
	/* People retry a job that failed; its row is locked for that, too. */
	if
	:: atomic { !is_good && !is_retried && shared[me] == 0 && !exclusive[me] ->
		is_retried = true;
		parent[me] = LIVE;
		goto again
	   }
	:: true
	fi
}

proctype adder(byte me)
{
	bool locks[PARENTS];
	mtype saw[PARENTS];
	byte i, p;

	if
	:: policy[me] = RUN
	:: policy[me] = CANCEL
	:: policy[me] = HOLD
	fi;
	for (p : 0 .. PARENTS - 1) {
#ifdef NO_PARENT_LOCK
		saw[p] = parent[p]
#else
		atomic { !exclusive[p] ->
			saw[p] = parent[p];
			locks[p] = true;
			shared[p]++
		}
#endif
	}
	atomic {
		child[me] = WAITING;
		for (p : 0 .. PARENTS - 1) {
			if
			:: saw[p] == LIVE || (saw[p] == BAD && policy[me] == HOLD) ->
				EDGE(p, me) = true;
				open[me]++
			:: saw[p] == BAD && policy[me] == CANCEL -> child[me] = CANCELLED
			:: else
			fi
		}
		if
		:: child[me] == CANCELLED ->
			for (p : 0 .. PARENTS - 1) {
				EDGE(p, me) = false
			}
		:: child[me] == WAITING && open[me] == 0 -> let_go(me)
		:: else
		fi;
		for (p : 0 .. PARENTS - 1) {
			if
			:: locks[p] -> locks[p] = false; shared[p]--
			:: else
			fi
		}
		p = 0
	}
}

init {
	byte i;

	atomic {
		run finisher(0);
		run finisher(1);
		run adder(0);
		run adder(1)
	}
	timeout;
	for (i : 0 .. CHILDREN - 1) {
		assert(child[i] == READY ||
			(child[i] == CANCELLED && policy[i] == CANCEL &&
				(has_failed[0] || has_failed[1])) ||
			(child[i] == WAITING && policy[i] == HOLD &&
				(parent[0] == BAD || parent[1] == BAD)))
	}
}
