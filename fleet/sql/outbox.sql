-- The published sequence of events: gapless, in order of publication.

-- name: lock_relay
-- One relay at a time, until its transaction ends.
{lock_relay};

-- name: publish_events
-- The oldest events that are due get the next numbers. Whoever holds the lock sees all
-- numbers that were given. Served by outbox_unpublished.
WITH due AS (
    SELECT id AS event,
           (SELECT COALESCE(MAX(sequence), 0) FROM searches_outboxevent)
           + row_number() OVER (ORDER BY id) AS place
      FROM searches_outboxevent
     WHERE sequence IS NULL AND (due_at IS NULL OR due_at <= %(now)s)
     ORDER BY id LIMIT %(limit)s)
UPDATE searches_outboxevent SET sequence = place, published_at = %(now)s
  FROM due WHERE id = event
RETURNING sequence;
