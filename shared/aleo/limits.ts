/** What snarkVM's networks allow of a value. */
export const maxDepth = 32;
export const maxMembers = 32;
/** Elements of an array since consensus version 14; before it was 512, and 32 before version 11. */
export const maxElements = 2048;

/** A name in a program: it has to fit into a field element. */
export const identifier = /^[A-Za-z][A-Za-z0-9_]{0,30}$/;
