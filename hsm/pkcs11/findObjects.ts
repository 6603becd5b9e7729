import { encodeTemplate, readAttribute, type Template } from "./attributes.ts";
import { objectClass } from "./constants.ts";
import { type Cryptoki, call, type ObjectHandle, type SessionHandle } from "./cryptoki.ts";

/** How many handles one C_FindObjects call may return. */
const batch = 64;

/** Every object that matches the template. The search is ended in any case: a session left searching is unusable. */
export function findObjects(cryptoki: Cryptoki, session: SessionHandle, template: Template): ObjectHandle[] {
  call("C_FindObjectsInit", () => cryptoki.C_FindObjectsInit(session, encodeTemplate(template)));
  try {
    const found: ObjectHandle[] = [];
    for (;;) {
      const handles = call("C_FindObjects", () => cryptoki.C_FindObjects(session, batch));
      if (handles.length === 0) return found;
      found.push(...handles);
    }
  } finally {
    call("C_FindObjectsFinal", () => cryptoki.C_FindObjectsFinal(session));
  }
}

/** A key object with what names it. */
export interface KeyObject {
  readonly handle: ObjectHandle;
  readonly id: Buffer;
  readonly label: string;
}

/**
 * All key objects of a class with their names. One search for all keys: a module may read every object of the token for
 * each search (SoftHSM 2.6.1 does, 4 ms with 100 keys).
 */
export function findKeyObjects(
  cryptoki: Cryptoki,
  session: SessionHandle,
  kind: "CKO_PRIVATE_KEY" | "CKO_PUBLIC_KEY" | "CKO_SECRET_KEY",
): KeyObject[] {
  return findObjects(cryptoki, session, { CKA_CLASS: objectClass[kind] }).map((handle) => ({
    handle,
    id: readAttribute(cryptoki, session, handle, "CKA_ID") ?? Buffer.alloc(0),
    label: (readAttribute(cryptoki, session, handle, "CKA_LABEL") ?? Buffer.alloc(0)).toString("utf8"),
  }));
}
