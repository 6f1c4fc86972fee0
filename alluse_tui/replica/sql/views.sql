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
CREATE OR REPLACE VIEW cycle AS
WITH leg AS (  -- what entries in force changed, with the parts of an option's name
    SELECT h.portfolio, h.account, h.currency, h.instrument, h.effective AS day, h.seq, h.n,
           e.kind, e.key <> '' AS imported, h.quantity, h.amount,
           coalesce(nullif(o.symbol, ''), h.instrument) AS symbol, o.side,
           TRY_CAST(o.strike AS DECIMAL(18, 6)) AS strike,
           coalesce(TRY_CAST(o.shares AS BIGINT), 100) AS deliverable,
           sum(h.quantity) OVER (
               PARTITION BY h.portfolio, h.account, h.currency, h.instrument
               ORDER BY h.effective, h.seq, h.n
           ) AS held
    FROM (
        SELECT *, regexp_extract(
            instrument, '^(.+) (\d{4}-\d\d-\d\d) (\d+(?:\.\d+)?) (put|call)(?: x(\d+))?$',
            ['symbol', 'expiry', 'strike', 'side', 'shares']
        ) AS o
        FROM holding_change
        WHERE quantity <> 0
    ) h
    JOIN entry e ON e.seq = h.seq AND e.n = h.n
    WHERE (e.reverses IS NULL OR e.kind = 'fork')
      AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
),
day_end AS (  -- how many instruments an underlying has open, by the days that changed them
    SELECT *, sum(opened) OVER (
        PARTITION BY portfolio, account, currency, symbol ORDER BY day
    ) AS open_instruments
    FROM (
        SELECT portfolio, account, currency, symbol, day,
               sum((held <> 0)::INTEGER - (held <> change)::INTEGER) AS opened
        FROM (
            SELECT portfolio, account, currency, symbol, day, change,
                   sum(change) OVER (
                       PARTITION BY portfolio, account, currency, instrument ORDER BY day
                   ) AS held
            FROM (
                SELECT portfolio, account, currency, symbol, instrument, day,
                       sum(quantity) AS change
                FROM leg
                GROUP BY ALL
            )
        )
        GROUP BY portfolio, account, currency, symbol, day
    )
),
island AS (  -- a day belongs to the cycle after as many others as there were flat days before it
    SELECT *, count(*) FILTER (open_instruments = 0) OVER (
        PARTITION BY portfolio, account, currency, symbol ORDER BY day
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS number
    FROM day_end
),
span AS (
    SELECT portfolio, account, currency, symbol, number, min(day) AS opened,
           max(day) FILTER (open_instruments = 0) AS closed
    FROM island
    GROUP BY portfolio, account, currency, symbol, number
),
posted AS (
    SELECT seq, n, currency,
           coalesce(sum(amount) FILTER (account = 'world:premium'), 0) AS option_gain,
           coalesce(sum(amount) FILTER (account = 'world:market'), 0) AS share_gain,
           coalesce(sum(amount) FILTER (account = 'world:fees'), 0) AS fees
    FROM posting
    WHERE account IN ('world:premium', 'world:market', 'world:fees')
    GROUP BY seq, n, currency
),
fill AS (  -- the cash of each entry by underlying; what it posted counts for the first of them
    SELECT f.portfolio, f.account, f.currency, f.symbol, f.day, f.seq, f.n, i.number,
           CASE WHEN sum(f.options) OVER entry = coalesce(p.option_gain, 0) THEN 0
                ELSE f.options - coalesce(p.option_gain, 0) * f.is_first END AS premium,
           f.shares - coalesce(p.share_gain, 0) * f.is_first AS shares,
           coalesce(p.fees, 0) * f.is_first AS fees,
           f.share_quantity, f.is_known,
           CASE WHEN f.kind = 'assignment'
                THEN min(f.place) OVER (PARTITION BY f.portfolio, f.account, f.currency, f.symbol,
                                        f.day, f.kind)
                ELSE f.place END AS step
    FROM (
        SELECT portfolio, account, currency, symbol, day, seq, n, kind,
               -coalesce(sum(amount) FILTER (side <> ''), 0) AS options,
               -coalesce(sum(amount) FILTER (side = ''), 0) AS shares,
               coalesce(sum(quantity) FILTER (side = ''), 0) AS share_quantity,
               bool_and(kind <> 'recovered' AND NOT (
                   quantity * held > 0
                   AND ((side <> '' AND kind IN ('expiry', 'assignment'))
                        OR (side = '' AND imported AND quantity < 0))
               )) AND NOT (kind = 'adjustment' AND sum(amount) <> 0) AS is_known,
               (row_number() OVER (
                   PARTITION BY portfolio, account, currency, seq, n ORDER BY symbol
               ) = 1)::INTEGER AS is_first,
               row_number() OVER (
                   PARTITION BY portfolio, account, currency, symbol ORDER BY day, seq, n
               ) AS place
        FROM leg
        GROUP BY portfolio, account, currency, symbol, day, seq, n, kind
    ) f
    JOIN island i ON i.portfolio = f.portfolio AND i.account = f.account
     AND i.currency = f.currency AND i.symbol = f.symbol AND i.day = f.day
    LEFT JOIN posted p ON p.seq = f.seq AND p.n = f.n AND p.currency = f.currency
    WINDOW entry AS (PARTITION BY f.portfolio, f.account, f.currency, f.seq, f.n)
),
purchase AS (  -- shares bought in a cycle, in micros, with what was bought before them
    SELECT portfolio, account, currency, symbol, number, quantity, paid,
           coalesce(sum(quantity) OVER earlier, 0) AS quantity_before,
           coalesce(sum(paid) OVER earlier, 0) AS paid_before
    FROM (
        SELECT portfolio, account, currency, symbol, number, step, seq, n,
               (share_quantity::DECIMAL(38, 6) * 1000000)::HUGEINT AS quantity,
               (-shares::DECIMAL(38, 6) * 1000000)::HUGEINT AS paid
        FROM fill
        WHERE share_quantity > 0
    )
    WINDOW earlier AS (
        PARTITION BY portfolio, account, currency, symbol, number ORDER BY step, seq, n
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
held_shares AS (  -- after each step: what the shares held cost, the first bought sold first
    SELECT t.portfolio, t.account, t.currency, t.symbol, t.number, t.step,
           t.paid - coalesce(TRY(
               b.paid_before + (least(t.sold, t.bought) - b.quantity_before) * b.paid // b.quantity
           ), 0) AS cost
    FROM (
        SELECT DISTINCT portfolio, account, currency, symbol, number, step,
               (sum(greatest(share_quantity, 0)) OVER upto * 1000000)::HUGEINT AS bought,
               (sum(greatest(-share_quantity, 0)) OVER upto * 1000000)::HUGEINT AS sold,
               (sum(CASE WHEN share_quantity > 0 THEN -shares ELSE 0 END) OVER upto
                   * 1000000)::HUGEINT AS paid
        FROM fill
        WINDOW upto AS (
            PARTITION BY portfolio, account, currency, symbol, number ORDER BY step
        )
    ) t
    ASOF LEFT JOIN purchase b
      ON b.portfolio = t.portfolio AND b.account = t.account AND b.currency = t.currency
     AND b.symbol = t.symbol AND b.number = t.number
     AND least(t.sold, t.bought) >= b.quantity_before
),
put_change AS (  -- how each step changed what short puts would pay, in micros
    SELECT portfolio, account, currency, symbol, step, sum(
        greatest(-held, 0) * each // 1000000 - greatest(change - held, 0) * each // 1000000
    ) AS change
    FROM (
        SELECT *, sum(change) OVER (
            PARTITION BY portfolio, account, currency, symbol, instrument ORDER BY step
        ) AS held
        FROM (
            SELECT l.portfolio, l.account, l.currency, l.symbol, l.instrument, f.step,
                   (any_value(l.strike)::DECIMAL(38, 6) * 1000000)::HUGEINT
                       * any_value(l.deliverable) AS each,
                   (sum(l.quantity) * 1000000)::HUGEINT AS change
            FROM leg l
            JOIN fill f ON f.portfolio = l.portfolio AND f.account = l.account
             AND f.currency = l.currency AND f.symbol = l.symbol AND f.seq = l.seq AND f.n = l.n
            WHERE l.side = 'put'
            GROUP BY ALL
        )
    )
    GROUP BY portfolio, account, currency, symbol, step
),
peak AS (
    SELECT portfolio, account, currency, symbol, number, max(tied)::HUGEINT AS capital
    FROM (
        SELECT s.portfolio, s.account, s.currency, s.symbol, s.number,
               s.cost + sum(coalesce(c.change, 0)) OVER (
                   PARTITION BY s.portfolio, s.account, s.currency, s.symbol ORDER BY s.step
               ) AS tied
        FROM held_shares s
        LEFT JOIN put_change c ON c.portfolio = s.portfolio AND c.account = s.account
         AND c.currency = s.currency AND c.symbol = s.symbol AND c.step = s.step
    )
    GROUP BY portfolio, account, currency, symbol, number
),
dividend AS (  -- each counts for the newest cycle opened by the day on which it was paid
    SELECT s.portfolio, s.account, s.currency, s.symbol, s.number, sum(d.amount) AS amount
    FROM (
        SELECT p.portfolio, p.account, p.currency, e.symbol, e.effective AS day, p.amount
        FROM entry e
        JOIN posting p ON p.seq = e.seq AND p.n = e.n AND p.bucket = 'cash'
        WHERE e.kind = 'dividend' AND e.symbol <> '' AND e.reverses IS NULL
          AND NOT EXISTS (SELECT 1 FROM reversal r WHERE e.seq BETWEEN r.first_seq AND r.last_seq)
    ) d
    ASOF JOIN span s
      ON s.portfolio = d.portfolio AND s.account = d.account AND s.currency = d.currency
     AND s.symbol = d.symbol AND d.day >= s.opened
    GROUP BY s.portfolio, s.account, s.currency, s.symbol, s.number
),
figures AS (
    SELECT s.portfolio, s.account, s.symbol, s.currency, s.opened, s.closed,
           sum(f.premium) AS premium, sum(f.fees) AS fees,
           coalesce(any_value(d.amount), 0) AS dividends,
           sum(f.premium + f.shares - f.fees) + coalesce(any_value(d.amount), 0) AS cash,
           any_value(k.capital) AS capital_micros, bool_and(f.is_known) AS is_known,
           CASE WHEN s.closed IS NOT NULL THEN greatest(1, s.closed - s.opened) END AS days
    FROM span s
    JOIN fill f USING (portfolio, account, currency, symbol, number)
    LEFT JOIN dividend d USING (portfolio, account, currency, symbol, number)
    LEFT JOIN peak k USING (portfolio, account, currency, symbol, number)
    GROUP BY s.portfolio, s.account, s.symbol, s.currency, s.opened, s.closed
)
SELECT portfolio, account, symbol, currency, opened, closed, premium, fees, dividends, cash,
       CASE WHEN closed IS NOT NULL AND is_known THEN cash END AS realised,
       TRY((capital_micros::DECIMAL(38, 0) * 0.000001)::DECIMAL(38, 6)) AS capital, days,
       CASE WHEN is_known AND capital_micros > 0
            THEN TRY((sign(cash) * (
                (2 * abs(cash * 1000000)::HUGEINT * 365000 + capital_micros * days)
                // (2 * capital_micros * days)
            )::DECIMAL(38, 0) * 0.1)::DECIMAL(18, 1)) END AS annual,
       is_known
FROM figures;
