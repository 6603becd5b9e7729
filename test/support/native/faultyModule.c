/*
 * A PKCS#11 module that passes every call on to a real module (REAL_MODULE), except the calls that its control file
 * plans otherwise. The control file (CONTROL_FILE) is mapped into memory by every process that loads the module, so a
 * plan takes effect at once in all of them, "once" means once in all of them together, and a call costs no file access.
 *
 * The file is an array of records, one for each function in the order of `enum function` (faultyModule.ts has the same
 * order), and one for the delay; after them comes the substitute for an attribute. Both paths are given when it is compiled.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <pkcs11/pkcs11.h>

enum function {
  INITIALIZE, GET_SLOT_LIST, GET_TOKEN_INFO, OPEN_SESSION, CLOSE_SESSION, GET_SESSION_INFO, LOGIN, FIND_OBJECTS_INIT,
  FIND_OBJECTS, FIND_OBJECTS_FINAL, GET_ATTRIBUTE_VALUE, SIGN_INIT, SIGN, DELAY, RECORDS
};

enum action {
  PASS,      /* pass the call on */
  ANSWER,    /* return `value` as CK_RV, without passing the call on */
  HANG,      /* never return */
  CRASH,     /* end the process by SIGSEGV */
  ABORT,     /* end the process by SIGABRT */
  WRONG,     /* C_Sign: sign other bytes than were asked for */
  OTHER_KEY, /* C_SignInit: use another private key of the token */
  ZERO,      /* C_Sign: a signature of zeros */
  HIGH_S,    /* C_Sign: s in the upper half of the order */
  SHORT,     /* C_Sign: 63 bytes */
  BABBLE,    /* write a line to descriptor 3, then pass the call on */
  FORGE,     /* write an answer to request 3, with a signature of zeros, to descriptor 3, then pass the call on */
  ODD,       /* the same, with a signature of one byte */
  FLOOD,     /* write 128 MiB without a line's end to descriptor 2, then pass the call on */
  SPEW,      /* write 200,000 lines to descriptor 2, then pass the call on */
  SLOW,      /* take a second, then pass the call on */
  GARBLE,    /* C_GetAttributeValue: bytes and lengths by chance, from `value` as seed */
  OTHER_TOKEN, /* C_GetTokenInfo: the serial number of another token */
  SUBSTITUTE, /* C_GetAttributeValue: for the attribute of type `value`, what `substitute` holds */
  PARALLEL,  /* delay: every C_Sign takes `value` microseconds more */
  SERIAL     /* delay: the same, one C_Sign at a time */
};

struct record {
  uint32_t action;
  uint32_t unused;
  int64_t remaining; /* how often the action is still taken; negative: always */
  uint64_t value;
  uint64_t calls;
};

/* An attribute's value as a module may give it: it need not be as long as it said when it was asked for the length. */
struct substitute {
  uint64_t announced;
  uint64_t length;
  uint8_t bytes[1024];
};

static struct record *plan;
static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;
static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;

/* 16 bytes in hex; r and s have four times as many. */
#define ZEROS "00000000000000000000000000000000"
static const char forged[] = "signed\t3\t0x" ZEROS ZEROS ZEROS ZEROS "\n";
static const char odd[] = "signed\t3\t0x00\n";

/* The order of secp256k1. */
static const CK_BYTE order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

/* Counts the call and takes one turn of what is planned for it. */
static enum action take(enum function function) {
  struct record *record = &plan[function];
  __atomic_add_fetch(&record->calls, 1, __ATOMIC_SEQ_CST);
  int64_t remaining = __atomic_load_n(&record->remaining, __ATOMIC_SEQ_CST);
  while (remaining > 0 && !__atomic_compare_exchange_n(&record->remaining, &remaining, remaining - 1, 0,
                                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
  return remaining == 0 ? PASS : record->action;
}

/* Writes this text so often to descriptor 2, waiting for whoever reads it. */
static void write2(const char *text, size_t length, int times) {
  for (int time = 0; time < times; time += 1) {
    for (size_t at = 0; at < length;) {
      ssize_t written = write(2, text + at, length - at);
      if (written > 0) at += (size_t)written;
      else usleep(1000);
    }
  }
}

/* What is planned, after the actions that are the same for every function. The CK_RV is not CKR_OK for ANSWER only. */
static CK_RV planned(enum function function, enum action *action) {
  *action = take(function);
  switch (*action) {
    case HANG: for (;;) pause();
    case CRASH: raise(SIGSEGV); break;
    case ABORT: abort();
    case BABBLE: if (write(3, "babble\n", 7) != 7) abort(); break;
    case FORGE: if (write(3, forged, strlen(forged)) < 0) abort(); break;
    case ODD: if (write(3, odd, strlen(odd)) < 0) abort(); break;
    case FLOOD: {
      static char block[1 << 16];
      memset(block, 'x', sizeof block);
      write2(block, sizeof block, 2048);
      break;
    }
    case SLOW: sleep(1); break;
    case SPEW: write2("noise\n", 6, 200000); break;
    case ANSWER: return plan[function].value;
    default: break;
  }
  return CKR_OK;
}

#define INTERCEPT(function)                                \
  enum action action;                                      \
  CK_RV answer = planned(function, &action);               \
  if (answer != CKR_OK) return answer;

static CK_RV initialize(CK_VOID_PTR arguments) {
  INTERCEPT(INITIALIZE)
  return real->C_Initialize(arguments);
}

static CK_RV getSlotList(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  INTERCEPT(GET_SLOT_LIST)
  return real->C_GetSlotList(present, slots, count);
}

static CK_RV getTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  INTERCEPT(GET_TOKEN_INFO)
  answer = real->C_GetTokenInfo(slot, info);
  if (answer == CKR_OK && action == OTHER_TOKEN) memset(info->serialNumber, 'f', sizeof info->serialNumber);
  return answer;
}

static CK_RV openSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                         CK_SESSION_HANDLE_PTR session) {
  INTERCEPT(OPEN_SESSION)
  return real->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV closeSession(CK_SESSION_HANDLE session) {
  INTERCEPT(CLOSE_SESSION)
  return real->C_CloseSession(session);
}

static CK_RV getSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) {
  INTERCEPT(GET_SESSION_INFO)
  return real->C_GetSessionInfo(session, info);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  INTERCEPT(LOGIN)
  return real->C_Login(session, user, pin, length);
}

static CK_RV findObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
  INTERCEPT(FIND_OBJECTS_INIT)
  return real->C_FindObjectsInit(session, template, count);
}

static CK_RV findObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG most, CK_ULONG_PTR count) {
  INTERCEPT(FIND_OBJECTS)
  return real->C_FindObjects(session, objects, most, count);
}

static CK_RV findObjectsFinal(CK_SESSION_HANDLE session) {
  INTERCEPT(FIND_OBJECTS_FINAL)
  return real->C_FindObjectsFinal(session);
}

/* xorshift64*: the same garble for the same seed and call. */
static uint64_t chance(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545f4914f6cdd1dULL;
}

static CK_RV garble(CK_ATTRIBUTE_PTR template, CK_ULONG count) {
  uint64_t state = (plan[GET_ATTRIBUTE_VALUE].value + 1) * 0x9e3779b97f4a7c15ULL + plan[GET_ATTRIBUTE_VALUE].calls / 2;
  for (CK_ULONG index = 0; index < count; index += 1) {
    CK_ATTRIBUTE_PTR attribute = &template[index];
    /* Never none: the binding would ask again without a buffer, be told another length, and read from nowhere. */
    if (attribute->pValue == NULL) attribute->ulValueLen = 1 + chance(&state) % 199;
    else for (CK_ULONG at = 0; at < attribute->ulValueLen; at += 1) ((CK_BYTE_PTR)attribute->pValue)[at] = chance(&state);
  }
  return CKR_OK;
}

/*
 * Only as many bytes are written as there is room for: a module that writes past a buffer is beyond anybody's help. Where
 * no length was announced the binding comes without a buffer the second time too, so such calls are taken by turns.
 */
static CK_RV substitute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
  static int isSecond = 1;
  const struct substitute *other = (const struct substitute *)(plan + RECORDS);
  for (CK_ULONG index = 0; index < count; index += 1) {
    CK_ATTRIBUTE_PTR attribute = &template[index];
    if (attribute->type != plan[GET_ATTRIBUTE_VALUE].value) {
      CK_RV answer = real->C_GetAttributeValue(session, object, attribute, 1);
      if (answer != CKR_OK) return answer;
      continue;
    }
    CK_ULONG room = attribute->pValue == NULL ? 0 : attribute->ulValueLen;
    if (room > other->length) room = other->length;
    if (room > sizeof other->bytes) room = sizeof other->bytes;
    if (room > 0) memcpy(attribute->pValue, other->bytes, room);
    isSecond = attribute->pValue != NULL || (other->announced == 0 && !isSecond);
    attribute->ulValueLen = isSecond ? other->length : other->announced;
  }
  return CKR_OK;
}

static CK_RV getAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
                               CK_ULONG count) {
  INTERCEPT(GET_ATTRIBUTE_VALUE)
  if (action == GARBLE) return garble(template, count);
  if (action == SUBSTITUTE) return substitute(session, object, template, count);
  return real->C_GetAttributeValue(session, object, template, count);
}

/* Another private key of the session's token, or the same one where there is no other. */
static CK_OBJECT_HANDLE otherKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
  CK_OBJECT_HANDLE found[16];
  CK_ULONG count = 0;
  if (real->C_FindObjectsInit(session, &template, 1) != CKR_OK) abort();
  if (real->C_FindObjects(session, found, 16, &count) != CKR_OK) abort();
  if (real->C_FindObjectsFinal(session) != CKR_OK) abort();
  for (CK_ULONG index = 0; index < count; index += 1) if (found[index] != key) return found[index];
  abort();
}

static CK_RV signInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  INTERCEPT(SIGN_INIT)
  return real->C_SignInit(session, mechanism, action == OTHER_KEY ? otherKey(session, key) : key);
}

/* s becomes order - s where that is the larger one. */
static void raiseS(CK_BYTE_PTR s) {
  CK_BYTE other[32];
  int borrow = 0;
  for (int at = 31; at >= 0; at -= 1) {
    int difference = order[at] - s[at] - borrow;
    borrow = difference < 0;
    other[at] = (CK_BYTE)(difference + (borrow ? 256 : 0));
  }
  if (memcmp(other, s, sizeof other) > 0) memcpy(s, other, sizeof other);
}

static void delay(void) {
  enum action action = take(DELAY);
  if (action != PARALLEL && action != SERIAL) return;
  uint64_t microseconds = plan[DELAY].value;
  struct timespec time = {microseconds / 1000000, (long)(microseconds % 1000000) * 1000};
  if (action == SERIAL) pthread_mutex_lock(&device);
  nanosleep(&time, NULL);
  if (action == SERIAL) pthread_mutex_unlock(&device);
}

/* The delay comes first: a failure takes as long as a signature. */
static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                  CK_ULONG_PTR signatureLength) {
  delay();
  INTERCEPT(SIGN)
  CK_BYTE other[32] = {0};
  answer = action == WRONG ? real->C_Sign(session, other, sizeof other, signature, signatureLength)
                           : real->C_Sign(session, data, length, signature, signatureLength);
  if (answer != CKR_OK || signature == NULL) return answer;
  if (action == ZERO) memset(signature, 0, *signatureLength);
  if (action == HIGH_S) raiseS(signature + 32);
  if (action == SHORT) *signatureLength -= 1;
  return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  int control = open(CONTROL_FILE, O_RDWR | O_CLOEXEC);
  if (control < 0) return CKR_GENERAL_ERROR;
  plan = mmap(NULL, RECORDS * sizeof *plan + sizeof(struct substitute), PROT_READ | PROT_WRITE, MAP_SHARED, control, 0);
  close(control);
  if (plan == MAP_FAILED) return CKR_GENERAL_ERROR;
  void *module = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get = module ? (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : NULL;
  CK_RV answer = get == NULL ? CKR_GENERAL_ERROR : get(&real);
  if (answer != CKR_OK) return answer;
  list = *real;
  list.C_Initialize = initialize;
  list.C_GetSlotList = getSlotList;
  list.C_GetTokenInfo = getTokenInfo;
  list.C_OpenSession = openSession;
  list.C_CloseSession = closeSession;
  list.C_GetSessionInfo = getSessionInfo;
  list.C_Login = login;
  list.C_FindObjectsInit = findObjectsInit;
  list.C_FindObjects = findObjects;
  list.C_FindObjectsFinal = findObjectsFinal;
  list.C_GetAttributeValue = getAttributeValue;
  list.C_SignInit = signInit;
  list.C_Sign = sign;
  *result = &list;
  return CKR_OK;
}
