/**
 * @peculiar/x509 registers its algorithms with a container (tsyringe) that insists on the metadata half of the
 * `Reflect` API, a proposal that Node does not have. The classes that it registers take no parameters, so there is
 * never any metadata to find; three functions that find none are enough. Import this before the library.
 */
const metadata = {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
};

if (!("getMetadata" in Reflect)) Object.assign(Reflect, metadata);
