CREATE OR REPLACE VIEW rate AS
SELECT portfolio, currency, against, effective, nanos,
       (nanos::DECIMAL(28, 0) * 0.000000001)::DECIMAL(28, 9) AS rate
FROM (
    SELECT portfolio, currency, against, effective, arg_max(nanos, (seq, n)) AS nanos
    FROM rate_change
    GROUP BY portfolio, currency, against, effective
)
WHERE nanos > 0;

CREATE OR REPLACE VIEW account_balance AS
SELECT portfolio, account, bucket, currency, sum(amount) AS amount
FROM posting
WHERE account NOT LIKE 'world:%'
GROUP BY portfolio, account, bucket, currency
HAVING sum(amount) <> 0;

CREATE OR REPLACE VIEW holding AS
SELECT portfolio, account, instrument, currency,
       sum(quantity) AS quantity, sum(amount) AS amount
FROM holding_change
GROUP BY portfolio, account, instrument, currency
HAVING sum(quantity) <> 0 OR sum(amount) <> 0;

CREATE OR REPLACE VIEW account_entry AS
SELECT e.portfolio, e.seq, e.n, e.effective, r.recorded_ns, e.kind, l.account,
       CASE WHEN e.kind IN ('trade', 'expiry', 'assignment') THEN coalesce(l.cash, 0)
            ELSE coalesce(l.cash, l.total) END AS amount,
       l.currency, e.note, r.actor, e.reverses
FROM entry e
JOIN record r ON r.seq = e.seq
JOIN (
    SELECT seq, n, account, currency,
           sum(amount) FILTER (WHERE bucket = 'cash') AS cash, sum(amount) AS total
    FROM posting
    WHERE account NOT LIKE 'world:%'
    GROUP BY seq, n, account, currency
    UNION ALL  -- without money, such as the expiry of an option that is carried at zero
    SELECT DISTINCT h.seq, h.n, h.account, h.currency, 0, 0
    FROM holding_change h
    WHERE NOT EXISTS (
        SELECT 1 FROM posting p
        WHERE p.seq = h.seq AND p.n = h.n AND p.account = h.account AND p.currency = h.currency
    )
) l ON l.seq = e.seq AND l.n = e.n;

CREATE OR REPLACE VIEW account_now AS
SELECT a.portfolio, a.code, a.tier,
       coalesce(max(c.value) FILTER (c.what = 'parent'), a.parent) AS parent,
       coalesce(max(c.value) FILTER (c.what = 'status'), 'active') AS status,
       coalesce(max(c.value) FILTER (c.what = 'name'), a.name) AS name,
       coalesce(max(c.value) FILTER (c.what = 'notes'), '') AS notes, a.opened
FROM account a
LEFT JOIN (
    SELECT portfolio, account, what, arg_max(value, (seq, n)) AS value
    FROM account_change
    GROUP BY portfolio, account, what
) c ON c.portfolio = a.portfolio AND c.account = a.code
GROUP BY a.portfolio, a.code, a.tier, a.parent, a.name, a.opened;

CREATE OR REPLACE VIEW account_tree AS
WITH RECURSIVE below AS (
    SELECT portfolio, code, code AS root, 0 AS depth, [code] AS path
    FROM account_now
    UNION ALL
    SELECT b.portfolio, a.code, b.root, b.depth + 1, list_append(b.path, a.code)
    FROM below b
    JOIN account_now a ON a.portfolio = b.portfolio AND a.parent = b.code
),
own AS (
    SELECT portfolio, account, currency, sum(amount) AS amount
    FROM account_balance
    GROUP BY portfolio, account, currency
)
SELECT n.portfolio, n.code, n.parent, n.tier, n.status, o.currency,
       coalesce(sum(o.amount) FILTER (b.depth = 0), 0) AS own, sum(o.amount) AS subtree,
       count(DISTINCT b.code) AS accounts
FROM account_now n
JOIN below b ON b.portfolio = n.portfolio AND b.root = n.code
JOIN own o ON o.portfolio = b.portfolio AND o.account = b.code
GROUP BY n.portfolio, n.code, n.parent, n.tier, n.status, o.currency;

CREATE OR REPLACE VIEW monthly_return AS
WITH flow AS (
    SELECT p.portfolio, p.account, p.currency, p.effective, sum(p.amount) AS amount
    FROM posting p
    JOIN entry e ON e.seq = p.seq AND e.n = p.n
    WHERE p.account NOT LIKE 'world:%'
      AND e.kind IN ('opening', 'deposit', 'withdrawal', 'transfer', 'conversion', 'fork', 'merge',
                     'recovered')
    GROUP BY p.portfolio, p.account, p.currency, p.effective
),
moved AS (
    SELECT portfolio, account, currency, date_trunc('month', effective)::DATE AS month,
           sum(amount) AS change
    FROM posting
    WHERE account NOT LIKE 'world:%'
    GROUP BY portfolio, account, currency, month
),
capital AS (
    SELECT portfolio, account, currency, date_trunc('month', effective)::DATE AS month,
           sum(amount) AS flow,
           sum(amount * date_diff('day', effective, last_day(effective) + 1)
               / extract(day FROM last_day(effective)))::DECIMAL(18, 6) AS weighted
    FROM flow
    GROUP BY portfolio, account, currency, month
)
SELECT m.portfolio, m.account, m.currency, m.month,
       begins, coalesce(c.flow, 0) AS flow, m.change - coalesce(c.flow, 0) AS gain,
       CASE WHEN begins + coalesce(c.weighted, 0) > 0
            THEN ((m.change - coalesce(c.flow, 0)) / (begins + coalesce(c.weighted, 0)))::DOUBLE
            END AS rate
FROM (
    SELECT *, coalesce(sum(change) OVER (
        PARTITION BY portfolio, account, currency ORDER BY month
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS begins
    FROM moved
) m
LEFT JOIN capital c
  ON c.portfolio = m.portfolio AND c.account = m.account AND c.currency = m.currency
 AND c.month = m.month;

-- One row per cycle: what an account did with one underlying in one currency, from the day on
-- which it first held something of it to the day that ends with nothing held (rules.md, Cycles).
-- A series is an account's underlying in one currency, a step an entry, or the rows of the
-- assignments of one day. Products and quotients are of whole micros.
CREATE OR REPLACE VIEW cycle AS
WITH holding_name AS (  -- each holding with its underlying and, if it is an option, its terms
    SELECT *, row_number() OVER () AS holding_id,
           dense_rank() OVER (ORDER BY portfolio, account, currency, symbol) AS series
    FROM (
        SELECT portfolio, account, currency, instrument,
               coalesce(nullif(o.symbol, ''), instrument) AS symbol,
               o.side <> '' AS is_option, o.side = 'put' AS is_put,
               coalesce((TRY_CAST(o.strike AS DECIMAL(18, 6))::DECIMAL(38, 6) * 1000000)::HUGEINT
                   * coalesce(TRY_CAST(o.shares AS BIGINT), 100), 0) AS each
        FROM (
            SELECT *, regexp_extract(
                instrument, '^(.+) (\d{4}-\d\d-\d\d) (\d+(?:\.\d+)?) (put|call)(?: x(\d+))?$',
                ['symbol', 'expiry', 'strike', 'side', 'shares']
            ) AS o
            FROM (
                SELECT DISTINCT portfolio, account, currency, instrument
                FROM holding_change
                WHERE quantity <> 0
            )
        )
    )
),
leg AS (  -- what entries in force changed, and what was held after each
    SELECT m.series, m.holding_id, m.is_option, m.is_put, m.each, h.account, h.currency,
           h.effective AS day, h.seq, h.n, e.kind, e.key <> '' AS imported, h.quantity, h.amount,
           sum(h.quantity) OVER (
               PARTITION BY m.holding_id ORDER BY h.effective, h.seq, h.n
           ) AS held
    FROM holding_change h
    JOIN holding_name m ON m.portfolio = h.portfolio AND m.account = h.account
     AND m.currency = h.currency AND m.instrument = h.instrument
    JOIN entry e ON e.seq = h.seq AND e.n = h.n
    WHERE h.quantity <> 0 AND (e.reverses IS NULL OR e.kind = 'fork')
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
),
day_end AS (  -- how many instruments are open, by the days that changed any
    SELECT series, day, sum(opened) OVER (PARTITION BY series ORDER BY day) AS open_instruments
    FROM (
        SELECT series, day, sum((held <> 0)::INTEGER - (held <> change)::INTEGER) AS opened
        FROM (
            SELECT series, day, change,
                   sum(change) OVER (PARTITION BY holding_id ORDER BY day) AS held
            FROM (
                SELECT series, holding_id, day, sum(quantity) AS change
                FROM leg
                GROUP BY series, holding_id, day
            )
        )
        GROUP BY series, day
    )
),
island AS (  -- a day belongs to the cycle after as many others as there were flat days before it
    SELECT *, count(*) FILTER (open_instruments = 0) OVER (
        PARTITION BY series ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS number
    FROM day_end
),
span AS (
    SELECT series, number, min(day) AS opened, max(day) FILTER (open_instruments = 0) AS closed
    FROM island
    GROUP BY series, number
),
posted AS (
    SELECT p.seq, p.n, p.currency,
           coalesce(sum(p.amount) FILTER (p.account = 'world:premium'), 0) AS option_gain,
           coalesce(sum(p.amount) FILTER (p.account = 'world:market'), 0) AS share_gain,
           coalesce(sum(p.amount) FILTER (p.account = 'world:fees'), 0) AS fees
    FROM posting p
    SEMI JOIN leg l ON l.seq = p.seq AND l.n = p.n
    WHERE p.account IN ('world:premium', 'world:market', 'world:fees')
    GROUP BY p.seq, p.n, p.currency
),
fill AS (  -- the cash of each entry by underlying; what it posted counts for the first of them
    SELECT f.series, f.seq, f.n, i.number,
           CASE WHEN sum(f.options) OVER entry = coalesce(p.option_gain, 0) THEN 0
                ELSE f.options - coalesce(p.option_gain, 0) * f.is_first END AS premium,
           f.shares - coalesce(p.share_gain, 0) * f.is_first AS shares,
           coalesce(p.fees, 0) * f.is_first AS fees,
           f.share_quantity, f.is_known,
           CASE WHEN f.kind = 'assignment' THEN min(f.place) OVER (
                    PARTITION BY f.series, f.day, f.kind
                ) ELSE f.place END AS step
    FROM (
        SELECT series, account, currency, day, seq, n, kind,
               -coalesce(sum(amount) FILTER (is_option), 0) AS options,
               -coalesce(sum(amount) FILTER (NOT is_option), 0) AS shares,
               coalesce(sum(quantity) FILTER (NOT is_option), 0) AS share_quantity,
               bool_and(kind <> 'recovered' AND NOT (
                   quantity * held > 0
                   AND ((is_option AND kind IN ('expiry', 'assignment'))
                        OR (NOT is_option AND imported AND quantity < 0))
               )) AND NOT (kind = 'adjustment' AND sum(amount) <> 0) AS is_known,
               (row_number() OVER (
                   PARTITION BY seq, n, account, currency ORDER BY series
               ) = 1)::INTEGER AS is_first,
               row_number() OVER (PARTITION BY series ORDER BY day, seq, n) AS place
        FROM leg
        GROUP BY series, account, currency, day, seq, n, kind
    ) f
    JOIN island i ON i.series = f.series AND i.day = f.day
    LEFT JOIN posted p ON p.seq = f.seq AND p.n = f.n AND p.currency = f.currency
    WINDOW entry AS (PARTITION BY f.seq, f.n, f.account, f.currency)
),
purchase AS (  -- shares bought in a cycle, with what was bought before them
    SELECT series, number, quantity, paid,
           coalesce(sum(quantity) OVER earlier, 0) AS quantity_before,
           coalesce(sum(paid) OVER earlier, 0) AS paid_before
    FROM (
        SELECT series, number, step, seq, n,
               (share_quantity::DECIMAL(38, 6) * 1000000)::HUGEINT AS quantity,
               (-shares::DECIMAL(38, 6) * 1000000)::HUGEINT AS paid
        FROM fill
        WHERE share_quantity > 0
    )
    WINDOW earlier AS (
        PARTITION BY series, number ORDER BY step, seq, n
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
held_shares AS (  -- after each step: what the shares held cost, the first bought sold first
    SELECT t.series, t.number, t.step,
           t.paid - coalesce(TRY(
               b.paid_before + (least(t.sold, t.bought) - b.quantity_before) * b.paid // b.quantity
           ), 0) AS cost
    FROM (
        SELECT DISTINCT series, number, step,
               (sum(greatest(share_quantity, 0)) OVER upto * 1000000)::HUGEINT AS bought,
               (sum(greatest(-share_quantity, 0)) OVER upto * 1000000)::HUGEINT AS sold,
               (sum(CASE WHEN share_quantity > 0 THEN -shares ELSE 0 END) OVER upto
                   * 1000000)::HUGEINT AS paid
        FROM fill
        WINDOW upto AS (PARTITION BY series, number ORDER BY step)
    ) t
    ASOF LEFT JOIN purchase b
      ON b.series = t.series AND b.number = t.number
     AND least(t.sold, t.bought) >= b.quantity_before
),
put_change AS (  -- how each step changed what short puts would pay
    SELECT series, step, sum(coalesce(TRY(
        greatest(-held, 0) * each // 1000000 - greatest(change - held, 0) * each // 1000000
    ), 0)) AS change
    FROM (
        SELECT *, sum(change) OVER (PARTITION BY holding_id ORDER BY step) AS held
        FROM (
            SELECT l.series, l.holding_id, l.each, f.step,
                   (sum(l.quantity) * 1000000)::HUGEINT AS change
            FROM leg l
            JOIN fill f ON f.series = l.series AND f.seq = l.seq AND f.n = l.n
            WHERE l.is_put
            GROUP BY l.series, l.holding_id, l.each, f.step
        )
    )
    GROUP BY series, step
),
peak AS (
    SELECT series, number, max(tied)::HUGEINT AS capital
    FROM (
        SELECT s.series, s.number, s.cost + sum(coalesce(c.change, 0)) OVER (
            PARTITION BY s.series ORDER BY s.step
        ) AS tied
        FROM held_shares s
        LEFT JOIN put_change c ON c.series = s.series AND c.step = s.step
    )
    GROUP BY series, number
),
series_name AS (
    SELECT DISTINCT series, portfolio, account, currency, symbol FROM holding_name
),
dividend AS (  -- each counts for the newest cycle opened by the day on which it was paid
    SELECT s.series, s.number, sum(d.amount) AS amount
    FROM (
        SELECT m.series, e.effective AS day, p.amount
        FROM entry e
        JOIN posting p ON p.seq = e.seq AND p.n = e.n AND p.bucket = 'cash'
        JOIN series_name m ON m.portfolio = p.portfolio AND m.account = p.account
         AND m.currency = p.currency AND m.symbol = e.symbol
        WHERE e.kind = 'dividend' AND e.symbol <> '' AND e.reverses IS NULL
          AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
    ) d
    ASOF JOIN span s ON s.series = d.series AND d.day >= s.opened
    GROUP BY s.series, s.number
),
figures AS (
    SELECT s.series, s.opened, s.closed, sum(f.premium) AS premium, sum(f.fees) AS fees,
           coalesce(any_value(d.amount), 0) AS dividends,
           sum(f.premium + f.shares - f.fees) + coalesce(any_value(d.amount), 0) AS cash,
           any_value(k.capital) AS capital_micros, bool_and(f.is_known) AS is_known,
           CASE WHEN s.closed IS NOT NULL THEN greatest(1, s.closed - s.opened) END AS days
    FROM span s
    JOIN fill f USING (series, number)
    LEFT JOIN dividend d USING (series, number)
    LEFT JOIN peak k USING (series, number)
    GROUP BY s.series, s.number, s.opened, s.closed
)
SELECT m.portfolio, m.account, m.symbol, m.currency, opened, closed, premium, fees, dividends, cash,
       CASE WHEN closed IS NOT NULL AND is_known THEN cash END AS realised,
       TRY((capital_micros::DECIMAL(38, 0) * 0.000001)::DECIMAL(38, 6)) AS capital, days,
       CASE WHEN is_known AND capital_micros > 0
            THEN TRY((sign(cash) * (
                (2 * abs(cash * 1000000)::HUGEINT * 365000 + capital_micros * days)
                // (2 * capital_micros * days)
            )::DECIMAL(38, 0) * 0.1)::DECIMAL(18, 1)) END AS annual,
       is_known
FROM figures
JOIN series_name m USING (series);
