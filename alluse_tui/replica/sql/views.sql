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
       coalesce(l.cash, l.total) AS amount, l.currency, e.note, r.actor, e.reverses
FROM entry e
JOIN record r ON r.seq = e.seq
JOIN (
    SELECT seq, n, account, currency,
           sum(amount) FILTER (WHERE bucket = 'cash') AS cash, sum(amount) AS total
    FROM posting
    WHERE account NOT LIKE 'world:%'
    GROUP BY seq, n, account, currency
) l ON l.seq = e.seq AND l.n = e.n;
