/**
 * What is paused, and by whom. `scope` is `everything` or `deployment/source/destination`. Whoever pauses the same scope
 * adds a row of their own, because their reason may be another one; it holds as long as any row does. An id is never used
 * again, so that a statement that ends one pause cannot end a later one.
 */
export const pauseSchema = `
CREATE TABLE gate_pauses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  route TEXT,
  paused_by TEXT NOT NULL,
  note TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  UNIQUE (scope, paused_by)
) STRICT;
`;
