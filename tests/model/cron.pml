/*
 * tests/model/cron.pml
 *	Each slot of a schedule makes one job, whoever makes it and whoever dies.
 *
 * Engines look at next_at, and when it is due they make the job: a row in tick
 * whose primary key is the slot, the job, and next_at moved on, in one
 * transaction. It may roll back at each step, as when the engine dies. Somebody
 * edits the schedule meanwhile, so that next_at is computed anew and lies in the
 * past again. The clock is the server's.
 *
 * An insert into tick waits for an open transaction that has the same key, and
 * finds a conflict only if that one commits.
 *
 * Broken on purpose, one at a time:
 *	NO_TICK		  next_at alone decides, read and written without a lock
 *	GUARD_ONLY	  next_at alone decides, moved only if it still is the slot
 *	TWO_TX		  the tick is committed before the job is made
 *	MOVE_FIRST	  next_at is moved on and committed before the rest
 */
#ifndef ENGINES
#define ENGINES 2
#endif
#define SLOTS 3
#define CRASHES 2
#define NOBODY 255

byte now_is;			/* the server's clock: slots that are due */
byte next_at = 1;
byte next_lock = NOBODY;
bool tick[SLOTS + 1];
byte tick_lock[SLOTS + 1];	/* an open transaction has inserted this key */
byte jobs[SLOTS + 1];
byte crashes;

/* The end of a transaction that did not commit. */
inline roll_back(slot)
{
	if
	:: tick_lock[slot] == me -> tick_lock[slot] = NOBODY
	:: else
	fi;
	if
	:: next_lock == me -> next_lock = NOBODY
	:: else
	fi
}

proctype engine(byte me)
{
	byte due;
	bool is_mine;

end_sleep:
	do
	:: d_step { next_at <= now_is && next_at <= SLOTS -> due = next_at; is_mine = false };
#ifdef MOVE_FIRST
		atomic {
			if
			:: next_at == due -> next_at = due + 1
			:: else -> goto end_sleep
			fi
		};
		if
		:: d_step { crashes < CRASHES -> crashes++ }; goto end_sleep
		:: true
		fi;
#endif
#ifdef NO_TICK
		is_mine = true;
#elif defined(GUARD_ONLY)
		/* update ... where next_at = $1: waits for the row and looks again */
		atomic { next_lock == NOBODY ->
			if
			:: next_at == due -> next_lock = me; is_mine = true
			:: else
			fi
		};
#else
		/* insert ... on conflict do nothing */
		atomic { tick_lock[due] == NOBODY ->
			if
			:: !tick[due] -> tick_lock[due] = me; is_mine = true
			:: else
			fi
		};
#endif
#ifdef TWO_TX
		d_step {
			if
			:: is_mine -> tick[due] = true; tick_lock[due] = NOBODY
			:: else
			fi
		};
#endif
		if
		:: d_step { crashes < CRASHES -> crashes++; roll_back(due) }; goto end_sleep
		:: true
		fi;
#if !defined(NO_TICK) && !defined(GUARD_ONLY)
		/* update ... where next_at = $1; nothing found is nothing lost */
		atomic { next_lock == NOBODY ->
			if
			:: next_at == due -> next_lock = me
			:: else
			fi
		};
		if
		:: d_step { crashes < CRASHES -> crashes++; roll_back(due) }; goto end_sleep
		:: true
		fi;
#endif
		d_step {		/* commit */
			if
			:: is_mine -> jobs[due]++
			:: else
			fi;
			if
			:: tick_lock[due] == me -> tick[due] = true; tick_lock[due] = NOBODY
			:: else
			fi;
#ifdef NO_TICK
			next_at = due + 1;
#else
			if
			:: next_lock == me -> next_at = due + 1; next_lock = NOBODY
			:: else
			fi;
#endif
			assert(jobs[due] <= 1);
			is_mine = false;
			due = 0
		}
	od
}

active proctype clock()
{
	do
	:: now_is < SLOTS -> now_is++
	:: else -> break
	od
}

/* Saves the schedule once: its next time is computed anew from an earlier one. */
active proctype editor()
{
	if
	:: atomic { next_lock == NOBODY && next_at > 1 ->
		next_at--
	   }
	:: true
	fi
}

init {
	byte i;

	atomic {
		for (i : 0 .. SLOTS) {
			tick_lock[i] = NOBODY
		}
		for (i : 0 .. ENGINES - 1) {
			run engine(i)
		}
		i = 0
	}
	timeout;
	for (i : 1 .. SLOTS) {
		assert(jobs[i] == 1)
	}
}
