/** The part of the platform's `WebAssembly` that is used here; TypeScript keeps its types with those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/**
 * Compiles a module of {@link assembleModule} and runs it.
 *
 * @returns its memory, and its functions by their names; that they are of these types is the caller's word.
 */
export function instantiate<Functions>(
  code: Uint8Array,
): Functions & { readonly memory: { readonly buffer: ArrayBuffer } } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  return exports as Functions & { readonly memory: { readonly buffer: ArrayBuffer } };
}
