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
