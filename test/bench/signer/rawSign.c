/*
 * What a PKCS#11 module gives a program that does nothing else: C_SignInit and C_Sign in a loop, a session a thread.
 *
 *   rawSign MODULE TOKEN KEY-ID-HEX THREADS SECONDS    the user PIN comes on standard input
 *
 * Prints one line of JSON: signatures, seconds, CPU microseconds, median of one signature in microseconds.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <pkcs11/pkcs11.h>

#define MOST_TIMES 200000

static CK_FUNCTION_LIST_PTR module;
static CK_SLOT_ID slot;
static CK_OBJECT_HANDLE key;
static double endsAt;

struct worker {
  pthread_t thread;
  long signatures;
  float *times;
};

static void die(const char *what, CK_RV value) {
  fprintf(stderr, "%s: 0x%lx\n", what, (unsigned long)value);
  exit(1);
}

static void must(const char *what, CK_RV value) {
  if (value != CKR_OK) die(what, value);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *sign(void *argument) {
  struct worker *worker = argument;
  CK_SESSION_HANDLE session;
  CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
  CK_BYTE digest[32];
  must("C_OpenSession", module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
  memset(digest, 0x5a, sizeof digest);
  for (double began = now(); began < endsAt;) {
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    memcpy(digest, &worker->signatures, sizeof worker->signatures);
    must("C_SignInit", module->C_SignInit(session, &mechanism, key));
    must("C_Sign", module->C_Sign(session, digest, sizeof digest, signature, &length));
    double ended = now();
    if (worker->signatures < MOST_TIMES) worker->times[worker->signatures] = (float)(ended - began);
    worker->signatures += 1;
    began = ended;
  }
  return NULL;
}

static int compare(const void *a, const void *b) {
  float left = *(const float *)a, right = *(const float *)b;
  return (left > right) - (left < right);
}

static void findToken(const char *label) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  char padded[32];
  memset(padded, ' ', sizeof padded);
  memcpy(padded, label, strlen(label) < 32 ? strlen(label) : 32);
  must("C_GetSlotList", module->C_GetSlotList(CK_TRUE, slots, &count));
  for (CK_ULONG index = 0; index < count; index += 1) {
    CK_TOKEN_INFO info;
    must("C_GetTokenInfo", module->C_GetTokenInfo(slots[index], &info));
    slot = slots[index];
    if (memcmp(info.label, padded, sizeof padded) == 0) return;
  }
  die("no such token", 0);
}

static void findKey(CK_SESSION_HANDLE session, const char *hex) {
  CK_BYTE id[32];
  CK_ULONG length = strlen(hex) / 2, count = 0;
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  for (CK_ULONG index = 0; index < length; index += 1) {
    unsigned byte = 0;
    sscanf(hex + 2 * index, "%2x", &byte);
    id[index] = (CK_BYTE)byte;
  }
  CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, id, length}};
  must("C_FindObjectsInit", module->C_FindObjectsInit(session, template, 2));
  must("C_FindObjects", module->C_FindObjects(session, &key, 1, &count));
  must("C_FindObjectsFinal", module->C_FindObjectsFinal(session));
  if (count != 1) die("no such key", 0);
}

int main(int count, char **words) {
  if (count != 6) die("usage: rawSign MODULE TOKEN KEY-ID-HEX THREADS SECONDS", 0);
  int threads = atoi(words[4]);
  char pin[256] = "";
  CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
  CK_SESSION_HANDLE control;
  struct worker workers[64] = {0};
  void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL || threads < 1 || threads > 64 || fgets(pin, sizeof pin, stdin) == NULL) die("bad arguments", 0);
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (get == NULL) die("no C_GetFunctionList", 0);
  must("C_GetFunctionList", get(&module));
  must("C_Initialize", module->C_Initialize(&locking));
  findToken(words[2]);
  must("C_OpenSession", module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &control));
  must("C_Login", module->C_Login(control, CKU_USER, (CK_UTF8CHAR_PTR)pin, strcspn(pin, "\n")));
  findKey(control, words[3]);

  double began = now();
  endsAt = began + atof(words[5]);
  for (int index = 0; index < threads; index += 1) {
    workers[index].times = calloc(MOST_TIMES, sizeof(float));
    pthread_create(&workers[index].thread, NULL, sign, &workers[index]);
  }
  long total = 0;
  for (int index = 0; index < threads; index += 1) {
    pthread_join(workers[index].thread, NULL);
    total += workers[index].signatures;
  }
  double seconds = now() - began;
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  long timed = workers[0].signatures < MOST_TIMES ? workers[0].signatures : MOST_TIMES;
  qsort(workers[0].times, (size_t)timed, sizeof(float), compare);
  printf("{\"signatures\":%ld,\"seconds\":%.3f,\"cpuMicros\":%.0f,\"medianMicros\":%.0f}\n", total, seconds, cpu,
         timed == 0 ? 0 : (double)workers[0].times[timed / 2] * 1e6);
  return 0;
}
