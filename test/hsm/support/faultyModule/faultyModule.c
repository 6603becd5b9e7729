/*
 * A PKCS#11 module that passes every call on to a real module (REAL_MODULE), except the ones that its control file
 * names, and that writes the name of each intercepted call to a log.
 *
 * Control file: one line, "FUNCTION ACTION". ACTION is
 *   hang    never return            crash   end the process by SIGSEGV
 *   wrong   sign another digest     zero    answer a signature of zeros
 *   short   answer 63 bytes         babble  write a line to descriptor 3, then go on
 *   NUMBER  return this CK_RV, decimal
 *   forge   write a keeper's answer to request 3, with a signature of zeros, to descriptor 3, then go on
 * The three paths are given when it is compiled.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pkcs11/pkcs11.h>

/* 13 bytes in hex; a signature has five times as many. */
#define ZEROS "00000000000000000000000000"

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;

static const char forged[] = "{\"id\":3,\"result\":{\"signature\":\"0x" ZEROS ZEROS ZEROS ZEROS ZEROS "\"}}\n";

static void note(const char *function) {
  FILE *log = fopen(LOG_FILE, "a");
  if (log == NULL) return;
  fprintf(log, "%s\n", function);
  fclose(log);
}

/* The action that is planned for a function, or "". Hangs, crashes and return values are dealt with here. */
static CK_RV planned(const char *function, char action[32]) {
  char name[64] = "";
  char word[32] = "";
  note(function);
  FILE *control = fopen(CONTROL_FILE, "r");
  action[0] = '\0';
  if (control == NULL) return CKR_OK;
  int read = fscanf(control, "%63s %31s", name, word);
  fclose(control);
  if (read != 2 || strcmp(name, function) != 0) return CKR_OK;
  if (strcmp(word, "hang") == 0) for (;;) pause();
  if (strcmp(word, "crash") == 0) raise(SIGSEGV);
  if (strcmp(word, "babble") == 0 && write(3, "babble\n", 7) != 7) abort();
  if (strcmp(word, "forge") == 0 && write(3, forged, strlen(forged)) < 0) abort();
  strcpy(action, word);
  return strtoul(word, NULL, 10);
}

static CK_RV faultyLogin(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  char action[32];
  CK_RV answer = planned("C_Login", action);
  return answer != CKR_OK ? answer : real->C_Login(session, user, pin, length);
}

static CK_RV faultyOpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                               CK_SESSION_HANDLE_PTR session) {
  char action[32];
  CK_RV answer = planned("C_OpenSession", action);
  return answer != CKR_OK ? answer : real->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV faultySignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  char action[32];
  CK_RV answer = planned("C_SignInit", action);
  return answer != CKR_OK ? answer : real->C_SignInit(session, mechanism, key);
}

static CK_RV faultySign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signatureLength) {
  char action[32];
  CK_BYTE other[32] = {0};
  CK_RV answer = planned("C_Sign", action);
  if (answer != CKR_OK) return answer;
  int wrong = strcmp(action, "wrong") == 0;
  answer = real->C_Sign(session, wrong ? other : data, wrong ? sizeof other : length, signature, signatureLength);
  if (strcmp(action, "zero") == 0) memset(signature, 0, *signatureLength);
  if (strcmp(action, "short") == 0) *signatureLength -= 1;
  return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  void *module = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
  if (module == NULL) return CKR_GENERAL_ERROR;
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
  CK_RV answer = get == NULL ? CKR_GENERAL_ERROR : get(&real);
  if (answer != CKR_OK) return answer;
  list = *real;
  list.C_Login = faultyLogin;
  list.C_OpenSession = faultyOpenSession;
  list.C_SignInit = faultySignInit;
  list.C_Sign = faultySign;
  *result = &list;
  return CKR_OK;
}
