-- The newest imports of a portfolio, newest first: first and last record, when and by whom, and the
-- record that undid it (0: none).
WITH imported AS (
    SELECT seq - part + 1 AS first_seq, max(seq) AS last_seq, max(recorded_ns) AS recorded_ns,
           any_value(actor) AS actor
    FROM record
    WHERE portfolio = $portfolio AND command = 'import' AND refusal IS NULL
    GROUP BY seq - part + 1
    ORDER BY first_seq DESC
    LIMIT $count
)
SELECT i.first_seq, i.last_seq, i.recorded_ns, i.actor, coalesce(min(r.seq), 0) AS undone
FROM imported i
LEFT JOIN reversal r ON i.first_seq BETWEEN r.first_seq AND r.last_seq
GROUP BY i.first_seq, i.last_seq, i.recorded_ns, i.actor
ORDER BY i.first_seq DESC
