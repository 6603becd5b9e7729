/**
 * Looks once in each turn of the event loop, and gives what it saw, or what it threw, to everybody who asks within it: the
 * requests of one batch are decided within one turn, and what costs a system call or a hash need not be looked at for each.
 */
export function oncePerTurn<T>(look: () => T): () => T {
  let seen: (() => T) | undefined;
  const forget = () => {
    seen = undefined;
  };
  return () => {
    if (!seen) {
      setImmediate(forget);
      seen = looked(look);
    }
    return seen();
  };
}

function looked<T>(look: () => T): () => T {
  try {
    const found = look();
    return () => found;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
