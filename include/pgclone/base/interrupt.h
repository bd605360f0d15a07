/*
 * SIGINT, SIGTERM and SIGHUP as facts to be asked for: the handlers only note the signal and wake
 * a waiting poll(), the engine decides what to do about it.
 */
#ifndef PGCLONE_BASE_INTERRUPT_H
#define PGCLONE_BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "pgclone/base/error.h"

/**
 * Installs the handlers, one for SIGCHLD as well, and ignores SIGPIPE so that a closed pipe is an
 * error of write(). A SIGHUP that was ignored when the program began (nohup) stays ignored. A
 * shell's background jobs begin with SIGINT ignored; whoever sends it to one of ours means it, so
 * it is handled all the same. Call once.
 */
bool interrupt_install(struct error *err);

/** The first signal that arrived, never SIGCHLD; or 0. */
int interrupt_signal(void);

/**
 * Whether somebody insists: SIGINT or SIGTERM came later than a second after a first signal. Sooner
 * than that it may be the same wish over again: a terminal's Ctrl-C comes along with the signal
 * that a parent passes on. SIGHUP is the end of a terminal, and nobody's impatience.
 */
bool interrupt_insists(void);

/** Begins the count for interrupt_insists() anew: what came before was meant for somebody else. */
void interrupt_recount(void);

/** Empties the descriptor, so that it becomes readable with the next signal only. */
void interrupt_drain(void);

/** A signal that arrived, for passing on. */
struct interrupt_event {
    int signal;        /**< SIGINT, SIGTERM, SIGHUP or SIGCHLD */
    bool from_process; /**< sent by a process; else by the kernel, which means by the terminal */
};

/** Takes the next event out of the descriptor; false when there is none. */
bool interrupt_next(struct interrupt_event *event);

/** Holds back SIGINT, SIGTERM and SIGHUP, until `before`, which it sets, is the mask again. */
void interrupt_hold(sigset_t *before);

/** Whether a signal is being held back, or has arrived. */
bool interrupt_is_near(void);

/** Puts back, in a child before exec, what interrupt_install() changed. Async-signal-safe. */
void interrupt_restore(void);

/** Sleeps; false, at once, when a signal arrives or has arrived. */
bool interrupt_sleep_ms(int milliseconds);

/** A descriptor that becomes readable when a signal arrives, or a child has ended; -1 before
 * interrupt_install(). */
int interrupt_descriptor(void);

/** Sets ERROR_INTERRUPTED for the signal that arrived. Returns false. */
bool interrupt_error(struct error *err);

/** Forgets the signal that arrived, and empties the descriptor. For tests. */
void interrupt_reset(void);

#endif
