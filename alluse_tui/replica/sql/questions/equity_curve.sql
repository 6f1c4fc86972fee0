-- The equity of a portfolio, or of one account if $account is not empty, in the portfolio's
-- currency at the end of each day with a change. Rates apply directly, inverted, and through one
-- third currency; amounts without a rate are left out. Integer micros, no floats.
WITH base AS (
    SELECT name, currency FROM portfolio WHERE name = $portfolio
),
moved AS (
    SELECT effective AS day, currency, sum(amount) AS amount
    FROM posting
    WHERE portfolio = $portfolio AND account NOT LIKE 'world:%'
      AND ($account = '' OR account = $account)
    GROUP BY effective, currency
),
day AS (
    SELECT DISTINCT day FROM moved
    UNION
    SELECT DISTINCT effective FROM rate
    WHERE portfolio = $portfolio AND effective >= (SELECT min(day) FROM moved)
),
balance AS (
    SELECT d.day, c.currency,
           sum(coalesce(m.amount, 0)) OVER (PARTITION BY c.currency ORDER BY d.day) AS amount
    FROM day d
    CROSS JOIN (SELECT DISTINCT currency FROM moved) c
    LEFT JOIN moved m ON m.day = d.day AND m.currency = c.currency
),
step AS (
    SELECT currency, against, effective, nanos::HUGEINT AS up, 1000000000::HUGEINT AS down
    FROM rate WHERE portfolio = $portfolio
    UNION ALL
    SELECT against, currency, effective, 1000000000::HUGEINT, nanos::HUGEINT
    FROM rate WHERE portfolio = $portfolio
),
direct AS (
    SELECT s.day, s.currency, s.amount, t.up, t.down
    FROM balance s
    CROSS JOIN base h
    ASOF LEFT JOIN step t
      ON t.currency = s.currency AND t.against = h.currency AND t.effective <= s.day
),
middle AS (
    SELECT currency, min(against) AS through FROM step
    WHERE against IN (SELECT currency FROM step WHERE against = (SELECT currency FROM base))
    GROUP BY currency
),
first_leg AS (
    SELECT d.day, d.currency, d.amount, d.up, d.down, m.through, t.up AS up1, t.down AS down1
    FROM direct d
    LEFT JOIN middle m ON m.currency = d.currency
    ASOF LEFT JOIN step t
      ON t.currency = d.currency AND t.against = m.through AND t.effective <= d.day
),
both_legs AS (
    SELECT f.*, t.up AS up2, t.down AS down2
    FROM first_leg f
    CROSS JOIN base h
    ASOF LEFT JOIN step t
      ON t.currency = f.through AND t.against = h.currency AND t.effective <= f.day
)
SELECT day,
       sum(CASE
           WHEN b.currency = h.currency THEN micros
           WHEN up IS NOT NULL THEN micros * up // down
           WHEN up1 IS NOT NULL AND up2 IS NOT NULL THEN micros * up1 // down1 * up2 // down2
           ELSE 0
       END)::BIGINT AS micros
FROM (SELECT *, (amount::DECIMAL(38, 6) * 1000000)::HUGEINT AS micros FROM both_legs) b
CROSS JOIN base h
GROUP BY day
ORDER BY day
