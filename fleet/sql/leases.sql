-- Every statement that changes who may work on a block, and nothing else.
-- A write of a worker names lease id and epoch and must change exactly one row.
-- {skip_locked}, {for_update}, {random_id}, {by_ready} and others differ by database:
-- fleet/statements.py. PostgreSQL plans those of a session once: fleet/prepared.py.

-- name: searches_with_work
-- Running searches with a ready block on a queue: by priority, which grows by one for
-- each period that a search was not served there, then the one with the fewest leased
-- blocks, then the oldest. Served by block_ready and block_leased: asked for in the
-- order of the index, lest a planner take done blocks for evenly spread and read them.
-- Leased blocks are counted only where there is somebody to share with.
-- Also how many ready blocks each has there, counted up to {few} + 1: near the end the
-- longest blocks go first.
SELECT s.id, t.served_at,
       (SELECT count(*) FROM (
          SELECT 1 FROM searches_block r {by_ready}
           WHERE r.state = 'ready' AND r.queue = %(queue)s AND r.search_id = s.id
           ORDER BY r.urgency DESC, r.id LIMIT {few} + 1) few)
  FROM searches_search s
  LEFT JOIN fleet_turn t ON t.search_id = s.id AND t.queue = %(queue)s
 WHERE s.state = 'running'
   AND (SELECT 1 FROM searches_block b {by_ready}
         WHERE b.state = 'ready' AND b.queue = %(queue)s AND b.search_id = s.id
         ORDER BY b.urgency DESC, b.id LIMIT 1) = 1
   AND NOT {unsuitable}
 ORDER BY s.priority + {aged} DESC,
          CASE WHEN (SELECT count(*) FROM searches_search o WHERE o.state = 'running') > 1
               THEN (SELECT count(*) FROM searches_block l {by_leased}
                      WHERE l.state = 'leased' AND l.search_id = s.id)
               ELSE 0 END,
          s.id
 LIMIT 16;

-- name: claim
-- The next ready blocks of one search on one queue, whoever comes first; others skip
-- the rows we are taking. Served by the partial index block_ready. A block that is to
-- go to a host other than ours is ours only if none of the others is alive; a host in
-- quarantine gets nothing, but for keeping house.
-- Nobody gets the second copy of his own block. {longest} makes `claim` and
-- `claim_longest` of it; {taking} and {noting} let it write the leases too.
WITH picked AS MATERIALIZED (
    SELECT b.id FROM searches_block b
     WHERE b.state = 'ready' AND b.queue = %(queue)s AND b.search_id = %(search)s
       AND NOT {refused}
       AND (%(queue)s = 'coordinator' OR NOT EXISTS (
           SELECT 1 FROM fleet_worker w
             JOIN verification_reliability r ON r.host = w.hostname
            WHERE w.id = %(worker)s AND r.quarantined_at IS NOT NULL))
       AND ({for_anybody} OR NOT {excludes_us} OR NOT EXISTS (
           SELECT 1 FROM fleet_worker o
            WHERE o.stopped_at IS NULL AND o.seen_at > %(alive)s AND {serves}
              AND NOT {excludes_them}
              AND NOT EXISTS (SELECT 1 FROM verification_reliability q
                               WHERE q.host = o.hostname
                                 AND q.quarantined_at IS NOT NULL)))
       AND (b.copy_of_id IS NULL OR NOT EXISTS (
               SELECT 1 FROM searches_block c
                WHERE c.id = b.copy_of_id AND c.worker_id = %(worker)s))
     ORDER BY b.urgency DESC, {longest} b.id
     LIMIT %(limit)s {of_block}){taking}
UPDATE searches_block
   SET state = 'leased', epoch = epoch + 1, lease_id = {random_id},
       worker_id = %(worker)s, lease_expires = %(expires)s, stalls_at = NULL,
       started_at = COALESCE(started_at, %(now)s)
 WHERE id IN (SELECT id FROM picked) AND state = 'ready'
RETURNING id, lease_id, epoch{noting};

-- name: note_turn
INSERT INTO fleet_turn (search_id, queue, served_at)
VALUES (%(search)s, %(queue)s, %(now)s)
ON CONFLICT (search_id, queue) DO UPDATE SET served_at = excluded.served_at;

-- name: record_leases
-- The history of grants, of blocks that this transaction has just taken; the partial
-- unique index one_live_lease guards it. Where `claim` can write two tables, it has.
INSERT INTO fleet_lease (id, block_id, epoch, worker_id, granted_at, ending)
SELECT lease_id, id, epoch, worker_id, %(now)s, '' FROM searches_block
 WHERE {granted};

-- name: renew
-- Progress moves the deadline by which a block without progress is taken back.
UPDATE searches_block
   SET lease_expires = %(expires)s,
       stalls_at = CASE WHEN stalls_at IS NULL OR progress < %(progress)s
                        THEN %(stalls_at)s ELSE stalls_at END,
       progress = %(progress)s, current = %(current)s
 WHERE id = %(block)s AND lease_id = %(lease)s AND epoch = %(epoch)s
   AND state = 'leased';

-- name: save_checkpoint
INSERT INTO fleet_checkpoint (block_id, epoch, task, data, saved_at)
SELECT id, epoch, CAST(%(task)s AS {json}), %(data)s, %(now)s FROM searches_block
 WHERE id = %(block)s AND lease_id = %(lease)s AND epoch = %(epoch)s
   AND state = 'leased' {for_update}
ON CONFLICT (block_id) DO UPDATE
   SET epoch = excluded.epoch, task = excluded.task, data = excluded.data,
       saved_at = excluded.saved_at;

-- name: close
-- A submit: the block is done. Whoever changes no row had lost the lease.
UPDATE searches_block
   SET state = 'done', lease_id = NULL, lease_expires = NULL, stalls_at = NULL,
       progress = 1.0, current = '', done_at = %(now)s, seconds = %(seconds)s
 WHERE id = %(block)s AND lease_id = %(lease)s AND epoch = %(epoch)s
   AND state = 'leased';

-- name: lock_block
-- A block before its second copy, always in this order.
SELECT id FROM searches_block WHERE id = %(block)s {for_update};

-- name: replace
-- Done by the other copy: nobody need go on with this one.
UPDATE searches_block
   SET state = 'replaced', lease_id = NULL, lease_expires = NULL, stalls_at = NULL,
       current = ''
 WHERE (id = %(original)s OR copy_of_id = %(original)s) AND id <> %(winner)s
   AND state IN ('ready', 'leased', 'quarantined');

-- name: take_candidates
-- The winner holds what the original held.
UPDATE searches_candidate SET block_id = %(winner)s WHERE block_id = %(original)s;

-- name: in_stock
-- A row if more than so many tests of a search, and one for each leased block, are
-- ready. Served by block_ready and block_leased.
SELECT 1 FROM searches_block r {by_ready}
 WHERE r.state = 'ready' AND r.queue = %(queue)s AND r.search_id = %(search)s
   AND r.stage = %(stage)s AND r.purpose = 'first'
 ORDER BY r.urgency DESC, r.id
 LIMIT 1 OFFSET %(enough)s + (SELECT count(*) FROM searches_block l {by_leased}
                               WHERE l.state = 'leased' AND l.search_id = %(search)s);

-- name: release
-- A worker gives a block back, in good order (stop, deploy).
UPDATE searches_block
   SET state = 'ready', lease_id = NULL, lease_expires = NULL, stalls_at = NULL,
       current = ''
 WHERE id = %(block)s AND lease_id = %(lease)s AND epoch = %(epoch)s
   AND state = 'leased';

-- name: fail
-- A worker gives a block back because it could not do it, or its result was refused.
UPDATE searches_block
   SET state = CASE WHEN reclaims + 1 >= %(most)s THEN 'quarantined' ELSE 'ready' END,
       reclaims = reclaims + 1, lease_id = NULL, lease_expires = NULL,
       stalls_at = NULL, current = ''
 WHERE id = %(block)s AND lease_id = %(lease)s AND epoch = %(epoch)s
   AND state = 'leased'
RETURNING state, search_id;

-- name: reclaim
-- Leases that ran out, and leases renewed by a worker that makes no progress.
WITH lost AS MATERIALIZED (
    SELECT id FROM searches_block
     WHERE state = 'leased'
       AND (lease_expires < %(now)s OR stalls_at < %(now)s) {skip_locked})
UPDATE searches_block
   SET state = CASE WHEN reclaims + 1 >= %(most)s THEN 'quarantined' ELSE 'ready' END,
       reclaims = reclaims + 1, lease_id = NULL, lease_expires = NULL,
       stalls_at = NULL, current = ''
 WHERE id IN (SELECT id FROM lost) AND state = 'leased'
RETURNING id, state, search_id;

-- name: end_lease
UPDATE fleet_lease SET ended_at = %(now)s, ending = %(ending)s
 WHERE id = %(lease)s AND ended_at IS NULL;

-- name: end_lost_leases
-- Leases whose block went on without them: reclaimed, cancelled by an operator, or done
-- by whoever had the other copy.
UPDATE fleet_lease
   SET ended_at = %(now)s,
       ending = CASE WHEN EXISTS (SELECT 1 FROM searches_block b
                                   WHERE b.id = fleet_lease.block_id
                                     AND b.state IN ('cancelled', 'replaced'))
                     THEN 'cancelled' ELSE 'reclaimed' END
 WHERE ended_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM searches_block b
                    WHERE b.id = fleet_lease.block_id AND b.state = 'leased'
                      AND b.lease_id = fleet_lease.id)
RETURNING worker_id;

-- name: lock_lease
-- The stored answer of a lease, and who holds it; waits for a submit in flight.
SELECT block_id, epoch, worker_id,
       (SELECT w.hostname FROM fleet_worker w WHERE w.id = worker_id), ending, outcome
  FROM fleet_lease WHERE id = %(lease)s {for_update};

-- name: answer
-- What a submit is told, once; with an `ending` it also ends the lease.
UPDATE fleet_lease
   SET outcome = %(outcome)s,
       ending = CASE WHEN ended_at IS NULL THEN %(ending)s ELSE ending END,
       ended_at = CASE WHEN ended_at IS NULL AND %(ending)s <> '' THEN %(now)s
                       ELSE ended_at END
 WHERE id = %(lease)s AND outcome IS NULL;
