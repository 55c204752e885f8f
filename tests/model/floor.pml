/*
 * tests/model/floor.pml
 *	No job that was added ever stands below its lane's floor, where nobody looks.
 *
 * Adders take the shared lock of the queue, draw a number, and commit or roll back; what
 * they committed is seen first, then the lock goes. One may be prepared on the way, and
 * may hold the lock under another name then. An engine claims, and in the same transaction
 * raises the floor by three statements, each of which sees what was committed when it
 * began: how far numbers have come, who holds the lock, what stands there. It has the
 * lane's row locked, so that another one that raises it comes before or after. Other
 * claims are seen when they commit. A job that was claimed may come back, and is looked
 * for apart then.
 *
 * Broken on purpose, one at a time:
 *	AT_ONCE		  raise it whoever is adding
 *	NUMBER_LAST	  who is adding is read before the last number
 *	LOOK_FIRST	  what stands there is read before who is adding
 *	DRAW_FIRST	  the number is drawn before the lock is taken
 *	FORGET_NAMES	  those who are adding now are kept, without asking for those before
 *	TRUST_NAMES	  a prepared transaction is taken for one that began since
 *	COME_BACK	  what comes back is looked for like what was added
 */
#define ADDERS 3
#define ROUNDS 3
#define NAME(a) (1 << (a))

byte newest;			/* the number that was drawn last, from 1 */
bool ready[ADDERS + 1];		/* committed */
byte mine;			/* locked by the engine's open claim, and seen by others */
byte holders;			/* of the queue's lock, by names */
byte prepared;			/* holders of it whose names nobody knew before */

/* The lane. */
byte floor, ahead, adders;

inline check()
{
	for (i : 1 .. ADDERS) {
		assert(!ready[i] || i >= floor)
	}
	i = 0
}

proctype adder(byte me)
{
	byte id, i;
	bool is_renamed;

#ifdef DRAW_FIRST
	d_step { newest++; id = newest };
	holders = holders | NAME(me);
#else
	holders = holders | NAME(me);
	d_step { newest++; id = newest };
#endif
	if
	:: d_step { me == 0 -> is_renamed = true; holders = holders & ~NAME(me); prepared++ }
	:: true
	fi;
	if
	:: d_step { ready[id] = true; check() }
	:: true			/* rolled back */
	fi;
	d_step {
		if
		:: is_renamed -> prepared--; is_renamed = false
		:: else -> holders = holders & ~NAME(me)
		fi;
		id = 0
	}
}

/* The lowest number that is seen from the floor on, below where it may go. */
inline look()
{
	d_step {
		low = floor;
		do
		:: low < reach && (!ready[low] || low == mine) -> low++
		:: else -> break
		od
	}
}

inline raise()
{
#ifdef LOOK_FIRST
	reach = newest;
	look();
#endif
#ifdef NUMBER_LAST
	d_step { seen = holders; is_prepared = prepared > 0 };
	number = newest;
#else
	number = newest;
	d_step { seen = holders; is_prepared = prepared > 0 };
#endif
#ifdef TRUST_NAMES
	is_prepared = false;
#endif
	if
	:: d_step {
#ifdef AT_ONCE
		true
#elif defined(FORGET_NAMES)
		!is_prepared
#else
		!is_prepared && (seen & adders) == 0
#endif
		->
#ifdef AT_ONCE
		reach = number;
#else
		reach = (seen == 0 -> number : ahead);
#endif
		may_raise = true
	   }
	:: else
	fi;
	if
	:: may_raise ->
#ifdef LOOK_FIRST
		low = (low < reach -> low : reach)
#else
		look()
#endif
	:: else
	fi
}

proctype engine()
{
	byte round, number, seen, reach, low, i;
	bool is_prepared, may_raise;

	do
	:: round < ROUNDS ->
		atomic {
			for (i : 1 .. ADDERS) {
				if
				:: mine == 0 && ready[i] && i >= floor -> mine = i
				:: true
				fi
			}
			i = 0
		};
		raise();
		if
		:: d_step { true -> ready[mine] = false;
			if
			:: may_raise -> floor = (low > floor -> low : floor); ahead = number; adders = seen
			:: else
			fi;
			check()
		   }
		:: mine = 0	/* rolled back */
		fi;
		d_step {
			may_raise = false;
			is_prepared = false;
			number = 0;
			seen = 0;
			reach = 0;
			low = 0;
			round++
		};
#ifdef COME_BACK
		if
		:: d_step { mine > 0 -> ready[mine] = true; check() }
		:: true
		fi;
#endif
		mine = 0
	:: else -> break
	od
}

/* Claims of others: the lowest that is not locked, or nothing for now. */
proctype others()
{
end_claim:
	do
	:: atomic { ready[1] && mine != 1 -> ready[1] = false }
	:: atomic { ready[2] && mine != 2 -> ready[2] = false }
	:: atomic { ready[3] && mine != 3 -> ready[3] = false }
	od
}

init {
	byte i;

	atomic {
		for (i : 0 .. ADDERS - 1) {
			run adder(i)
		}
		run engine();
		run others()
	}
}
