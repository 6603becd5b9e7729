/** A signing key that stays in its device. */
export interface SigningKey {
  /** The name that the configuration gives it. */
  readonly name: string;
  /** 65 bytes, uncompressed, 0x04 first; equal to the pinned one. */
  readonly publicKey: Uint8Array;
  /** What the device states about the key and was checked, in readable form (`CKA_SENSITIVE` → `true`). */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * Ids of the ledgers that the device says the key belongs to. More than one is a contradiction; none means that nobody
   * has bound the key, or that the device has no place for it.
   */
  readonly ledgers: readonly string[];
  /** Whether the device has a place for a ledger's id; false where nothing but the ledger itself says whose the key is. */
  readonly bindable: boolean;
  /**
   * Signs a digest as it is.
   *
   * @param digest exactly 32 bytes; anything else is refused here, because some devices sign it without complaint.
   * @returns 64 bytes r ‖ s, s in either half. Not verified: whoever releases it verifies it.
   * @throws AttestorError `hsm_error`.
   */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/** Keys in one device. One folder for each implementation; one contract test suite for all. */
export interface Keystore {
  /**
   * Opens the device and checks each key: it is there exactly once, it is the pinned key, and the device states every
   * demanded attribute. Called once.
   *
   * @throws AttestorError `module_unusable`, `token_missing`, `pin_unreadable`, `pin_rejected`, `pin_latched`,
   * `key_missing`, `key_mismatch`, `key_attribute`, `hsm_error`.
   */
  open(): Promise<readonly SigningKey[]>;
  /** Ends every session. Keys cannot sign afterwards. */
  close(): Promise<void>;
}

/** A failed call after which the device was asked again; the daemon logs it. */
export interface FaultNotice {
  /** The function that failed. */
  readonly call: string;
  readonly code: string;
  /** What was done before it was asked again, in a word. */
  readonly remedy: string;
}
