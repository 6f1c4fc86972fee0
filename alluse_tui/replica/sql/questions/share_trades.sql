-- The newest trade in each share of $portfolio that is in force, by effective date: instrument,
-- currency, day, and in micros its quantity and its cash before fees. A trade with several legs is
-- left out, because the price of each is not recorded; so is one from before the newest adjustment
-- of the symbol, whose price is that of other shares.
WITH adjusted AS (
    SELECT h.symbol, h.currency, max((e.effective, e.seq)) AS newest
    FROM (
        SELECT seq, n, currency,
               regexp_replace(unnest([instrument, replaces]), ' [0-9]{4}-[0-9-]{5} .*$', '') AS symbol
        FROM holding_change
        WHERE portfolio = $portfolio AND replaces <> ''
    ) h
    JOIN entry e ON e.seq = h.seq AND e.n = h.n
    WHERE e.reverses IS NULL
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
    GROUP BY h.symbol, h.currency
),
traded AS (
    SELECT e.seq, e.n, e.effective,
           any_value(h.instrument) AS instrument, any_value(h.currency) AS currency,
           any_value(h.quantity) AS quantity
    FROM entry e
    JOIN holding_change h ON h.seq = e.seq AND h.n = e.n
    WHERE e.portfolio = $portfolio
      AND e.kind = 'trade'
      AND e.reverses IS NULL
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
    GROUP BY e.seq, e.n, e.effective
    HAVING count(*) = 1
       AND any_value(h.quantity) <> 0
       AND NOT regexp_matches(any_value(h.instrument), ' (put|call)( x[0-9]+)?$')
),
newest AS (
    SELECT *
    FROM traded t
    WHERE NOT EXISTS (
        SELECT 1 FROM adjusted a
        WHERE a.symbol = t.instrument AND a.currency = t.currency
          AND (t.effective, t.seq) < a.newest
    )
    QUALIFY row_number() OVER (
        PARTITION BY instrument, currency ORDER BY effective DESC, seq DESC, n DESC
    ) = 1
)
SELECT w.instrument, w.currency, w.effective,
       (w.quantity::DECIMAL(38, 6) * 1000000)::BIGINT AS quantity,
       (sum(p.amount)::DECIMAL(38, 6) * 1000000)::BIGINT AS gross
FROM newest w
JOIN posting p ON p.seq = w.seq AND p.n = w.n AND p.currency = w.currency
WHERE p.bucket = 'cash' OR p.account = 'world:fees'
GROUP BY w.seq, w.n, w.instrument, w.currency, w.effective, w.quantity
ORDER BY w.instrument, w.currency
