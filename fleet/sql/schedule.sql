-- The schedule: who writes the row of a slot runs it.

-- name: begin_tick
-- A slot that was due before the last run started has been served by that run: after a
-- pause one run makes up for all that were missed.
INSERT INTO fleet_tick (task, slot, started_at, error)
SELECT %(task)s, %(slot)s, %(now)s, ''
 WHERE NOT EXISTS (SELECT 1 FROM fleet_tick
                    WHERE task = %(task)s AND started_at >= %(slot)s)
ON CONFLICT (task, slot) DO NOTHING;

-- name: end_tick
UPDATE fleet_tick SET ended_at = %(now)s, error = %(error)s
 WHERE task = %(task)s AND slot = %(slot)s AND ended_at IS NULL;
