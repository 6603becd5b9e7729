/**
 * The gate's time. `latest_ms` only rises. `wall_ms` and `monotonic_ms` were read together in `run`; `shift_ms` is added to
 * the wall clock, so that time goes on where it was after operators acknowledged that the clock was set back. `jump_ms`
 * is set while a jump waits to be acknowledged, and then `jump_id` names it.
 */
export const clockSchema = `
CREATE TABLE gate_clock (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  latest_ms INTEGER NOT NULL,
  shift_ms INTEGER NOT NULL CHECK (shift_ms >= 0),
  wall_ms INTEGER NOT NULL,
  monotonic_ms INTEGER NOT NULL,
  run TEXT NOT NULL,
  jump_id INTEGER NOT NULL,
  jump_ms INTEGER
) STRICT;

CREATE TRIGGER gate_time_never_runs_backwards BEFORE UPDATE ON gate_clock
WHEN NEW.latest_ms < OLD.latest_ms OR NEW.jump_id < OLD.jump_id
BEGIN
  SELECT RAISE(ABORT, 'the time of the gate never runs backwards');
END;

CREATE TRIGGER gate_clock_is_never_deleted BEFORE DELETE ON gate_clock
BEGIN
  SELECT RAISE(ABORT, 'the time of the gate is never forgotten');
END;
`;
