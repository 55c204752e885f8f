/*
 * tests/model/wake.pml
 *	Nobody sleeps beside a job that could run: the wake-up without polling.
 *
 * Two queues, of which the first lets one job run at a time. A transaction is its
 * statements one by one; at commit its changes are seen first, then its locks go,
 * then its notices leave, as in PostgreSQL. A statement reads what was committed
 * when it began (READ COMMITTED); a lock on a row that is skipped or waited for
 * looks at the row again. A run of a job may last for ever: a worker that is busy
 * is no excuse for one that sleeps.
 *
 * Broken on purpose, one at a time:
 *	NO_SHARED	  producers take no lock
 *	ONE_SNAPSHOT	  armed is read in the statement that takes the lock
 *	IF_DISARMED	  notify only if the row could be disarmed
 *	BLOCKING_DISARM	  wait for the row, as an UPDATE would
 *	ARM_LIGHTLY	  arm without the lock of those who free permits
 *	ARM_LATE	  claim again, then arm
 *	NO_SECOND_CLAIM	  arm, then sleep
 *	DRAIN_LATE	  drop the notices that came during the last claim
 *	QUIET_FINISH	  who frees a permit does not knock
 *	REPEATABLE	  producers in REPEATABLE READ; right with ALWAYS_NOTIFY
 *	CLAIM_DIES	  an engine may die within a claim; right with SWEEP
 *	RECONNECT	  a worker may lose its session; broken with LISTEN_LAST
 *	TURN		  a worker may end a job and claim the next in one transaction;
 *			  broken with QUIET_FINISH
 *	STOCK		  jobs are there to begin with
 */
#define QUEUES 2
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#define NOBODY 255

/* What is committed. */
byte ready[QUEUES];		/* jobs that wait */
byte running[QUEUES];
bool armed[QUEUES];
bool note[WORKERS];		/* a notice lies in the worker's session */
bool is_listening[WORKERS];

/*
 * Advisory locks, one a queue for who adds work and one for who frees permits, which
 * may be of any queue; and those of the rows of armed.
 */
#define PERMITS QUEUES
byte shared[QUEUES + 1];
bool exclusive[QUEUES + 1];
byte row_of[QUEUES];
byte claimed[QUEUES];		/* rows of ready that an open claim has locked */

#ifdef TURN
bool is_counting;		/* the lock of claims that have limits to look at */
#define MAY_COUNT (!is_counting || ready[0] == 0)
#else
#define MAY_COUNT true
#endif

bool is_asleep[WORKERS];
bool is_cut;			/* the one lost session, or death, has happened */
#ifdef SWEEP
bool has_swept[WORKERS];
#endif

#define HAS_PERMIT(q) (q != 0 || running[0] == 0)
#define CAN_RUN(q) (ready[q] > claimed[q] && HAS_PERMIT(q))

/* Statements of whoever makes a job claimable: lock, then read armed, and disarm. */
inline lock(l)
{
#ifndef NO_SHARED
	atomic { !exclusive[l] -> shared[l]++ }
#else
	skip
#endif
}

inline knock(self, q)
{
	atomic {
#if defined(REPEATABLE) || defined(ONE_SNAPSHOT)
		seen = old[q];
#else
		seen = armed[q];
#endif
#ifdef ALWAYS_NOTIFY
		knocked = true;
#endif
		if
		:: !seen -> is_unarmed = true
		:: else -> seen = false
		fi
	};
	if
	:: d_step { is_unarmed -> is_unarmed = false }
#ifdef BLOCKING_DISARM
	:: atomic { !is_unarmed && (row_of[q] == NOBODY || row_of[q] == self) ->
		if
		:: armed[q] -> row_of[q] = self; got[q] = true; knocked = true
		:: else
		fi
	   }
#else
	:: atomic { !is_unarmed ->
		if
		:: row_of[q] == NOBODY && armed[q] -> row_of[q] = self; got[q] = true
		:: else
		fi;
#ifdef IF_DISARMED
		knocked = knocked || got[q]
#else
		knocked = true
#endif
	   }
#endif
	fi
}

/* What a commit makes seen, and the locks that go after it. */
inline disarm(q)
{
	if
	:: got[q] -> armed[q] = false
	:: else
	fi
}

inline unlock(l)
{
#ifndef NO_SHARED
	shared[l]--
#else
	skip
#endif
}

inline unlock_row(q)
{
	if
	:: got[q] -> row_of[q] = NOBODY; got[q] = false
	:: else
	fi
}

#define REMEMBER d_step { old[0] = armed[0]; old[1] = armed[1] }
#ifdef REPEATABLE
#define LOOK_ONCE REMEMBER	/* at the beginning of the transaction */
#define HAS_OLD
#else
#define LOOK_ONCE skip
#endif
#ifdef ONE_SNAPSHOT
#define SNAPSHOT REMEMBER	/* at the beginning of the statement that then waits */
#define HAS_OLD
#else
#define SNAPSHOT skip
#endif

inline notify()
{
	if
	:: knocked ->
		for (i : 0 .. WORKERS - 1) {
			note[i] = note[i] || is_listening[i]
		}
		i = 0;
		knocked = false
	:: else
	fi
}

proctype producer(byte me)
{
	bool got[QUEUES];
	bool seen, knocked, is_unarmed;
	byte i, q, second;
#ifdef HAS_OLD
	bool old[QUEUES];
#endif
	LOOK_ONCE;
	/* One queue, or both: in one statement by number, or as two statements say. */
	atomic {
		if
		:: q = 0; second = NOBODY
		:: q = 0; second = 1
		:: q = 1; second = 0
		fi
	};
	SNAPSHOT;
	lock(q);
	knock(me, q);
	if
	:: second != NOBODY -> SNAPSHOT; lock(second); knock(me, second)
	:: else
	fi;
	if
	:: d_step {
		ready[q]++;
		disarm(q);
		if
		:: second != NOBODY -> ready[second]++; disarm(second)
		:: else
		fi
	   }
	:: knocked = false	/* rolled back */
	fi;
	d_step {
		unlock(q);
		unlock_row(q);
		if
		:: second != NOBODY -> unlock(second); unlock_row(second)
		:: else
		fi
	};
	d_step { notify(); q = 0; second = 0 }
}

/* A run, which may last for ever, and its finish, which may free a permit. */
inline work(q)
{
	if
	:: true ->
end_busy:	false
	:: true
	fi;
#ifdef QUIET_FINISH
	running[q]--;
#else
	LOOK_ONCE;
	SNAPSHOT;
	lock(PERMITS);
	knock(PRODUCERS + me, 0);
	knock(PRODUCERS + me, 1);
	d_step { running[q]--; disarm(0); disarm(1) };
	d_step { unlock(PERMITS); unlock_row(0); unlock_row(1) };
	d_step { notify() };
#endif
	if
	:: true ->		/* told to drain: it claims no more */
end_gone:	false
	:: true
	fi
}

/* One statement: a limited queue is counted under a lock, so at one stroke. */
inline claim()
{
	found = NOBODY;
#ifdef CLAIM_DIES
	/* Rows that another claim has locked are skipped; it may yet roll back. */
	atomic {
		if
		:: CAN_RUN(0) -> ready[0]--; running[0]++; found = 0
		:: else ->
			if
			:: CAN_RUN(1) -> claimed[1]++; found = 1
			:: else
			fi
		fi
	};
	if
	:: found == 1 ->
		if
		:: d_step { claimed[1]--; ready[1]--; running[1]++ }
		:: atomic { !is_cut -> is_cut = true; claimed[1]--; is_listening[me] = false } ->
end_dead:		false
		fi
	:: else
	fi
#else
	atomic { MAY_COUNT ->
		if
		:: CAN_RUN(0) -> ready[0]--; running[0]++; found = 0
		:: CAN_RUN(1) -> ready[1]--; running[1]++; found = 1
		:: else
		fi
	}
#endif
}

#ifdef TURN
/*
 * The end of a run and the next claim, which sees the place that is left here and nobody
 * else before the commit. found: what runs next.
 */
inline turn(q)
{
	if
	:: true ->
end_long:	false
	:: true
	fi;
	was = q;
#ifndef QUIET_FINISH
	LOOK_ONCE;
	SNAPSHOT;
	lock(PERMITS);
	knock(PRODUCERS + me, 0);
	knock(PRODUCERS + me, 1);
#endif
	atomic { MAY_COUNT ->
		has_count = ready[0] > 0;
		is_counting = is_counting || has_count;
		if
		:: ready[0] > claimed[0] && running[0] == (was == 0 -> 1 : 0) ->
			claimed[0]++; found = 0
		:: ready[1] > claimed[1] -> claimed[1]++; found = 1
		:: else -> found = NOBODY
		fi
	};
	d_step {
		running[was]--;
		if
		:: found != NOBODY -> claimed[found]--; ready[found]--; running[found]++
		:: else
		fi;
		disarm(0);
		disarm(1)
	};
	d_step {
#ifndef QUIET_FINISH
		unlock(PERMITS);
#endif
		unlock_row(0);
		unlock_row(1);
		is_counting = is_counting && !has_count;
		has_count = false
	};
	d_step { notify(); was = 0 }
}
#endif

/*
 * Under exclusive locks, tried and never waited for: the guard is the nap. Locks and
 * commit are one step, since nobody can tell the time between them apart.
 */
#define IS_FREE(l) (shared[l] == 0 && !exclusive[l])
inline arm(q)
{
#ifdef ARM_LIGHTLY
	atomic { IS_FREE(q) -> exclusive[q] = true; armed[q] = true };
	exclusive[q] = false
#else
	atomic { IS_FREE(q) && IS_FREE(PERMITS) ->
		exclusive[q] = true;
		exclusive[PERMITS] = true;
		armed[q] = true
	};
	d_step { exclusive[q] = false; exclusive[PERMITS] = false }
#endif
}

proctype worker(byte me)
{
	bool got[QUEUES];
	bool seen, knocked, is_unarmed;
	byte i, found;
#ifdef TURN
	bool has_count;
	byte was;
#endif
#ifdef HAS_OLD
	bool old[QUEUES];
#endif

again:
#ifndef DRAIN_LATE
	note[me] = false;
#endif
	claim();
	if
	:: found != NOBODY -> goto busy
	:: else
	fi;
#ifdef ARM_LATE
	claim();
	if
	:: found != NOBODY -> goto busy
	:: else
	fi;
#endif
	arm(0);
	arm(1);
#if !defined(ARM_LATE) && !defined(NO_SECOND_CLAIM)
	claim();
	if
	:: found != NOBODY -> goto busy
	:: else
	fi;
#endif
#ifdef DRAIN_LATE
	note[me] = false;
#endif
	is_asleep[me] = true;
end_asleep:
	if
	:: atomic { note[me] -> is_asleep[me] = false }
#ifdef RECONNECT
	:: d_step { !is_cut -> is_cut = true; is_listening[me] = false; note[me] = false;
		is_asleep[me] = false };
#ifdef LISTEN_LAST
		claim();
		is_listening[me] = true;
		if
		:: found != NOBODY -> goto busy
		:: else
		fi;
		is_asleep[me] = true;
		goto end_asleep
#else
		is_listening[me] = true
#endif
#endif
#ifdef SWEEP
	/* Minutes later, untold. Once is enough: the only death has happened. */
	:: atomic { is_cut && !has_swept[me] -> has_swept[me] = true; is_asleep[me] = false }
#endif
	fi;
	goto again;
busy:
#ifdef TURN
	if
	:: true ->
		turn(found);
		if
		:: found != NOBODY -> goto busy
		:: else -> goto again
		fi
	:: true
	fi;
#endif
	work(found);
	goto again
}

/*
 * When nothing can move any more, a worker that sleeps has nothing it could claim.
 * Spin itself reports whoever is stuck elsewhere than at a label that begins with
 * "end": that is a deadlock.
 */
init {
	byte i;

	atomic {
		row_of[0] = NOBODY;
		row_of[1] = NOBODY;
#ifdef STOCK
		ready[0] = 1;
		ready[1] = 1;
#endif
		for (i : 0 .. PRODUCERS - 1) {
			run producer(i)
		}
		for (i : 0 .. WORKERS - 1) {
			is_listening[i] = true;
			run worker(i)
		}
		i = 0
	}
	timeout;
	for (i : 0 .. WORKERS - 1) {
		assert(!is_asleep[i] || !(CAN_RUN(0) || CAN_RUN(1)))
	}
}
