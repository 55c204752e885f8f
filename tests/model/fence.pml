/*
 * tests/model/fence.pml
 *	One job, one end: the run number against all who come late.
 *
 * A claim raises the run number and puts it into the row of the run; whoever
 * writes for a run names it. A holder may die or stall anywhere, for any time, and
 * go on as if nothing had happened; the rescuer takes any run for lost, rightly or
 * wrongly, at any moment. A statement takes its snapshot, waits for the lock of
 * the row it saw, and looks at that row again (READ COMMITTED): when it is gone by
 * then nothing is found, even if a new row of the same job has come.
 *
 * Held: a job that is over stays so; it ends once, in one row; a write of a run
 * that is not the present one changes nothing; what the work did is there once if
 * it succeeded and not at all otherwise; three lost runs make it dead, not a loop;
 * after a cancel was promised no run begins.
 *
 * Broken on purpose, one at a time:
 *	NO_RUN_CHECK	  finish by job alone
 *	ATTEMPT_FENCE	  the attempt, which a lost run gives back, as fence
 *	IGNORE_COUNT	  commit the work though the finish found no row
 *	HAND_BACK_BY_JOB  hand back without naming the run
 *	RESCUE_BY_LIST	  queue again what was listed, whether removed or not
 *	FORGET_LOST	  a rescue does not count
 *	FORGET_CANCEL	  rescue, retry and hand-back drop the wish to cancel
 *	CANCEL_ONCE	  cancel looks once, and promises what it has not done
 *	RESET_RUN	  with REDRIVE: a dead job that is retried starts counting anew
 */
#ifndef HOLDERS
#define HOLDERS 2
#endif
#define MOST_FAILED 1		/* failed runs that lead to another */
#define MOST_HANDED 1
#ifndef MOST_LOST
#define MOST_LOST 3
#endif
#define NOBODY 0
#define CANCELLER 100
#define RESCUER 101

mtype = { READY, RUN, SUCCEEDED, DEAD, CANCELLED };

/* What is committed: the one row of the job, wherever it is. */
mtype place = READY;
byte row = 1;			/* which row: each insert makes a new one */
byte run_no;			/* of the last claim */
byte fence;			/* what a writer has to name */
byte lost, failed, handed;
bool is_to_cancel;

byte lock;			/* who has locked the row; others wait or skip */
byte ends;			/* rows of ended jobs */
byte effects;			/* what the work left behind, committed */
bool is_promised;		/* who asked to cancel was told yes */
bool is_redriven;

#define IS_OVER (place == SUCCEEDED || place == DEAD || place == CANCELLED)

inline put(where)
{
	assert(!IS_OVER);
	place = where;
	row++;
	if
	:: IS_OVER -> ends++
	:: else
	fi
}

/* See a row, wait for its lock, look again. hit: it is still there. */
inline lock_row(self, condition)
{
	atomic {
		hit = false;
		saw = ((condition) -> row : 0)
	};
	if
	:: saw == 0
	:: atomic { saw != 0 && lock == NOBODY ->
		if
		:: row == saw -> lock = self; hit = true
		:: else
		fi;
		saw = 0
	   }
	fi
}

/* After a failure, a loss or a hand-back: again, unless somebody wants it ended. */
inline again()
{
#ifdef FORGET_CANCEL
	is_to_cancel = false;
#endif
	if
	:: is_to_cancel -> put(CANCELLED)
	:: else -> put(READY)
	fi
}

#define OF_RUN (place == RUN && fence == mine)
#ifdef NO_RUN_CHECK
#define TO_FINISH (place == RUN)
#else
#define TO_FINISH OF_RUN
#endif
#ifdef HAND_BACK_BY_JOB
#define TO_HAND_BACK (place == RUN)
#else
#define TO_HAND_BACK OF_RUN
#endif

proctype holder(byte me)
{
	byte saw, mine, my_row;
	bool hit;

claim:
	/* for update skip locked: nothing is waited for */
	atomic { hit = false; mine = 0; my_row = 0 };
end_idle:
	atomic { place == READY && lock == NOBODY -> lock = me };
	if
	:: d_step {
		assert(!is_promised);
		put(RUN);
		run_no++;
		assert(run_no <= MOST_LOST + MOST_FAILED + MOST_HANDED || is_redriven);
#ifdef ATTEMPT_FENCE
		fence = 1 + failed;
#else
		fence = run_no;
#endif
		my_row = row;
		mine = fence;
		lock = NOBODY
	   }
	:: lock = NOBODY -> goto claim		/* died, and the claim is undone */
	fi;
	/*
	 * It works, and sends heartbeats. One that finds no row stops it, as death
	 * does; one that finds the row changes nothing here, and no lease is trusted.
	 */
	if
	:: goto claim		/* dies, or stops; the next in line is another engine */
	:: atomic { OF_RUN && is_to_cancel } ->
		lock_row(me, OF_RUN);
		if
		:: d_step { hit -> assert(my_row == row); put(CANCELLED); lock = NOBODY }
		:: else
		fi
	:: true ->		/* done: the work and its finish are one transaction */
		lock_row(me, TO_FINISH);
		if
		:: d_step { hit ->
			assert(my_row == row);
			put(SUCCEEDED);
			effects++;
			lock = NOBODY
		   }
		:: atomic { hit -> lock = NOBODY }	/* died before the commit */
		:: !hit ->
#ifdef IGNORE_COUNT
			effects++
#else
			skip
#endif
		fi
	:: failed < MOST_FAILED ->
		lock_row(me, OF_RUN);
		if
		:: d_step { hit -> assert(my_row == row); failed++; again(); lock = NOBODY }
		:: else
		fi
	:: handed < MOST_HANDED ->
		lock_row(me, TO_HAND_BACK);
		if
		:: d_step { hit -> assert(my_row == row); handed++; again(); lock = NOBODY }
		:: else
		fi
	fi;
	goto claim
}

/* Takes any run for lost, at any time, as often as it likes. */
proctype rescuer()
{
	byte saw;
	bool hit;

end_idle:
	do
	:: place == RUN ->
		lock_row(RESCUER, place == RUN);
#ifdef RESCUE_BY_LIST
		hit = true;
#endif
		if
		:: d_step { hit ->
#ifndef FORGET_LOST
			lost++;
#endif
			if
			:: lost < MOST_LOST -> again()
			:: lost >= MOST_LOST && is_to_cancel -> put(CANCELLED)
			:: lost >= MOST_LOST && !is_to_cancel -> put(DEAD)
			fi;
			lock = NOBODY;
			hit = false
		   }
		:: else
		fi
#ifdef REDRIVE
	/* People retry a dead job, once: it counts losses anew, and runs never. */
	:: d_step { place == DEAD && !is_redriven ->
		is_redriven = true;
		ends--;
		lost = 0;
#ifdef RESET_RUN
		run_no = 0;
#endif
		place = READY;
		row++
	   }
#endif
	od
}

/* What waits is ended at once, what runs is told; who moved meanwhile: once more. */
proctype canceller()
{
	byte saw;
	bool hit;

	do
	:: lock_row(CANCELLER, place == READY);
		if
		:: d_step { hit -> put(CANCELLED); lock = NOBODY; is_promised = true }; break
		:: else
		fi;
		lock_row(CANCELLER, place == RUN);
		if
		:: d_step { hit -> is_to_cancel = true; lock = NOBODY; is_promised = true }; break
		:: else
		fi;
		if
		:: IS_OVER -> break		/* too late, and it says so */
		:: else
		fi;
#ifdef CANCEL_ONCE
		is_promised = true;
		break
#endif
	:: break				/* nobody asks */
	od
}

init {
	byte i;

	atomic {
		for (i : 1 .. HOLDERS) {
			run holder(i)
		}
		run rescuer();
		run canceller();
		i = 0
	}
	timeout;
	assert(IS_OVER && ends == 1);
	assert(effects == (place == SUCCEEDED -> 1 : 0))
}
