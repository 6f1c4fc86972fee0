-- The newest records of the journal, newest first; the parts of a command count as one. With the
-- accounts that each affects, the records that it undoes and that undo it, and the alert that it
-- acknowledges or hides until a date.
WITH newest AS (
    SELECT seq - part + 1 AS first_seq, max(recorded_ns) AS recorded_ns,
           any_value(portfolio) AS portfolio, any_value(actor) AS actor,
           any_value(command) AS command, any_value(note) AS note, max(refusal) AS refusal
    FROM record
    GROUP BY seq - part + 1
    ORDER BY first_seq DESC
    LIMIT $count
),
about AS (
    SELECT r.seq - r.part + 1 AS first_seq, p.account
    FROM record r
    JOIN posting p ON p.seq = r.seq
    WHERE p.account NOT LIKE 'world:%' AND r.seq >= (SELECT min(first_seq) FROM newest)
    UNION
    SELECT r.seq - r.part + 1, c.account
    FROM record r
    JOIN account_change c ON c.seq = r.seq
    WHERE r.seq >= (SELECT min(first_seq) FROM newest)
    UNION
    SELECT r.seq - r.part + 1, a.code
    FROM record r
    JOIN account a ON a.seq = r.seq
    WHERE r.seq >= (SELECT min(first_seq) FROM newest)
),
took_back AS (
    SELECT seq, min(first_seq) AS first_seq
    FROM (
        SELECT seq, first_seq FROM reversal
        UNION ALL
        SELECT seq, reverses FROM entry WHERE reverses > 0
    )
    GROUP BY seq
)
SELECT n.first_seq AS seq, n.recorded_ns, n.portfolio, n.actor, n.command, n.note,
       coalesce(n.refusal, '') AS refusal,
       coalesce(string_agg(DISTINCT a.account, ', ' ORDER BY a.account), '') AS accounts,
       coalesce(min(t.first_seq), 0) AS undoes, coalesce(min(b.seq), 0) AS undone,
       coalesce(any_value(o.alert), '') AS alert, any_value(o.until) AS until
FROM newest n
LEFT JOIN about a ON a.first_seq = n.first_seq
LEFT JOIN took_back t ON t.seq = n.first_seq
LEFT JOIN took_back b ON b.first_seq = n.first_seq
LEFT JOIN alert_note o ON o.seq = n.first_seq AND n.command = 'ack'
GROUP BY n.first_seq, n.recorded_ns, n.portfolio, n.actor, n.command, n.note, n.refusal
ORDER BY n.first_seq DESC
