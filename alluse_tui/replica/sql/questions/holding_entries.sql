-- Every entry that changed a holding of one of $accounts (codes joined by commas), oldest record
-- first: one row for each holding that it changed, in micros, with the sums that the entry posted
-- to premium, to the market and to fees in that currency.
WITH wanted AS (
    SELECT DISTINCT seq, n
    FROM holding_change
    WHERE portfolio = $portfolio
      AND account IN (SELECT unnest(string_split($accounts, ',')))
),
outside AS (
    SELECT p.seq, p.n, p.currency,
           sum(p.amount) FILTER (WHERE p.account = 'world:premium') AS premium,
           sum(p.amount) FILTER (WHERE p.account = 'world:market') AS market,
           sum(p.amount) FILTER (WHERE p.account = 'world:fees') AS fees
    FROM posting p
    SEMI JOIN wanted w ON w.seq = p.seq AND w.n = p.n
    WHERE p.portfolio = $portfolio AND p.account LIKE 'world:%'
    GROUP BY p.seq, p.n, p.currency
)
SELECT e.seq, e.n, e.kind, e.effective, e.key <> '' AS imported, coalesce(e.reverses, 0) AS reverses, e.lots,
       EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq) AS undone,
       h.account, h.instrument, h.currency,
       (h.quantity::DECIMAL(38, 6) * 1000000)::BIGINT AS quantity,
       (h.amount::DECIMAL(38, 6) * 1000000)::BIGINT AS amount, h.replaces,
       (coalesce(o.premium, 0)::DECIMAL(38, 6) * 1000000)::BIGINT AS premium,
       (coalesce(o.market, 0)::DECIMAL(38, 6) * 1000000)::BIGINT AS market,
       (coalesce(o.fees, 0)::DECIMAL(38, 6) * 1000000)::BIGINT AS fees
FROM holding_change h
JOIN wanted w ON w.seq = h.seq AND w.n = h.n
JOIN entry e ON e.seq = h.seq AND e.n = h.n
LEFT JOIN outside o ON o.seq = h.seq AND o.n = h.n AND o.currency = h.currency
ORDER BY e.seq, e.n, h.place
