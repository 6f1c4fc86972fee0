-- What each entry from $first to $last changed an account's cash and holdings by, in micros, the
-- instrument being empty for cash. Undone entries and what undid them are left out.
WITH in_force AS (
    SELECT seq, n, effective, kind
    FROM entry e
    WHERE portfolio = $portfolio AND effective BETWEEN $first AND $last AND reverses IS NULL
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
)
SELECT e.seq, e.n, e.effective, e.kind, '' AS instrument, p.currency,
       (sum(p.amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM in_force e
JOIN posting p ON p.seq = e.seq AND p.n = e.n
WHERE p.account = $account AND p.bucket = 'cash'
GROUP BY e.seq, e.n, e.effective, e.kind, p.currency
UNION ALL
SELECT e.seq, e.n, e.effective, e.kind, h.instrument, h.currency,
       (sum(h.quantity)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM in_force e
JOIN holding_change h ON h.seq = e.seq AND h.n = e.n
WHERE h.account = $account
GROUP BY e.seq, e.n, e.effective, e.kind, h.instrument, h.currency
ORDER BY 1, 2, 5, 6
