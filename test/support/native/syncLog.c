/*
 * LD_PRELOAD: logs what SQLite writes to write-ahead logs, and when which file is on disk.
 *
 *   page TIME COMMIT FILE [row:HEX|record:HEX|text:HEX]...   a page was written to a *-wal file; COMMIT is 1 if its frame
 *                                                            ends a transaction
 *   sync START END RESULT FILE                               fdatasync or fsync came back
 *
 * HEX are the first 64 digits of each hex text in the page: `row` if it stands right behind another one of 64 digits, as
 * the digest does behind the packet hash in a row of the ledger; `record` if it is the member "digest" of a JSON record.
 *
 * SYNC_DELAY_MS makes each sync take longer, so that an order that holds by luck does not hold.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "eventLog.h"

#ifndef SYNC_DELAY_MS
#define SYNC_DELAY_MS 0
#endif

/* SQLite's file format, section 4.1: a frame is a header of 24 bytes, whose bytes 4 to 7 are zero unless it commits. */
#define FRAME_HEADER 24
#define DIGITS 64

static void pathOf(int descriptor, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
}

static int isWriteAheadLog(const char *path) {
  size_t length = strlen(path);
  return length > 4 && strcmp(path + length - 4, "-wal") == 0;
}

static int isDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/* Whether 0x and 64 digits stand at a place. */
static int isHex(const char *bytes, size_t length, size_t at) {
  if (at + 2 + DIGITS > length || bytes[at] != '0' || bytes[at + 1] != 'x') return 0;
  for (size_t i = 0; i < DIGITS; i += 1) if (!isDigit(bytes[at + 2 + i])) return 0;
  return 1;
}

static const char *placeOf(const char *bytes, size_t length, size_t at) {
  static const char member[] = "\"digest\":\"";
  const size_t name = sizeof member - 1;
  if (at >= name && memcmp(bytes + at - name, member, name) == 0) return "record";
  return at >= 2 + DIGITS && isHex(bytes, length, at - 2 - DIGITS) ? "row" : "text";
}

static void logPage(const char *path, const char *page, size_t length, int commits) {
  static const size_t longestEntry = DIGITS + 16;
  size_t room = PATH_MAX + 128 + (length / DIGITS + 1) * longestEntry;
  char *line = malloc(room);
  if (line == NULL) abort();
  size_t used = (size_t)snprintf(line, room, "page %lld %d %s", monotonicNow(), commits, path);
  for (size_t at = 0; at < length; at += 1) {
    if (!isHex(page, length, at)) continue;
    const char *place = placeOf(page, length, at);
    used += (size_t)snprintf(line + used, room - used, " %s:%.*s", place, DIGITS, page + at + 2);
    at += 1 + DIGITS;
  }
  line[used] = '\n';
  if (write(eventLogDescriptor(), line, used + 1) < 0) abort();
  free(line);
}

/* Called after the bytes were written: what a later sync covers. SQLite writes a frame's header and then its page. */
static void noteWrite(int descriptor, const void *bytes, size_t length) {
  static __thread int commits = 0;
  char path[PATH_MAX];
  pathOf(descriptor, path);
  if (!isWriteAheadLog(path)) return;
  if (length == FRAME_HEADER) {
    static const char none[4] = {0};
    commits = memcmp((const char *)bytes + 4, none, sizeof none) != 0;
  } else if (length >= 512) {
    logPage(path, bytes, length, commits);
  }
}

static ssize_t loggedWrite(const char *name, int descriptor, const void *bytes, size_t length, off_t offset) {
  ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
  if (real == NULL) abort();
  ssize_t written = real(descriptor, bytes, length, offset);
  if (written > 0) noteWrite(descriptor, bytes, (size_t)written);
  return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
  return loggedWrite("pwrite", descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) {
  return loggedWrite("pwrite64", descriptor, bytes, length, offset);
}

static int loggedSync(const char *name, int descriptor) {
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  if (real == NULL) abort();
  long long start = monotonicNow();
  struct timespec delay = {SYNC_DELAY_MS / 1000, (SYNC_DELAY_MS % 1000) * 1000000L};
  nanosleep(&delay, NULL);
  int result = real(descriptor);
  char path[PATH_MAX];
  pathOf(descriptor, path);
  char line[PATH_MAX + 128];
  int length = snprintf(line, sizeof line, "sync %lld %lld %d %s\n", start, monotonicNow(), result, path);
  if (write(eventLogDescriptor(), line, (size_t)length) < 0) abort();
  return result;
}

int fdatasync(int descriptor) { return loggedSync("fdatasync", descriptor); }

int fsync(int descriptor) { return loggedSync("fsync", descriptor); }
