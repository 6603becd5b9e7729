/*
 * A PKCS#11 module that passes every call on to a real one (REAL_MODULE) and logs each signature that is asked for:
 *
 *   sign START END RESULT DIGEST    C_Sign came back; DIGEST is its input in hex, RESULT its CK_RV
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#include <pkcs11/pkcs11.h>

#include "eventLog.h"

#define LONGEST_INPUT 64

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;

static CK_RV loggedSign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signatureLength) {
  char line[2 * LONGEST_INPUT + 128];
  char input[2 * LONGEST_INPUT + 1] = "";
  if (length > LONGEST_INPUT) abort();
  for (CK_ULONG i = 0; i < length; i += 1) snprintf(input + 2 * i, 3, "%02x", data[i]);
  long long start = monotonicNow();
  CK_RV answer = real->C_Sign(session, data, length, signature, signatureLength);
  int used = snprintf(line, sizeof line, "sign %lld %lld %lu %s\n", start, monotonicNow(), answer, input);
  if (write(eventLogDescriptor(), line, (size_t)used) < 0) abort();
  return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  void *module = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
  if (module == NULL) return CKR_GENERAL_ERROR;
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
  CK_RV answer = get == NULL ? CKR_GENERAL_ERROR : get(&real);
  if (answer != CKR_OK) return answer;
  list = *real;
  list.C_Sign = loggedSign;
  *result = &list;
  return CKR_OK;
}
