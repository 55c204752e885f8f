/*
 * core/base/fault.h
 *	Named places where a test can make the program fail, stall or die.
 *
 * FAULT("name") is 0 unless the build was configured with --enable-faults.
 * Unit tests arm the nth point that is met; the whole program is steered by
 *	LEAT_FAULT=name:kill|error|stall[:nth][,...]
 * kill: SIGKILL to itself; error: FAULT() is true; stall: sleeps 5 s or
 * LEAT_FAULT_STALL_MS, then 0.
 * LEAT_FAULT_LOG=FILE appends each name met, so that a test can show that
 * every point was reached.
 *
 * Memory:  none.
 * Threads: any.
 */
#ifndef CORE_BASE_FAULT_H
#define CORE_BASE_FAULT_H

#ifdef LEAT_FAULTS
#define FAULT(name) fault_met(name)
#else
#define FAULT(name) 0
#endif

/* 1 when the point must fail now. Call through FAULT(). */
int fault_met(const char *name);

/* The nth point met from now on fails, whatever its name; 0 disarms. */
void fault_arm(int nth);

/* Whether the armed fault was reached since fault_arm(). */
int fault_hit(void);
#endif
