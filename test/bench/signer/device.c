/*
 * A simulated device over a real SoftHSM: its objects and attributes are SoftHSM's, its signatures are made by
 * libsecp256k1 after a pause in which it uses no CPU, PARALLEL of them at a time and in the order in which they came.
 *
 * Compiled with REAL_MODULE, SECRET (32 bytes in hex), DELAY_MS and PARALLEL. SECRET stands for the key of every public
 * object, so that the configured key is the one that signs.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <pkcs11/pkcs11.h>

#include "secp256k1.c"

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;
static secp256k1_context *context;
static unsigned char secret[32];
static unsigned char point[67] = {0x04, 65};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static unsigned long arrived, ended;

static void work(void) {
  struct timespec pause = {DELAY_MS / 1000, (DELAY_MS % 1000) * 1000000L};
  pthread_mutex_lock(&mutex);
  unsigned long place = arrived++;
  while (place >= ended + PARALLEL) pthread_cond_wait(&turn, &mutex);
  pthread_mutex_unlock(&mutex);
  nanosleep(&pause, NULL);
  pthread_mutex_lock(&mutex);
  ended += 1;
  pthread_cond_broadcast(&turn);
  pthread_mutex_unlock(&mutex);
}

static CK_RV deviceSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  (void)session, (void)key;
  return mechanism->mechanism == CKM_ECDSA ? CKR_OK : CKR_MECHANISM_INVALID;
}

static CK_RV deviceSign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signatureLength) {
  secp256k1_ecdsa_signature made;
  (void)session;
  if (length != 32) return CKR_DATA_LEN_RANGE;
  work();
  if (!secp256k1_ecdsa_sign(context, &made, data, secret, NULL, NULL)) return CKR_GENERAL_ERROR;
  secp256k1_ecdsa_signature_serialize_compact(context, signature, &made);
  *signatureLength = 64;
  return CKR_OK;
}

static CK_RV deviceGetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR template,
                                     CK_ULONG count) {
  CK_RV answer = real->C_GetAttributeValue(session, object, template, count);
  for (CK_ULONG index = 0; answer == CKR_OK && index < count; index += 1) {
    if (template[index].type != CKA_EC_POINT || template[index].pValue == NULL) continue;
    memcpy(template[index].pValue, point, sizeof point);
  }
  return answer;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  void *module = dlopen(REAL_MODULE, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get = module == NULL ? NULL : (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
  CK_RV answer = get == NULL ? CKR_GENERAL_ERROR : get(&real);
  secp256k1_pubkey publicKey;
  size_t length = 65;
  if (answer != CKR_OK) return answer;
  for (int index = 0; index < 32; index += 1) sscanf(SECRET + 2 * index, "%2hhx", &secret[index]);
  context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
  if (!secp256k1_ec_pubkey_create(context, &publicKey, secret)) return CKR_GENERAL_ERROR;
  secp256k1_ec_pubkey_serialize(context, point + 2, &length, &publicKey, SECP256K1_EC_UNCOMPRESSED);
  list = *real;
  list.C_SignInit = deviceSignInit;
  list.C_Sign = deviceSign;
  list.C_GetAttributeValue = deviceGetAttributeValue;
  *result = &list;
  return CKR_OK;
}
