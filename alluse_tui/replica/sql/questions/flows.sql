-- By account: contributed capital (capital), base received from forks (seed), and the net amount
-- that forks and merges moved in and out (net).
SELECT portfolio, account, what, (sum(amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS micros
FROM (
    SELECT b.portfolio, b.account, b.amount,
           CASE WHEN e.kind = 'fork' THEN 'seed' ELSE 'capital' END AS what
    FROM base_change b
    JOIN entry e ON e.seq = b.seq AND e.n = b.n
    WHERE e.kind IN ('opening', 'deposit', 'withdrawal', 'transfer', 'fork')
    UNION ALL
    SELECT p.portfolio, p.account, p.amount, 'net'
    FROM posting p
    JOIN entry e ON e.seq = p.seq AND e.n = p.n
    JOIN portfolio h ON h.name = p.portfolio AND h.currency = p.currency
    WHERE e.kind IN ('fork', 'merge')
)
WHERE portfolio = $portfolio
GROUP BY portfolio, account, what
