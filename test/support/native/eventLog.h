/*
 * A log of events in the order in which they happen, in nanoseconds of CLOCK_MONOTONIC, which every process of a machine
 * shares. EVENT_LOG is given when a shim is compiled. One write(2) to a file that is opened for appending writes a line,
 * so lines of several threads and processes never mix.
 */
#ifndef EVENT_LOG_H
#define EVENT_LOG_H

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static long long monotonicNow(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) abort();
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int eventLog = -1;

static void openEventLog(void) {
  eventLog = open(EVENT_LOG, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (eventLog < 0) abort();
}

/* The descriptor of the log. A shim that cannot log must not let anything happen unseen, so it ends the process. */
static int eventLogDescriptor(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, openEventLog);
  return eventLog;
}

#endif
