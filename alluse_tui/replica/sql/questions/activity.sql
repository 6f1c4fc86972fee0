-- The newest entries of a portfolio, newest first; a long import counts as one line.
SELECT seq, recorded_ns, actor, command, kind, account, amount, currency, note, entries
FROM (
    SELECT r.seq, r.recorded_ns, r.actor, r.command,
           CASE WHEN r.parts > 1 OR count(DISTINCT a.n) > 3 THEN r.command
                ELSE any_value(a.kind ORDER BY a.n) END AS kind,
           CASE WHEN count(DISTINCT a.account) = 1 THEN min(a.account)
                ELSE min(a.account) || ' …' END AS account,
           CASE WHEN count(DISTINCT a.n) = 1 THEN arg_min(a.amount, (a.n, a.account)) END AS amount,
           arg_min(a.currency, (a.n, a.account)) AS currency,
           any_value(CASE WHEN r.note <> '' THEN r.note ELSE a.note END ORDER BY a.n) AS note,
           count(DISTINCT a.n) AS entries
    FROM record r
    JOIN account_entry a ON a.seq = r.seq
    WHERE a.portfolio = $portfolio AND r.seq > (SELECT max(seq) FROM record) - $span
    GROUP BY r.seq, r.recorded_ns, r.actor, r.command, r.parts
)
ORDER BY seq DESC
LIMIT $count
